"""What commands print, and how: the only code that does, besides the commands themselves."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from broadsheet.problems import Problem
    from broadsheet.serve.told import Trouble


def print_problems(problems: Iterable[Problem]) -> None:
    """Print every problem with its place, and what would mend it."""
    for problem in problems:
        click.echo(safe(str(problem)), err=True)
        if problem.hint:
            click.echo(f"  hint: {safe(problem.hint)}", err=True)


def print_excerpt(trouble: Trouble) -> None:
    """Print the lines around a problem, with a mark below its place."""
    from rich.cells import cell_len  # noqa: PLC0415

    for number, line in trouble.lines:
        mark = ">" if number == trouble.line else " "
        click.echo(f"  {mark} {number:>5} | {safe(line.expandtabs(4))}", err=True)
        if number == trouble.line and trouble.column:
            before = cell_len(safe(line[: trouble.column - 1].expandtabs(4)))
            click.echo(f"  {' ':>7} | {' ' * before}^", err=True)


def fail(message: str, hint: str) -> NoReturn:
    """Print why the command can not do what it is asked to do, and end it."""
    click.echo(f"error: {safe(message)}", err=True)
    click.echo(f"  hint: {safe(hint)}", err=True)
    sys.exit(1)


def safe(text: str) -> str:
    """Return `text` without what could drive the terminal: a file's name and content are not ours."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def colour() -> bool | None:
    """Return whether to print in colours, None for only where somebody looks at them (https://no-color.org)."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def showing_progress(quiet: bool) -> AbstractContextManager[Callable[[str, int, int], None]]:
    """Return what shows how far a build is: bars on a terminal, a line for every step elsewhere."""
    if sys.stderr.isatty() and not quiet:
        from broadsheet.progress import Bars  # noqa: PLC0415

        return Bars()
    from contextlib import nullcontext  # noqa: PLC0415

    return nullcontext(_ignore if quiet else _print_step)


def _ignore(step: str, done: int, total: int) -> None:
    pass


def _print_step(step: str, done: int, total: int) -> None:
    if done == total:
        click.echo(f"{step}: {total:,}", err=True)
