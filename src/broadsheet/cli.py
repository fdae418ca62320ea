"""The command line: parses, calls, prints. The only code that prints, prompts or exits.

What a command needs is imported when it runs, so that `--help` is quick.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, NoReturn

import click

from broadsheet import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import date

    from broadsheet.config import Settings
    from broadsheet.last_build import BuildResult
    from broadsheet.problems import Problem
    from broadsheet.serve.preview import Report
    from broadsheet.serve.told import Trouble

_FOR_SERVING = {"starlette", "uvicorn", "watchfiles"}


class _Time(click.ParamType[datetime]):
    """An ISO 8601 time; naive means UTC."""

    name = "TIME"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        from broadsheet.read.fields import parse_time  # noqa: PLC0415

        moment = parse_time(value)
        if moment is None:
            self.fail(f"{value!r} is no time such as 2024-05-31T08:00:00Z", param, ctx)
        return moment


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


@main.command()
@click.argument("site", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Take the settings from this file."
)
@click.option("--output", type=click.Path(path_type=Path), help="Build into this folder.  [default: SITE/public]")
@click.option("--base-url", metavar="URL", help="The address that the site is published at.")
@click.option("--now", type=_Time(), help="Build as if it were this time, for scheduled records.")
@click.option("--strict", is_flag=True, help="Exit with status 1 when there is any error or warning.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Work on so many cores.  [default: all]")
@click.option("--clean", is_flag=True, help="Build everything anew, whatever is known from the last build.")
@click.option("--explain", is_flag=True, help="Say of every file that is made anew why it is.")
@click.option("--verify", is_flag=True, help="Build everything a second time, aside, and compare every byte.")
@click.option("--profile", is_flag=True, help="Say where the time went.")
@click.option("--quiet", is_flag=True, help="Print problems only.")
def build(  # noqa: PLR0913, PLR0917
    site: Path,
    config: Path | None,
    output: Path | None,
    base_url: str | None,
    now: datetime | None,
    strict: bool,
    jobs: int | None,
    clean: bool,
    explain: bool,
    verify: bool,
    profile: bool,
    quiet: bool,
) -> None:
    """Build the digest of SITE, a folder with records (default: the current one).

    SITE is a folder with a broadsheet.yaml, a checkout in the Jekyll layout (_news/, _data/, _config.yml), or a bare
    folder of records. What the last build left in SITE/.broadsheet/ makes the next one quicker, and can be deleted.
    """
    from broadsheet.last_build import Asked, Memory  # noqa: PLC0415
    from broadsheet.problems import Severity, SiteError  # noqa: PLC0415
    from broadsheet.toolchain import toolchain  # noqa: PLC0415

    started_ns, moment = time_ns(), now or _now()
    memory = Memory(Asked.of(site, config, output, base_url), toolchain(), forgets=clean)
    result = None if verify else memory.still_holds(moment, started_ns)
    differing: list[str] = []
    if result is None:
        from broadsheet.build import Means, differences  # noqa: PLC0415
        from broadsheet.build import build as run  # noqa: PLC0415
        from broadsheet.read.disk import Disk  # noqa: PLC0415
        from broadsheet.read.folders import find_folders, read_settings  # noqa: PLC0415
        from broadsheet.workers import Workers, usable_cores  # noqa: PLC0415

        workers, disk = Workers(jobs or usable_cores()), Disk()
        means = Means(memory, workers, disk.trace, started_ns, until_exit=[])
        try:
            settings = _with_base_url(read_settings(site, config, disk), base_url)
            folders = find_folders(site, settings, output, config, disk)
            with _progress(quiet) as progress:
                result = run(folders, settings, moment, progress, means)
            differing = differences(folders, settings, moment, workers, result) if verify else []
        except SiteError as error:
            _print_problems(error.problems)
            sys.exit(1)
    _print_problems(problem for problem in result.problems if not (quiet and problem.severity is Severity.NOTE))
    if explain:
        _print_reasons(result)
    if not quiet:
        _print_summary(result)
    if profile:
        _print_profile(result)
    if verify:
        _print_verified(differing)
    if strict and any(problem.severity is not Severity.NOTE for problem in result.problems):
        click.echo("error: there are problems, and --strict is set", err=True)
        sys.exit(1)
    if differing:
        sys.exit(1)


class _Day(click.ParamType["date"]):
    """A day of the calendar."""

    name = "DAY"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from datetime import date as day  # noqa: PLC0415

        try:
            found = day.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = day.min
        # As for the times of records: the calendar's very ends leave no room for a time zone.
        if not 1000 <= found.year <= 9998:
            self.fail(f"{value!r} is no day such as 2024-05-31", param, ctx)
        return found


@main.command()
@click.argument("site", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--due", is_flag=True, help="Cut all issues since the last one.  [default]")
@click.option("--date", "day", type=_Day(), help="Cut the issue of this day.")
@click.option("--since", type=_Day(), help="Cut all issues from this day on.")
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Take the settings from this file."
)
@click.option("--now", type=_Time(), help="Cut as if it were this time.")
@click.option("--quiet", is_flag=True, help="Print problems only.")
def edition(  # noqa: PLR0913, PLR0917
    site: Path,
    due: bool,
    day: date | None,
    since: date | None,
    config: Path | None,
    now: datetime | None,
    quiet: bool,
) -> None:
    """Cut the issues of SITE's edition that are due, by the schedule in its settings.

    Each is written into SITE/editions/, a file to keep with the records; `broadsheet build` makes its page, its email
    and its feed entry of it. An issue that was cut never changes. Where none was cut yet, only the latest one is due.
    """
    from broadsheet.edition import cut_day, cut_due  # noqa: PLC0415
    from broadsheet.problems import Severity, SiteError, counted  # noqa: PLC0415
    from broadsheet.read.folders import find_folders, read_settings  # noqa: PLC0415

    if day is not None and (due or since):
        raise click.UsageError("--date goes neither with --due nor with --since")
    try:
        settings = read_settings(site, config)
        folders = find_folders(site, settings, None, config)
        moment = now or _now()
        cut = cut_day(folders, settings, moment, day) if day else cut_due(folders, settings, moment, since)
    except SiteError as error:
        _print_problems(error.problems)
        sys.exit(1)
    _print_problems(problem for problem in cut.problems if not (quiet and problem.severity is Severity.NOTE))
    if quiet:
        return
    for issue, path in cut.written:
        remark = f", {len(issue.passed_over):,} passed over" if issue.passed_over else ""
        click.echo(f"cut {_safe(path.as_posix())}: {counted(len(issue.items), 'story', 'stories')}{remark}")
    if cut.empty:
        first, last = cut.empty[0], cut.empty[-1]
        days = first if first == last else f"{first} to {last}"
        click.echo(f"not cut, for want of stories: {counted(len(cut.empty), 'issue')} ({days})")
    if not cut.written and not cut.empty:
        click.echo(
            f"nothing is due: the next issue ends at {cut.next.astimezone(settings.edition_zone):%Y-%m-%d %H:%M %Z}"
        )


@main.command()
@click.argument("site", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--host", default="127.0.0.1", metavar="NAME", help="Listen at this address.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="Listen at this port.  [default: 8000, or next]"
)
@click.option("--drafts", is_flag=True, help="Show drafts and scheduled records too.")
@click.option("--now", type=_Time(), help="Show the site as if it were always this time.")
@click.option("--open", "opens", is_flag=True, help="Open the front page in a browser.")
@click.option("--poll", is_flag=True, help="Look for changes again and again, for folders that tell of none.")
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Take the settings from this file."
)
def serve(  # noqa: PLR0913, PLR0917
    site: Path,
    host: str,
    port: int | None,
    drafts: bool,
    now: datetime | None,
    opens: bool,
    poll: bool,
    config: Path | None,
) -> None:
    """Show SITE in a browser, as it will be published, and anew whenever a file of it is saved.

    Nothing is written into the output folder: what is shown is kept in memory alone. Ctrl-C ends it.
    """
    with _until_interrupted():
        try:
            from broadsheet.serve.hosts import FIRST_PORT, ListenError, is_loopback, listen, url_of  # noqa: PLC0415
            from broadsheet.serve.preview import Preview  # noqa: PLC0415
            from broadsheet.serve.workshop import Order, Workshop  # noqa: PLC0415
            from broadsheet.workers import Workers, usable_cores  # noqa: PLC0415
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package not in _FOR_SERVING:
                raise
            _fail(f"`broadsheet serve` needs {package}, which is not installed", 'pip install "broadsheet[serve]"')
        try:
            listener = listen(host, port)
        except ListenError as error:
            _fail(str(error), error.hint)
        workshop = Workshop(Order(site, config, drafts, now), _now, Workers(usable_cores()))
        preview = Preview(workshop, _now, _Reporter(site), polls=poll)
        with _progress(quiet=False) as progress:
            preview.look(progress=progress)
        address = url_of(listener.getsockname(), workshop.base_path)
        if port is None and listener.getsockname()[1] != FIRST_PORT:
            click.echo(f"port {FIRST_PORT} is taken: {listener.getsockname()[1]} is the next one that is free")
        if not is_loopback(listener.getsockname()[0]):
            click.echo("warning: whoever can reach this machine can read everything that is shown", err=True)
        click.echo(f"{_safe(str(site))} is shown at {address} (Ctrl-C ends it)")
        preview.serve(listener, {host}, (lambda: click.launch(address)) if opens else (lambda: None))


@contextmanager
def _until_interrupted() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        click.echo("ended")


class _Reporter:
    """Tells what a preview does: every change with the time that it took, and every problem when it comes up."""

    def __init__(self, site: Path) -> None:
        self._site = site
        self._told: set[Problem] = set()

    def __call__(self, report: Report) -> None:
        from broadsheet.problems import Severity  # noqa: PLC0415
        from broadsheet.serve.excerpts import troubles  # noqa: PLC0415

        if report.changed:
            clock = datetime.now().astimezone()
            changed = report.changed.removeprefix(f"{self._site}{os.sep}")
            click.echo(f"{clock:%H:%M:%S}  {_safe(changed)} changed: {report.seconds * 1000:.0f} ms")
        new = [problem for problem in report.problems if problem not in self._told]
        for problem, trouble in zip(new, troubles(new), strict=True):
            _print_problems([problem])
            _print_excerpt(trouble)
        had_errors = any(problem.severity is Severity.ERROR for problem in self._told)
        if had_errors and not any(problem.severity is Severity.ERROR for problem in report.problems):
            click.echo("all errors are mended")
        self._told = set(report.problems)


def _print_excerpt(trouble: Trouble) -> None:
    from rich.cells import cell_len  # noqa: PLC0415

    for number, line in trouble.lines:
        mark = ">" if number == trouble.line else " "
        click.echo(f"  {mark} {number:>5} | {_safe(line.expandtabs(4))}", err=True)
        if number == trouble.line and trouble.column:
            before = cell_len(_safe(line[: trouble.column - 1].expandtabs(4)))
            click.echo(f"  {' ':>7} | {' ' * before}^", err=True)


def _fail(message: str, hint: str) -> NoReturn:
    click.echo(f"error: {_safe(message)}", err=True)
    click.echo(f"  hint: {_safe(hint)}", err=True)
    sys.exit(1)


def _with_base_url(settings: Settings, base_url: str | None) -> Settings:
    """Return the settings with what the command line says."""
    from broadsheet.read.settings import with_base_url  # noqa: PLC0415

    if base_url is None:
        return settings
    try:
        return with_base_url(settings, base_url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--base-url") from None


def _now() -> datetime:
    """Return the time of this build: `SOURCE_DATE_EPOCH` where it is set, else the clock's."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise click.UsageError(f"SOURCE_DATE_EPOCH is no number of seconds: {epoch!r}") from None


def _progress(quiet: bool) -> AbstractContextManager[Callable[[str, int, int], None]]:
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


def _print_problems(problems: Iterable[Problem]) -> None:
    for problem in problems:
        click.echo(_safe(str(problem)), err=True)
        if problem.hint:
            click.echo(f"  hint: {_safe(problem.hint)}", err=True)


def _safe(text: str) -> str:
    """Return `text` without what could drive the terminal: a file's name and content are not ours."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _print_reasons(result: BuildResult) -> None:
    if not result.reasons:
        click.echo("nothing had to be made anew")
    for path, reason in sorted(result.reasons.items()):
        click.echo(f"{_safe(path)}: {_safe(reason)}")


def _print_profile(result: BuildResult) -> None:
    for step, seconds in result.timings:
        click.echo(f"{seconds:9.3f} s  {step}")
    click.echo(f"{result.seconds:9.3f} s  in all; what is indented belongs to the step above, and counts every core")


def _print_verified(differing: list[str]) -> None:
    for path in differing:
        click.echo(f"error: {_safe(path)} is not what a clean build makes", err=True)
    if not differing:
        click.echo("verified: a clean build makes the same bytes")


def _print_summary(result: BuildResult) -> None:
    from broadsheet.problems import counted  # noqa: PLC0415

    rows = [
        ("records read", result.read, ""),
        ("left out", result.left_out, "told above"),
        ("not out yet", result.withheld, "drafts and scheduled records"),
        ("removed", result.removed, "marked `removed`"),
        ("hidden", result.hidden, "by the selection, or with the lead of their story"),
        ("stories", result.stories, ""),
        ("unpublished ones shown", result.unpublished_leads, "`selection.unpublished: hide` leaves them out"),
        ("pages", result.pages, ""),
        ("files written", result.written.changed, ""),
        ("files unchanged", result.written.unchanged, ""),
        ("files deleted", result.written.deleted, "they were ours, and are no longer needed"),
    ]
    for name, number, remark in rows:
        if number or not remark:
            click.echo(f"{name:>24}  {number:,}" + (f"  ({remark})" if remark else ""))
    click.echo(f"built {counted(result.pages, 'page')} in {result.seconds:.2f} s: {_safe(result.output)}")
