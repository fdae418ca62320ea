"""What `broadsheet check --fix` and `--undo` show, ask and tell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from broadsheet.cli.printing import colour, print_problems, safe, showing_progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from broadsheet.check.checker import Checked
    from broadsheet.check.undo import Change
    from broadsheet.problems import Problem

# What is found only once something else is mended.
_MOST_ROUNDS = 5
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def fix_found(
    site: Path, checked: Checked, check_again: Callable[[], Checked], *, sure: bool, quiet: bool, aside: bool
) -> tuple[Checked, bool]:
    """Mend what was found, as far as that is wanted; return what is left, and whether nobody could be asked.

    Where it is printed `aside`, standard output is for something else.
    """
    from msgspec import structs  # noqa: PLC0415

    from broadsheet.check.fixing import fix_for  # noqa: PLC0415
    from broadsheet.check.undo import Undo  # noqa: PLC0415
    from broadsheet.problems import SiteError, counted  # noqa: PLC0415

    undo = Undo(site)
    told: set[Problem] = set()
    for round_ in range(_MOST_ROUNDS):
        with showing_progress(quiet) as progress:
            fix = fix_for(site, checked.findings, checked.contents, progress)
        if fix.changes and not (quiet and sure):
            _print_differences(fix.changes, aside=aside)
        print_problems(problem for problem in fix.problems if problem not in told)
        told.update(fix.problems)
        if not fix.changes:
            if not quiet and not round_:
                click.echo("there is nothing that could be mended", err=aside)
            # What is left can not be, as was told.
            findings = tuple(structs.replace(finding, mends=()) for finding in checked.findings)
            return structs.replace(checked, findings=findings), False
        if not sure and not _can_ask(aside):
            click.echo(f"nothing was written: --yes mends {counted(len(fix.changes), 'file')}", err=True)
            return checked, True
        if not sure and not click.confirm(f"Mend {counted(len(fix.changes), 'file')}?", err=aside):
            break
        try:
            written, problems = undo.write(fix.changes)
        except SiteError as error:
            print_problems(error.problems)
            sys.exit(1)
        print_problems(problems)
        if not quiet:
            click.echo(f"{counted(len(written), 'file')} mended; --undo takes it back", err=aside)
        if not written:
            break
        checked = check_again()
    return checked, False


def take_back(site: Path, *, quiet: bool) -> None:
    """Undo the last fix of a site, and end with status 1 when something stays."""
    from broadsheet.check.undo import undone  # noqa: PLC0415
    from broadsheet.cli.printing import fail  # noqa: PLC0415
    from broadsheet.problems import SiteError, counted  # noqa: PLC0415

    try:
        done = undone(site)
    except SiteError as error:
        print_problems(error.problems)
        sys.exit(1)
    if done is None:
        fail("there is no fix that could be undone", "--fix keeps what it needs for that in the folder .broadsheet")
    files, problems = done
    print_problems(problems)
    if not quiet:
        for file in files:
            click.echo(safe(file))
        click.echo(f"{counted(len(files), 'file')} put back")
    if problems:
        sys.exit(1)


def _can_ask(aside: bool) -> bool:
    return sys.stdin.isatty() and (sys.stderr if aside else sys.stdout).isatty()


def _print_differences(changes: tuple[Change, ...], *, aside: bool) -> None:
    from broadsheet.check.fixing import differences  # noqa: PLC0415

    color = colour()
    for change in changes:
        for line in differences(change):
            shown = _visible(line.removesuffix("\r").expandtabs(4))
            bold = True if line.startswith(("---", "+++")) else None
            click.secho(shown, err=aside, color=color, fg=_COLOURS.get(line[:1]), bold=bold)


def _visible(line: str) -> str:
    """Return a line as a terminal may show it: a character that nobody sees, and that may be what goes, as its code."""
    return "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in line)
