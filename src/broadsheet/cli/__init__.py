"""The command line: parses, calls, prints. The only code that prints, prompts or exits.

What a command needs is imported when it runs, so that `--help` is quick.
"""

import gc
import os
import sys

import click

from broadsheet import __version__
from broadsheet.cli.build import build
from broadsheet.cli.check import check
from broadsheet.cli.edition import edition
from broadsheet.cli.explain import explain
from broadsheet.cli.new import new
from broadsheet.cli.publish import publish, rollback
from broadsheet.cli.schema import schema
from broadsheet.cli.serve import serve


def run() -> None:
    """Run the command as a process of its own, and end it without taking apart what it made: that takes a while.

    Nor does anything look for cycles meanwhile: what it makes has next to none, and lives as long as it does.
    """
    gc.disable()
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        if end.code is None or isinstance(end.code, int):
            os._exit(end.code or 0)
        raise


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="broadsheet")
def main() -> None:
    """Turn a folder of news records into a static news digest."""


for command in (build, check, edition, explain, new, publish, rollback, schema, serve):
    main.add_command(command)
