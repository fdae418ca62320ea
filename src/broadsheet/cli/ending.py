"""How a command ends that is told to end: by Ctrl-C, or by the system."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def ended_when_told(how_it_stands: Callable[[], str]) -> Iterator[None]:
    """Let what runs within a `with` be ended by SIGINT and SIGTERM: it clears up, and the command says how it stands.

    The exit status is the one that shells have for it: 128 and the number of the signal.
    """
    told = signal.SIGINT

    def end(number: int, _frame: object) -> NoReturn:
        nonlocal told
        told = signal.Signals(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"stopped: {how_it_stands()}", err=True)
        sys.exit(128 + told)
    finally:
        signal.signal(signal.SIGTERM, before)
