"""`python -m broadsheet` is the `broadsheet` command."""

from broadsheet.cli import run

run()
