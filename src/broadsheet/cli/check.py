"""`broadsheet check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.cli.parameters import CONFIG, SITE, Time, clock
from broadsheet.cli.printing import print_problems, showing_progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from broadsheet.check.checker import Checked
    from broadsheet.check.finding import Finding

_LEVELS = ("error", "warning", "note", "never")


@click.command()
@SITE
@CONFIG
@click.option("--only", metavar="RULE", multiple=True, help="Look for this kind of problem only; may stand repeatedly.")
@click.option(
    "--links",
    is_flag=True,
    help="Ask, politely, whether links to elsewhere lead anywhere; only then the network is used.",
)
@click.option(
    "--fail-on",
    type=click.Choice(_LEVELS),
    default="warning",
    help="Exit with status 1 when there is something as bad as this, or worse.  [default: warning]",
)
@click.option("--list-rules", is_flag=True, help="Say which kinds of problems there are, and check nothing.")
@click.option("--now", type=Time(), help="Check the site as it is at this time.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Work on so many cores.  [default: all]")
@click.option("--quiet", is_flag=True, help="Print problems only.")
def check(  # noqa: PLR0913, PLR0917
    site: Path,
    config: Path | None,
    only: tuple[str, ...],
    links: bool,
    fail_on: str,
    list_rules: bool,
    now: datetime | None,
    jobs: int | None,
    quiet: bool,
) -> None:
    """Say what is wrong with SITE (default: the current folder): its files, its templates, the pages made of them.

    Nothing is written, but the cache of what --links finds out. Exit status 0: nothing as bad as --fail-on says; 1:
    there is; 2: the command is used wrongly.
    """
    from broadsheet.check.checker import Order  # noqa: PLC0415
    from broadsheet.check.checker import check as run  # noqa: PLC0415
    from broadsheet.links.round import Outside  # noqa: PLC0415
    from broadsheet.workers import Workers, usable_cores  # noqa: PLC0415

    if list_rules:
        _print_rules()
        return
    order = Order(site, now or clock(), config, _rules(only, links), Outside() if links else None)
    with showing_progress(quiet) as progress:
        checked = run(order, Workers(jobs or usable_cores()), progress)
    print_problems(finding.problem for finding in checked.findings)
    if not quiet:
        _print_summary(checked)
    if _fails(checked.findings, fail_on):
        sys.exit(1)


def _rules(names: Sequence[str], links: bool) -> frozenset[str]:
    """Return the rules that are meant, all without a name; some can be looked for with `links` only."""
    from broadsheet.check.links import RULES as LINK_RULES  # noqa: PLC0415
    from broadsheet.check.rules import RULES, nearest_rule  # noqa: PLC0415

    for name in names:
        if name not in RULES:
            near = nearest_rule(name)
            hint = f"did you mean {near!r}?" if near else "--list-rules says which there are"
            raise click.BadParameter(f"there is no rule {name!r}: {hint}", param_hint="--only")
        if name in LINK_RULES and not links:
            raise click.BadParameter(f"{name!r} is only found with --links", param_hint="--only")
    return frozenset(names or RULES)


def _print_rules() -> None:
    from broadsheet.check.rules import GROUPS  # noqa: PLC0415

    for group, rules in GROUPS.items():
        click.echo(f"{group}:")
        for rule in rules:
            click.echo(f"  {rule.name:<22} {rule.severity.value:<8} {rule.summary}")


def _print_summary(checked: Checked) -> None:
    from collections import Counter  # noqa: PLC0415

    from broadsheet.problems import Severity, counted  # noqa: PLC0415

    rules = Counter(finding.rule for finding in checked.findings)
    levels = Counter(finding.problem.severity for finding in checked.findings)
    for rule, number in sorted(rules.items(), key=lambda pair: (-pair[1], pair[0])):
        click.echo(f"{number:>9,}  {rule}")
    parts = ", ".join(counted(levels[level], level.value) for level in Severity)
    click.echo(f"{counted(checked.records, 'record')} checked: {parts}")


def _fails(findings: Sequence[Finding], fail_on: str) -> bool:
    bad = _LEVELS[: _LEVELS.index(fail_on) + 1] if fail_on != "never" else ()
    return any(finding.problem.severity.value in bad for finding in findings)
