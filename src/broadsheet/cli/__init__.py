"""The command line: parses, calls, prints. The only code that prints, prompts or exits.

What a command needs is imported when it runs, so that `--help` is quick.
"""

import errno
import gc
import os
import sys

import click

from broadsheet import __version__
from broadsheet.cli.build import build
from broadsheet.cli.check import check
from broadsheet.cli.completion import completion
from broadsheet.cli.edition import edition
from broadsheet.cli.explain import explain
from broadsheet.cli.gather import gather
from broadsheet.cli.new import new
from broadsheet.cli.publish import publish, rollback
from broadsheet.cli.schema import schema
from broadsheet.cli.serve import serve


def run() -> None:
    """Run the command as a process of its own, and end it without taking apart what it made: that takes a while.

    Nor does anything look for cycles meanwhile: what it makes has next to none, and lives as long as it does.
    """
    gc.disable()
    _open_closed_streams()
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        if end.code is None or isinstance(end.code, int):
            os._exit(end.code or 0)
        raise
    except OSError as error:
        if error.filename is not None or error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}:
            raise
        # What writes a file says which; this was only to be printed.
        why = os.strerror(error.errno).lower()
        click.echo(f"error: what the command says can not be written down: {why}", err=True)
        click.echo("  hint: make room where it goes, and run it again: what is done is not done twice", err=True)
        os._exit(1)


def _open_closed_streams() -> None:
    """Open what whoever started this has closed, as by `>&-`: Python has no stream there, and others write to it."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="broadsheet")
def main() -> None:
    """Turn a folder of news records into a static news digest."""


for command in (build, check, completion, edition, explain, gather, new, publish, rollback, schema, serve):
    main.add_command(command)
