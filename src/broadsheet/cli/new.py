"""`broadsheet new`."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from broadsheet.cli.completing import complete_targets, complete_topics
from broadsheet.cli.ending import ended_when_told
from broadsheet.cli.parameters import CONFIG, SITE, clock
from broadsheet.cli.printing import print_problems, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from broadsheet.new.site import NewSite


@click.group()
def new() -> None:
    """Write a file to start from: it is yours from then on."""


@new.command()
@click.argument("name", metavar="DIR", type=click.Path())
@click.option("--title", metavar="TEXT", help="The name of the site.  [default: asked for, or that of DIR]")
@click.option(
    "--topic", "topics", metavar="NAME", multiple=True, help="A topic; may stand repeatedly.  [default: asked for]"
)
@click.option("--language", metavar="TAG", default="en", help="The language of the site.  [default: en]")
@click.option(
    "--time-zone", metavar="ZONE", help="The zone of its days, such as Europe/Berlin.  [default: this machine's]"
)
@click.option("--base-url", metavar="URL", help="The address that it will be published at.")
@click.option("--workflow", type=click.Choice(["github", "gitlab"]), help="Write a workflow, too, which publishes it.")
def site(  # noqa: PLR0913, PLR0917
    name: str,
    title: str | None,
    topics: tuple[str, ...],
    language: str,
    time_zone: str | None,
    base_url: str | None,
    workflow: Literal["github", "gitlab"] | None,
) -> None:
    """Write a site into DIR: settings with comments, topics, and three records that explain themselves.

    On a terminal it asks for what no option says. It overwrites no file, and writes all of the site or nothing.
    """
    if not name:
        # As of a variable of the shell that is not set: it is not the current folder that is meant.
        raise click.BadParameter("it is empty", param_hint="DIR")
    folder = Path(name)
    with ended_when_told(lambda: "nothing was written"):
        from broadsheet.new.site import TOPICS, check_place, new_site, site_title, title_of  # noqa: PLC0415
        from broadsheet.new.starter import Starter  # noqa: PLC0415
        from broadsheet.new.zone import system_zone  # noqa: PLC0415
        from broadsheet.problems import SiteError  # noqa: PLC0415

        try:
            check_place(folder)
            if title is None:
                title = _asked("Title", title_of(folder), site_title)
            if not topics:
                topics = _listed(_asked("Topics, with commas between", ", ".join(TOPICS), _listed_topics))
            zone = system_zone(os.environ) if time_zone is None else time_zone
            wanted = Starter(title, topics, language, zone, base_url)
            made = new_site(folder, wanted, workflow, clock())
        except SiteError as error:
            print_problems(error.problems)
            sys.exit(1)
    print_problems(made.problems)
    _print_site(folder, wanted.topics, made)


@new.command()
@click.argument("title")
@SITE
@click.option("--url", metavar="URL", help="Where the report is.")
@click.option(
    "--topic",
    "topics",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_topics,
    help="A topic of the site; may stand repeatedly.",
)
@click.option("--excerpt", metavar="TEXT", help="What it says, in a sentence or two.")
@click.option(
    "--time", metavar="TIME", help="When it was published; without a zone in that of the site.  [default: now]"
)
@click.option("--provider", metavar="NAME", help="Who published it.  [default: by its address]")
@click.option(
    "--quality", type=click.IntRange(0, 1000), metavar="N", help="How good it is: the best one leads its story."
)
@click.option("--draft", is_flag=True, help="Keep it out of the site until you delete that line.")
@CONFIG
def record(  # noqa: PLR0913, PLR0917
    title: str,
    site: Path,
    url: str | None,
    topics: tuple[str, ...],
    excerpt: str | None,
    time: str | None,
    provider: str | None,
    quality: int | None,
    draft: bool,
    config: Path | None,
) -> None:
    """Write a record called TITLE into the records of SITE (default: the current folder), and print its path.

    The file is named by its day and its title. Topics are those of the site, with the ones above them; who published
    a report is known by its address. No file is overwritten.
    """
    with ended_when_told(lambda: "nothing was written"):
        from broadsheet.new.record import Draft, new_record  # noqa: PLC0415
        from broadsheet.problems import SiteError  # noqa: PLC0415

        said = Draft(title, url, topics, excerpt, time, provider, quality, draft)
        try:
            made = new_record(said, site, clock(), config)
        except SiteError as error:
            print_problems(error.problems)
            sys.exit(1)
    print_problems(made.problems)
    click.echo(safe(made.path.as_posix()))


@new.command()
@SITE
@click.option(
    "--host",
    type=click.Choice(["github", "gitlab"]),
    help="Who runs it.  [default: gitlab if the remote `origin` is there, else github]",
)
@click.option(
    "--target",
    metavar="NAME",
    shell_complete=complete_targets,
    help="Publish to this target of the settings.  [default: the host's Pages]",
)
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


def _asked(question: str, default: str, check: Callable[[str], object]) -> str:
    """Return what somebody answers on a terminal, asked again until it can be used; elsewhere the default."""
    from broadsheet.problems import SiteError  # noqa: PLC0415

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return default

    def checked(answer: str) -> str:
        try:
            check(answer)
        except SiteError as error:
            raise click.UsageError("; ".join(safe(problem.message) for problem in error.problems)) from None
        return answer

    try:
        return click.prompt(question, default=default, value_proc=checked)
    except click.Abort as abort:
        if isinstance(abort.__context__, EOFError):
            click.echo("\nerror: there is no answer; nothing was written", err=True)
            sys.exit(1)
        click.echo(err=True)
        raise KeyboardInterrupt from None


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name.strip())


def _listed_topics(text: str) -> Sequence[str]:
    from broadsheet.new.site import site_topics  # noqa: PLC0415

    return site_topics(_listed(text))


def _print_site(folder: Path, topics: Sequence[str], made: NewSite) -> None:
    """Tell what was written, and what can be done with it now."""
    from broadsheet.problems import counted  # noqa: PLC0415

    path = folder.as_posix()
    where = shlex.quote(f"./{path}" if path.startswith("-") else path)
    of_site = "" if path == "." else f" {where}"
    click.echo(f"written: {safe(path)}, a site with 3 records and {counted(len(topics), 'topic')}")
    if made.workflow:
        click.echo(f"written: {safe(made.workflow.path.as_posix())}, for pushes to `{safe(made.workflow.branch)}`")
    click.echo("what to do next:")
    steps = [
        f"look at it while you write: broadsheet serve{of_site}",
        f'add a report: broadsheet new record "Its title"{of_site} --url https://example.org/report',
        f"see whether all is well: broadsheet check{of_site}",
    ]
    steps += [f"add to .gitignore: {line}" for line in made.not_ignored]
    steps += ["commit it, and push", *made.workflow.left_to_do] if made.workflow else []
    for step in steps:
        click.echo(f"  * {safe(step)}")
