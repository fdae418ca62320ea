"""`broadsheet new`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import click

from broadsheet.cli.parameters import CONFIG, SITE, clock
from broadsheet.cli.printing import print_problems, safe

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def new() -> None:
    """Write a file to start from: it is yours from then on."""


@new.command()
@SITE
@click.option(
    "--host",
    type=click.Choice(["github", "gitlab"]),
    help="Who runs it.  [default: gitlab if the remote `origin` is there, else github]",
)
@click.option("--target", metavar="NAME", help="Publish to this target of the settings.  [default: the host's Pages]")
@click.option("--install", metavar="COMMAND", help='Install Broadsheet so.  [default: pip install "broadsheet[…]"]')
@CONFIG
def workflow(
    site: Path, host: Literal["github", "gitlab"] | None, target: str | None, install: str | None, config: Path | None
) -> None:
    """Write a workflow that publishes SITE by itself: on every push, every hour, and when an issue is due.

    It goes to .github/workflows/publish.yml or .gitlab-ci.yml of the git repository that SITE is in. Broadsheet says
    what is left to be done by hand, and overwrites no file.
    """
    from broadsheet.new.workflow import Wanted, new_workflow  # noqa: PLC0415
    from broadsheet.problems import SiteError  # noqa: PLC0415

    try:
        made = new_workflow(Wanted(site, host, target, install, config), clock())
    except SiteError as error:
        print_problems(error.problems)
        sys.exit(1)
    click.echo(f"written: {safe(made.path.as_posix())}, for pushes to `{safe(made.branch)}`")
    click.echo("left to do:")
    for step in ("commit it, and push", *made.left_to_do):
        click.echo(f"  * {safe(step)}")
