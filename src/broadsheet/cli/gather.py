"""`broadsheet import`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from broadsheet.cli.ending import ended_when_told
from broadsheet.cli.parameters import CONFIG, SITE, Time, clock
from broadsheet.cli.printing import fail, print_problems, safe, showing_progress

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from broadsheet.gather.importer import FromSource, Imported


@click.command("import")
@SITE
@click.option(
    "--from",
    "named",
    metavar="SOURCE",
    multiple=True,
    help="Import from this address or file, and not from the sources of the settings; may stand repeatedly.",
)
@click.option("--days", type=click.IntRange(1, 100_000), metavar="N", help="Take what is at most so many days old.")
@click.option("--most", type=click.IntRange(1, 100_000), metavar="N", help="Take so many items of a source at most.")
@click.option("--dry-run", is_flag=True, help="Ask the sources and say what is new; write nothing.")
@click.option("--strict", is_flag=True, help="Exit with status 1 if there is nothing from any one source.")
@CONFIG
@click.option("--now", type=Time(), help="Import as if it were this time.")
@click.option("--quiet", is_flag=True, help="Print problems only.")
def gather(  # noqa: PLR0913, PLR0917
    site: Path,
    named: tuple[str, ...],
    days: int | None,
    most: int | None,
    dry_run: bool,
    strict: bool,
    config: Path | None,
    now: datetime | None,
    quiet: bool,
) -> None:
    """Import what is new in feeds into SITE's records: RSS, Atom, JSON Feed, OPML, the JSON API of another site.

    The sources are those of the settings. What is a record already, and what was imported before, is passed over: no
    file that is there is ever written over, and what you remove does not come back. Exit status 0: done, though some
    sources may have failed; 1: all of them have, or nothing could be imported at all.
    """
    from broadsheet.extras import missing  # noqa: PLC0415

    if lack := missing("import", "importing"):
        fail(*lack)
    from broadsheet.gather.importer import Order, import_feeds  # noqa: PLC0415
    from broadsheet.gather.sources import Wanted  # noqa: PLC0415
    from broadsheet.problems import Severity, SiteError, counted  # noqa: PLC0415
    from broadsheet.read.folders import find_folders, read_settings  # noqa: PLC0415
    from broadsheet.web import Outside  # noqa: PLC0415

    kept: list[Path] = []

    def standing() -> str:
        _print_files(kept, quiet=quiet)
        if not kept:
            return "what is new comes with the next import"
        return f"{counted(len(kept), 'new record')} imported; what else is new comes with the next import"

    try:
        settings = read_settings(site, config)
        folders = find_folders(site, settings, None, config)
        order = Order(now or clock(), Wanted(named, days, most), dry_run)
        with ended_when_told(standing), showing_progress(quiet) as progress:
            imported = import_feeds(folders, settings, order, Outside(), progress, kept.append)
    except SiteError as error:
        _print_files(kept, quiet=quiet)
        print_problems(error.problems)
        sys.exit(1)
    print_problems(problem for problem in imported.problems if not (quiet and problem.severity is Severity.NOTE))
    if not quiet:
        _print(imported, dry_run=dry_run)
    if imported.failed and (strict or imported.failed == len(imported.sources)):
        sys.exit(1)


def _print_files(paths: list[Path], *, quiet: bool) -> None:
    """Say of an import that was cut short what it brought."""
    for path in [] if quiet else paths:
        click.echo(f"imported: {safe(path.as_posix())}")


def _print(imported: Imported, *, dry_run: bool) -> None:
    from broadsheet.problems import counted  # noqa: PLC0415

    for path, _ in imported.records:
        click.echo(f"{'new' if dry_run else 'imported'}: {safe(path.as_posix())}")
    for source in imported.sources:
        if not source.is_failed:
            click.echo(f"{safe(source.key)}: {_fared(source)}")
    what = counted(len(imported.records), "new record")
    failed = f"; {counted(imported.failed, 'source')} failed" if imported.failed else ""
    click.echo(
        f"{what} from {counted(len(imported.sources), 'source')}{failed}" + (", nothing written" if dry_run else "")
    )


def _fared(source: FromSource) -> str:
    if source.is_unchanged:
        return "not changed"
    parts = [f"{source.new:,} new of {source.items:,}"]
    parts += [f"{source.old:,} too old"] if source.old else []
    parts += [f"{source.beyond:,} more than are taken"] if source.beyond else []
    return ", ".join(parts)
