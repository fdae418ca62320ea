"""`broadsheet serve`."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING

import click

from broadsheet.cli.parameters import CONFIG, SITE, Time, clock
from broadsheet.cli.printing import fail, print_excerpt, print_problems, safe, showing_progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from broadsheet.problems import Problem
    from broadsheet.serve.preview import Report


@click.command()
@SITE
@click.option("--host", default="127.0.0.1", metavar="NAME", help="Listen at this address.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="Listen at this port.  [default: 8000, or next]"
)
@click.option("--drafts", is_flag=True, help="Show drafts and scheduled records too.")
@click.option("--now", type=Time(), help="Show the site as if it were always this time.")
@click.option("--open", "opens", is_flag=True, help="Open the front page in a browser.")
@click.option("--poll", is_flag=True, help="Look for changes again and again, for folders that tell of none.")
@CONFIG
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
    with _ended_by_ctrl_c():
        from broadsheet.extras import missing  # noqa: PLC0415

        if lack := missing("serve", "`broadsheet serve`"):
            fail(*lack)
        from broadsheet.serve.hosts import FIRST_PORT, ListenError, is_loopback, listen, url_of  # noqa: PLC0415
        from broadsheet.serve.preview import Preview  # noqa: PLC0415
        from broadsheet.serve.workshop import Order, Workshop  # noqa: PLC0415
        from broadsheet.workers import Workers, usable_cores  # noqa: PLC0415

        try:
            listener = listen(host, port)
        except ListenError as error:
            fail(str(error), error.hint)
        workshop = Workshop(Order(site, config, drafts, now), clock, Workers(usable_cores()))
        preview = Preview(workshop, clock, _Reporter(site), polls=poll)
        preview.look(showing=showing_progress(quiet=False))
        here = listener.getsockname()
        if port is None and here[1] != FIRST_PORT:
            click.echo(f"port {FIRST_PORT} is taken: {here[1]} is the next one that is free")
        if not is_loopback(here[0]):
            click.echo("warning: whoever can reach this machine can read everything that is shown", err=True)
        address = url_of(here, workshop.base_path)
        click.echo(f"{safe(str(site))} is shown at {address} (Ctrl-C ends it)")
        preview.serve(listener, {host}, (lambda: click.launch(address)) if opens else (lambda: None))


@contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    # A preview in the background of a script ends on Ctrl-C, too, but without the exception.
    with suppress(KeyboardInterrupt):
        yield
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
            moment = datetime.now().astimezone()
            changed = report.changed.removeprefix(f"{self._site}{os.sep}")
            what = "the list of files" if report.changed == str(self._site) else changed
            click.echo(f"{moment:%H:%M:%S}  {safe(what)} changed: {report.seconds * 1000:.0f} ms")
        new = [problem for problem in report.problems if problem not in self._told]
        for problem, trouble in zip(new, troubles(new), strict=True):
            print_problems([problem])
            print_excerpt(trouble)
        minor = {problem for problem in self._told if problem.severity is not Severity.ERROR}
        has_errors = any(problem.severity is Severity.ERROR for problem in report.problems)
        if minor != self._told and not has_errors:
            click.echo("all errors are mended")
        # What an error keeps from being found again is no news when that is mended.
        self._told = {*report.problems, *(minor if has_errors else ())}
