"""`broadsheet build`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.cli.ending import ended_when_told
from broadsheet.cli.parameters import CONFIG, SITE, Time, clock
from broadsheet.cli.printing import print_problems, safe, showing_progress

if TYPE_CHECKING:
    from datetime import datetime

    from broadsheet.api import Order
    from broadsheet.last_build import BuildResult


@click.command()
@SITE
@CONFIG
@click.option("--output", type=click.Path(path_type=Path), help="Build into this folder.  [default: SITE/public]")
@click.option("--base-url", metavar="URL", help="The address that the site is published at.")
@click.option("--now", type=Time(), help="Build as if it were this time, for scheduled records.")
@click.option("--strict", is_flag=True, help="Exit with status 1 when there is any error or warning.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Work on so many cores.  [default: all]")
@click.option("--clean", is_flag=True, help="Build everything anew, whatever is known from the last build.")
@click.option("--explain", is_flag=True, help="Say of every file that is made anew why it is.")
@click.option("--verify", is_flag=True, help="Build everything a second time, aside, and compare every byte.")
@click.option("--profile", is_flag=True, help="Say where the time went.")
@click.option("--quiet", is_flag=True, help="Print problems only.")
def build(  # noqa: PLR0913, PLR0917
    site: Path,
    config: Path | None,
    output: Path | None,
    base_url: str | None,
    now: datetime | None,
    strict: bool,
    jobs: int | None,
    clean: bool,
    explain: bool,
    verify: bool,
    profile: bool,
    quiet: bool,
) -> None:
    """Build the digest of SITE, a folder with records (default: the current one).

    SITE is a folder with a broadsheet.yaml, a checkout in the Jekyll layout (_news/, _data/, _config.yml), or a bare
    folder of records. What the last build left in SITE/.broadsheet/ makes the next one quicker, and can be deleted.
    """
    order: Order | None = None
    with ended_when_told(lambda: _how_it_stands(order)):
        from broadsheet.api import Order  # noqa: PLC0415
        from broadsheet.problems import Severity, SiteError  # noqa: PLC0415

        order = Order(site, config, output, base_url, now or clock(), jobs, clean=clean)
        result = None if verify else order.known()
        differing: list[str] = []
        if result is None:
            _check_base_url(base_url)
            try:
                with showing_progress(quiet) as progress:
                    result = order.built(progress, until_exit=[])
                differing = order.differences(result) if verify else []
            except SiteError as error:
                print_problems(error.problems)
                sys.exit(1)
        print_problems(problem for problem in result.problems if not (quiet and problem.severity is Severity.NOTE))
        if explain:
            _print_reasons(result)
        if not quiet:
            _print_summary(result)
        if profile:
            _print_profile(result)
        if verify:
            _print_verified(differing)
        if strict and any(problem.severity is not Severity.NOTE for problem in result.problems):
            click.echo("error: there are problems, and --strict is set", err=True)
            sys.exit(1)
        if differing:
            sys.exit(1)


def _check_base_url(base_url: str | None) -> None:
    from broadsheet.config import Settings  # noqa: PLC0415
    from broadsheet.read.settings import with_base_url  # noqa: PLC0415

    if base_url is not None:
        try:
            with_base_url(Settings(), base_url)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--base-url") from None


def _how_it_stands(order: Order | None) -> str:
    from broadsheet.write.manifest import is_unfinished  # noqa: PLC0415

    if order is not None and order.folders is not None and is_unfinished(order.folders.output):
        return "every file of the output is the old or the new one; the next build puts the rest in place"
    return "the output is whole; build again for what has changed since"


def _print_reasons(result: BuildResult) -> None:
    if not result.reasons:
        click.echo("nothing had to be made anew")
    for path, reason in sorted(result.reasons.items()):
        click.echo(f"{safe(path)}: {safe(reason)}")


def _print_profile(result: BuildResult) -> None:
    for step, seconds in result.timings:
        click.echo(f"{seconds:9.3f} s  {step}")
    click.echo(f"{result.seconds:9.3f} s  in all; what is indented belongs to the step above, and counts every core")


def _print_verified(differing: list[str]) -> None:
    for path in differing:
        click.echo(f"error: {safe(path)} is not what a clean build makes", err=True)
    if not differing:
        click.echo("verified: a clean build makes the same bytes")


def _print_summary(result: BuildResult) -> None:
    from broadsheet.problems import counted  # noqa: PLC0415

    rows = [
        ("records read", result.read, ""),
        ("left out", result.left_out, "told above"),
        ("not out yet", result.withheld, "drafts and scheduled records"),
        ("removed", result.removed, "marked `removed`"),
        ("hidden", result.hidden, "by the selection, or with the lead of their story"),
        ("stories", result.stories, ""),
        ("unpublished ones shown", result.unpublished_leads, "`selection.unpublished: hide` leaves them out"),
        ("pages", result.pages, ""),
        ("files written", result.written.changed, ""),
        ("files unchanged", result.written.unchanged, ""),
        ("files deleted", result.written.deleted, "they were ours, and are no longer needed"),
    ]
    for name, number, remark in rows:
        if number or not remark:
            click.echo(f"{name:>24}  {number:,}" + (f"  ({remark})" if remark else ""))
    click.echo(f"built {counted(result.pages, 'page')} in {result.seconds:.2f} s: {safe(result.output)}")
