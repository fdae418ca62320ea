"""`broadsheet edition`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from broadsheet.cli.parameters import CONFIG, SITE, Day, Time, clock
from broadsheet.cli.printing import print_problems, safe

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path


@click.command()
@SITE
@click.option("--due", is_flag=True, help="Cut all issues since the last one.  [default]")
@click.option("--date", "day", type=Day(), help="Cut the issue of this day.")
@click.option("--since", type=Day(), help="Cut all issues from this day on.")
@CONFIG
@click.option("--now", type=Time(), help="Cut as if it were this time.")
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
        moment = now or clock()
        cut = cut_day(folders, settings, moment, day) if day else cut_due(folders, settings, moment, since)
    except SiteError as error:
        print_problems(error.problems)
        sys.exit(1)
    print_problems(problem for problem in cut.problems if not (quiet and problem.severity is Severity.NOTE))
    if quiet:
        return
    for issue, path in cut.written:
        remark = f", {len(issue.passed_over):,} passed over" if issue.passed_over else ""
        click.echo(f"cut {safe(path.as_posix())}: {counted(len(issue.items), 'story', 'stories')}{remark}")
    if cut.empty:
        first, last = cut.empty[0], cut.empty[-1]
        days = first if first == last else f"{first} to {last}"
        click.echo(f"not cut, for want of stories: {counted(len(cut.empty), 'issue')} ({days})")
    if not cut.written and not cut.empty:
        click.echo(
            f"nothing is due: the next issue ends at {cut.next.astimezone(settings.edition_zone):%Y-%m-%d %H:%M %Z}"
        )
