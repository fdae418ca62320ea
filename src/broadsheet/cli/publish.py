"""`broadsheet publish` and `broadsheet rollback`."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from broadsheet.cli.completing import complete_site_or_target
from broadsheet.cli.parameters import CONFIG, Time, clock
from broadsheet.cli.printing import print_problems, safe, showing_progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from broadsheet.publish.publisher import Chosen, Published, Ready

# So many paths are printed of each kind, so many addresses; all of them are in the JSON.
_MOST_PATHS = 10
_MOST_URLS = 40


@click.command()
@click.argument("arguments", nargs=-1, metavar="[SITE] [TARGET]", shell_complete=complete_site_or_target)
@click.option("--dry-run", is_flag=True, help="Only say what would be done: nothing is written anywhere.")
@click.option("--yes", is_flag=True, help="Delete many files, or overwrite those of others, if it comes to that.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan, and what came of it, as JSON.")
@CONFIG
@click.option("--now", type=Time(), help="Build as if it were this time, for scheduled records.")
def publish(
    arguments: tuple[str, ...], dry_run: bool, yes: bool, as_json: bool, config: Path | None, now: datetime | None
) -> None:
    """Build SITE, a folder with records (default: the current one), and send what changed to TARGET.

    TARGET is a name under `publish:` in the settings; where there is only one, it need not be named. The site is built
    anew, in a folder aside; a problem that leaves a record out stops it. Pages come after what they need, and nothing
    is deleted that was not published from here.
    """
    from broadsheet.problems import SiteError  # noqa: PLC0415
    from broadsheet.publish.publisher import choose, ready  # noqa: PLC0415
    from broadsheet.publish.publisher import publish as do  # noqa: PLC0415

    site, name = _site_and_target(arguments)
    _end_when_told()
    try:
        chosen = choose(site, config, name)
        with ExitStack() as stack:
            with showing_progress(as_json) as progress:
                say = None if dry_run else _say
                prepared = stack.enter_context(ready(chosen, now or clock(), progress, say))
            print_problems(prepared.problems)
            if not as_json:
                _print_plan(prepared)
            is_refused = bool(prepared.objections) and not yes and not dry_run
            with showing_progress(as_json) as progress:
                done = None if dry_run or is_refused else do(prepared, progress)
        if as_json:
            _print_json(prepared, done)
        if is_refused:
            _refuse(prepared)
        if done:
            _end(chosen, done, prepared, quiet=as_json)
    except SiteError as error:
        print_problems(error.problems)
        sys.exit(1)


@click.command()
@click.argument("arguments", nargs=-1, metavar="[SITE] [TARGET]", shell_complete=complete_site_or_target)
@CONFIG
def rollback(arguments: tuple[str, ...], config: Path | None) -> None:
    """Have TARGET show the release before the present one; again, the one before that.

    A folder with releases and a branch of git hold what was there before. To other targets what changed is sent once
    more, which only the machine can do that published from SITE.
    """
    from broadsheet.problems import SiteError  # noqa: PLC0415
    from broadsheet.publish.publisher import choose, roll_back  # noqa: PLC0415

    site, name = _site_and_target(arguments)
    _end_when_told()
    try:
        chosen = choose(site, config, name)
        with showing_progress(quiet=False) as progress:
            done = roll_back(chosen, progress, _say)
        _end(chosen, done)
    except SiteError as error:
        print_problems(error.problems)
        sys.exit(1)


def _site_and_target(arguments: tuple[str, ...]) -> tuple[Path, str | None]:
    """Return the site and the name of a target: a single argument is a site where it is a folder, else a target."""
    if len(arguments) > 2:
        raise click.UsageError(f"Got unexpected extra argument ({arguments[2]})")
    if len(arguments) == 1 and not Path(arguments[0]).is_dir():
        return Path(), arguments[0]
    site = Path(arguments[0]) if arguments else Path()
    if not site.is_dir():
        raise click.BadParameter(f"Directory {str(site)!r} does not exist.", param_hint="[SITE]")
    return site, arguments[1] if len(arguments) == 2 else None


def _end_when_told() -> None:
    """Have a workflow that is called off, or a machine that is shut down, leave no lock and no half-built site."""

    def end(number: int, _frame: object) -> NoReturn:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)


def _say(text: str) -> None:
    click.echo(safe(text), err=True)


def _print_plan(ready: Ready) -> None:
    plan, target = ready.publishing.plan, ready.publishing.target
    click.echo(f"{ready.chosen.name}: {safe(target.place)}")
    stay = "they stay a while, for readers who have an old page open"
    others = "somebody else has changed them since we published them"
    mended = f"{others}; they are put right"
    rows = [
        ("new", [item.path for item in plan.new], ""),
        ("changed", [item.path for item in plan.changed], ""),
        ("of these edited", plan.edited, mended),
        ("unchanged", [item.path for item in plan.unchanged], ""),
        ("to be deleted", plan.deleted, ""),
        ("out of use", list(plan.waiting), stay),
        ("left alone", plan.left, others),
    ]
    for name, paths, remark in rows:
        if paths or name in {"new", "unchanged"}:
            facts = "; ".join(filter(None, (_size(sum(map(ready.size, paths))), remark)))
            click.echo(f"{name:>24}  {len(paths):,}  ({facts})")
        if name != "unchanged":
            _print_paths(paths)


def _print_paths(paths: Sequence[str]) -> None:
    for path in paths[:_MOST_PATHS]:
        click.echo(f"{'':>26}{safe(path)}")
    if len(paths) > _MOST_PATHS:
        click.echo(f"{'':>26}and {len(paths) - _MOST_PATHS:,} more")


def _size(number: int) -> str:
    size, unit = float(number), "bytes"
    for larger in ("KB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"


def _print_json(ready: Ready, done: Published | None) -> None:
    import json  # noqa: PLC0415

    plan = ready.publishing.plan
    paths = [*(item.path for item in (*plan.new, *plan.changed)), *plan.deleted]
    said = {
        "target": ready.chosen.name,
        "place": ready.publishing.target.place,
        "published": done is not None,
        "release": done.release if done else None,
        "new": [{"path": item.path, "size": item.size} for item in plan.new],
        "changed": [{"path": item.path, "size": item.size} for item in plan.changed],
        "unchanged": {"files": len(plan.unchanged), "size": sum(item.size for item in plan.unchanged)},
        "deleted": [{"path": path, "size": ready.size(path)} for path in plan.deleted],
        "waiting": list(plan.waiting),
        "edited": list(plan.edited),
        "left": list(plan.left),
        "objections": ready.objections,
        "urls": ready.chosen.urls(done.paths if done else sorted(paths)),
        "problems": [str(problem) for problem in ready.problems],
    }
    click.echo(json.dumps(said, indent=2, ensure_ascii=False))


def _refuse(ready: Ready) -> NoReturn:
    for objection in ready.objections:
        click.echo(f"error: {safe(objection)}", err=True)
    click.echo("  hint: nothing was published; --yes does it all the same", err=True)
    sys.exit(1)


def _end(chosen: Chosen, done: Published, ready: Ready | None = None, *, quiet: bool = False) -> None:
    """Tell what was done, do what comes after it, and end with status 1 where that fails."""
    from broadsheet.problems import Severity, counted  # noqa: PLC0415
    from broadsheet.publish.publisher import afterwards  # noqa: PLC0415

    if not quiet:
        _print_urls(chosen, done, ready)
    problems = [*done.problems, *afterwards(chosen, done, sys.stderr if quiet else sys.stdout)]
    print_problems(problems)
    if not quiet:
        what = counted(len(done.paths), "file") if done.paths else "nothing"
        click.echo(f"{'published' if ready else 'went back to'} {safe(done.release)}: {what} changed")
    if any(problem.severity is Severity.ERROR for problem in problems):
        sys.exit(1)


def _print_urls(chosen: Chosen, done: Published, ready: Ready | None) -> None:
    """Print the addresses that caches may hold something old of: not those that are new, nor what no page is."""
    plan = ready.publishing.plan if ready else None
    old = {*(item.path for item in plan.changed), *plan.deleted} if plan else set(done.paths)
    urls = chosen.urls([path for path in done.paths if path in old])
    for url in urls[:_MOST_URLS]:
        click.echo(safe(url))
    if len(urls) > _MOST_URLS:
        click.echo(f"and {len(urls) - _MOST_URLS:,} more: --json has all of them")
