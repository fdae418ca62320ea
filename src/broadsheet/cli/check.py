"""`broadsheet check`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.cli.completing import complete_rules
from broadsheet.cli.ending import ended_when_told
from broadsheet.cli.fixed import fix_found, take_back
from broadsheet.cli.parameters import CONFIG, SITE, Time, clock
from broadsheet.cli.printing import colour, fail, safe, showing_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from typing import NoReturn

    from broadsheet.check.baseline import Baseline, BaselineError
    from broadsheet.check.checker import Checked
    from broadsheet.check.finding import Finding
    from broadsheet.check.places import Places
    from broadsheet.check.report import Report

_LEVELS = ("error", "warning", "note", "never")
_FORMATS = ("text", "json", "github", "sarif")


@click.command()
@SITE
@CONFIG
@click.option(
    "--only",
    metavar="RULE",
    multiple=True,
    shell_complete=complete_rules,
    help="Look for this kind of problem only; may stand repeatedly.",
)
@click.option(
    "--links",
    is_flag=True,
    help="Ask, politely, whether links to elsewhere lead anywhere; only then the network is used.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    help="Print it so: for people, as JSON, as annotations of GitHub Actions, as SARIF.  [default: text]",
)
@click.option("--all", "tells_all", is_flag=True, help="Show all findings as text, not only the first 20 of a kind.")
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Leave out the findings that this file lists.",
)
@click.option("--write-baseline", is_flag=True, help="Write what is found now into the file of --baseline.")
@click.option(
    "--fail-on",
    type=click.Choice(_LEVELS),
    default="warning",
    help="Exit with status 1 when there is something as bad as this, or worse.  [default: warning]",
)
@click.option("--fix", is_flag=True, help="Mend what is safe to mend: show how, ask, and write the files.")
@click.option("--yes", is_flag=True, help="With --fix, write without asking.")
@click.option("--undo", is_flag=True, help="Put back the files that the last --fix wrote, and check nothing.")
@click.option("--list-rules", is_flag=True, help="Say which kinds of problems there are, and check nothing.")
@click.option("--now", type=Time(), help="Check the site as it is at this time.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Work on so many cores.  [default: all]")
@click.option("--quiet", is_flag=True, help="Print problems only.")
def check(  # noqa: PLR0913, PLR0917
    site: Path,
    config: Path | None,
    only: tuple[str, ...],
    links: bool,
    form: str,
    tells_all: bool,
    baseline: Path | None,
    write_baseline: bool,
    fail_on: str,
    fix: bool,
    yes: bool,
    undo: bool,
    list_rules: bool,
    now: datetime | None,
    jobs: int | None,
    quiet: bool,
) -> None:
    """Say what is wrong with SITE (default: the current folder): its files, its templates, the pages made of them.

    Nothing is written but by --fix and --undo and, on demand, a baseline: the findings that are known and need no
    telling; --links keeps what it finds out in the cache. Exit status 0: nothing as bad as --fail-on says; 1: there
    is; 2: the command is used wrongly.
    """
    _require_libraries()
    from msgspec import structs  # noqa: PLC0415

    from broadsheet.check.checker import Order, with_links_of  # noqa: PLC0415
    from broadsheet.check.checker import check as run  # noqa: PLC0415
    from broadsheet.check.links import RULES as OF_LINKS  # noqa: PLC0415
    from broadsheet.web import Outside  # noqa: PLC0415
    from broadsheet.workers import Workers, usable_cores  # noqa: PLC0415

    _refuse_together({"--undo": undo, "--fix": fix, "--list-rules": list_rules}, {"--yes": yes and not fix})
    rules = _rules(only)
    if list_rules:
        _print_rules(rules, form)
        return
    if undo:
        take_back(site, quiet=quiet)
        return
    if not links and (alone := set(OF_LINKS).intersection(only)):
        raise click.BadParameter(f"{min(alone)!r} is only found with --links", param_hint="--only")
    rules = tuple(rule for rule in rules if links or rule not in OF_LINKS)
    if write_baseline and baseline is None:
        raise click.UsageError("--write-baseline needs --baseline FILE, the file that it writes")
    # Before the work, so that nobody waits for nothing.
    known = _known(baseline, write_baseline)
    order = Order(site, now or clock(), config, frozenset(rules), Outside() if links else None)

    def checked_by(order: Order) -> Checked:
        with showing_progress(quiet) as progress:
            return run(order, Workers(jobs or usable_cores()), progress)

    def checked_again() -> Checked:
        # Hosts were asked once, and that will do.
        return with_links_of(checked, checked_by(structs.replace(order, outside=None)))

    with ended_when_told(lambda: _how_it_stands(fix)):
        checked, is_unasked = checked_by(order), False
        if fix:
            checked, is_unasked = fix_found(site, checked, checked_again, sure=yes, quiet=quiet, aside=form != "text")
    if baseline is not None and write_baseline:
        known = _written(baseline, known, checked, site, rules)
    report = _report(checked, known, site, rules)
    _print(report, form, str(site), most=None if tells_all or only or quiet else _most(), quiet=quiet)
    if is_unasked or _fails(report.findings, fail_on):
        sys.exit(1)


def _how_it_stands(is_fix: bool) -> str:
    return "--undo takes back what --fix has written so far" if is_fix else "nothing was written"


def _require_libraries() -> None:
    """End the command where something that it is made with is not installed."""
    from broadsheet.extras import missing  # noqa: PLC0415

    if lack := missing("check", "`broadsheet check`"):
        fail(*lack)


def _refuse_together(exclusive: dict[str, bool], lonely: dict[str, bool]) -> None:
    """Refuse two of the `exclusive` options at once, and any of the `lonely` ones."""
    given = [name for name, is_given in exclusive.items() if is_given]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} do not go together")
    for name, is_given in lonely.items():
        if is_given:
            raise click.UsageError(f"{name} needs --fix")


def _rules(names: Sequence[str]) -> tuple[str, ...]:
    """Return the rules that are meant, all without a name, in the order of their list."""
    from broadsheet.check.rules import RULES, nearest_rule  # noqa: PLC0415

    for name in names:
        if name not in RULES:
            near = nearest_rule(name)
            hint = f"did you mean {near!r}?" if near else "--list-rules says which there are"
            raise click.BadParameter(f"there is no rule {name!r}: {hint}", param_hint="--only")
    return tuple(rule for rule in RULES if rule in (names or RULES))


def _print_rules(names: Sequence[str], form: str) -> None:
    from broadsheet.check.rules import GROUPS  # noqa: PLC0415

    if form == "json":
        from broadsheet.check.formats import rules_as_json  # noqa: PLC0415

        click.echo(rules_as_json(names))
        return
    if form != "text":
        raise click.BadParameter(f"--list-rules is printed as text or json, not as {form}", param_hint="--format")
    from broadsheet.cli.checked import rules as listed  # noqa: PLC0415

    groups = {group: tuple(rule for rule in rules if rule.name in names) for group, rules in GROUPS.items()}
    _echo(listed({group: rules for group, rules in groups.items() if rules}))


def _known(path: Path | None, is_written: bool) -> Baseline:
    """Return what the baseline holds, nothing without one; ends the command where its file can not be used."""
    from broadsheet.check.baseline import BaselineError, load, load_for_writing  # noqa: PLC0415

    try:
        return {} if path is None else load_for_writing(path) if is_written else load(path)
    except BaselineError as error:
        _end_for_baseline(error)


def _written(path: Path, before: Baseline, checked: Checked, site: Path, rules: Sequence[str]) -> Baseline:
    """Write what was found as the baseline, and return it; of rules that were not looked for, what it held stays."""
    from broadsheet.check.baseline import BaselineError, counted_keys, save  # noqa: PLC0415
    from broadsheet.problems import counted  # noqa: PLC0415

    if not checked.is_complete:
        click.echo(f"error: {safe(str(path))} is not written: the site could not be checked as a whole", err=True)
        return before
    kept = {key: number for key, number in before.items() if key.rule not in rules}
    baseline = {**kept, **counted_keys(checked.findings, str(site))}
    try:
        save(path, baseline)
    except BaselineError as error:
        _end_for_baseline(error)
    click.echo(f"{counted(sum(baseline.values()), 'finding')} written to {safe(str(path))}", err=True)
    return baseline


def _end_for_baseline(error: BaselineError) -> NoReturn:
    raise click.BadParameter(safe(f"{error}: {error.hint}"), param_hint="--baseline")


def _report(checked: Checked, known: Baseline, site: Path, rules: tuple[str, ...]) -> Report:
    from broadsheet.check.baseline import compared  # noqa: PLC0415
    from broadsheet.check.report import Report  # noqa: PLC0415

    left = compared(checked.findings, known, str(site), frozenset(rules) if checked.is_complete else ())
    return Report(left.findings, checked.records, rules, left.known, left.mended, checked.is_complete)


def _most() -> int:
    from broadsheet.cli.checked import MOST  # noqa: PLC0415

    return MOST


def _print(report: Report, form: str, site: str, *, most: int | None, quiet: bool) -> None:
    """Print a report: the findings are what was asked for, and go where they can be piped on."""
    from broadsheet.cli import checked  # noqa: PLC0415

    if form == "text":
        width = shutil.get_terminal_size((100, 24)).columns
        _echo(checked.findings(report.findings, width, most))
        if not quiet:
            if report.findings:
                click.echo()
            _echo((*checked.summary(report, most), *checked.mended(report)))
        return
    from broadsheet.check.formats import as_github, as_json  # noqa: PLC0415
    from broadsheet.check.sarif import as_sarif  # noqa: PLC0415

    if form == "json":
        click.echo(as_json(report))
    elif form == "sarif":
        click.echo(as_sarif(report, site, _places()))
    else:
        _echo(as_github(report, _places()))
    if not quiet:
        for line in checked.mended(report):
            click.echo(line, err=True)


def _places() -> Places:
    """Return where a service looks for files: in the repository of its workflow, else in the current folder."""
    from broadsheet.check.places import Places  # noqa: PLC0415

    here = os.path.realpath(".")
    return Places(os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or here), here)


def _echo(lines: Iterable[str]) -> None:
    """Print lines; colours only where somebody looks at them, and wants them."""
    color = colour()
    for line in lines:
        click.echo(line, color=color)


def _fails(findings: Sequence[Finding], fail_on: str) -> bool:
    bad = _LEVELS[: _LEVELS.index(fail_on) + 1] if fail_on != "never" else ()
    return any(finding.problem.severity.value in bad for finding in findings)
