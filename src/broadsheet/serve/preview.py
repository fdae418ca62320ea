"""The preview at work: a thread that renews the site after every change, and a server that shows it."""

import gc
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from socket import socket
from threading import Event
from time import monotonic, perf_counter
from types import FrameType

import uvicorn
from msgspec import Struct

from broadsheet.problems import Problem
from broadsheet.read.record_files import Progress, silent
from broadsheet.serve.app import application
from broadsheet.serve.errand import Errand
from broadsheet.serve.hub import Hub
from broadsheet.serve.searching import Searching
from broadsheet.serve.states import all_problems
from broadsheet.serve.watch import Watch
from broadsheet.serve.workshop import Workshop

# How long a writer pauses before there is time for what can wait, and for a look at what nobody may have told of.
_PAUSE_SECONDS = 0.5
_TURN_SECONDS = 1.0
_LOOK_SECONDS = 30.0
_NOTHING = nullcontext(silent)


class Report(Struct, frozen=True):
    """What the preview has to tell: what had changed and how many seconds that took, or nothing; all that is wrong."""

    changed: str
    seconds: float
    problems: tuple[Problem, ...]


class Preview:
    """Keeps a site up to date and serves it, until somebody has it stop."""

    def __init__(
        self, workshop: Workshop, clock: Callable[[], datetime], tell: Callable[[Report], None], *, polls: bool
    ) -> None:
        """Renew `workshop` whenever something changed, and `tell` of it. One that `polls` looks for changes itself."""
        self._workshop = workshop
        self._clock = clock
        self._tell = tell
        self._stop = Event()
        self._hub = Hub()
        self._searching = Searching(self._hub.announce)
        self._watch = Watch(self._stop, workshop.change, polls=polls)
        self._told: tuple[Problem, ...] = ()
        self._fetching: Errand | None = None

    def look(self, changed: str = "", showing: AbstractContextManager[Progress] = _NOTHING) -> None:
        """Renew the site, which has `changed`, and let everybody know; what is `showing` it is gone by then."""
        started = perf_counter()
        with showing as progress:
            self._workshop.renew(progress)
        standing = self._workshop.standing
        self._searching.expect(standing is not None and standing.settings.search)
        self._hub.announce()
        self._report(changed, perf_counter() - started)
        # The site as it was is a heap of circles, which nobody else takes away: `cli.run` has Python look for none.
        gc.collect()

    def tidy(self) -> None:
        """Do what can wait until nobody does: look at the templates, have the search index made."""
        self._workshop.probe()
        wanted = self._workshop.search_wanted()
        if wanted is not None:
            self._searching.want(wanted)
        if self._workshop.waits_for_pictures and self._fetching is None:
            self._fetching = Errand("pictures", self._workshop.fetch)

    def serve(self, listener: socket, names: Collection[str], ready: Callable[[], object]) -> None:
        """Serve on `listener` for clients that call it by one of `names`, until a signal ends it."""
        app = application(self._workshop, self._searching, self._hub, names)
        server = _Server(app, self._hub, ready, self._searching)
        watching = Errand("watch", self._keep_up, server.end)
        try:
            server.run(sockets=[listener])
        finally:
            self._stop.set()
        if watching.bug:
            # Only a problem of the site is met with patience.
            raise watching.bug

    def _keep_up(self) -> None:
        is_tidy, looked = False, monotonic()
        while not self._stop.is_set():
            was_told = self._watch.wait(self._workshop.places(), _TURN_SECONDS if is_tidy else _PAUSE_SECONDS)
            changed = ""
            if was_told or not is_tidy or monotonic() - looked > _LOOK_SECONDS:
                # Not every change is told, least of all one that was made while nobody listened.
                changed, looked = self._workshop.change(), monotonic()
            changed = changed or self._other_change()
            if changed and not self._stop.is_set():
                self.look(changed)
                is_tidy = False
            elif not is_tidy and not was_told:
                self.tidy()
                is_tidy = True
            self._report()

    def _other_change(self) -> str:
        """Return what has changed besides the sources, the empty string when nothing has."""
        fetching = self._fetching
        if fetching and not fetching.is_alive():
            self._fetching = None
            if fetching.bug:
                raise fetching.bug
            return "the pictures from elsewhere"
        if self._searching.bug:
            raise self._searching.bug
        is_due = self._workshop.until and self._clock() >= self._workshop.until
        return "the time" if is_due else ""

    def _report(self, changed: str = "", seconds: float = 0) -> None:
        problems = all_problems(self._workshop, self._searching)
        if problems != self._told:
            self._hub.announce()
        elif not changed:
            return
        self._told = problems
        self._tell(Report(changed, seconds, problems))


class _Server(uvicorn.Server):
    """Ends the streams of all open pages before it waits for the end of every request."""

    def __init__(self, app: object, hub: Hub, ready: Callable[[], object], searching: Searching) -> None:
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self._hub = hub
        self._ready = ready
        self._searching = searching

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End what goes on beside the requests, which may wait for it, and then all else."""
        self._searching.close()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End by a signal."""
        self._hub.close()
        super().handle_exit(sig, frame)

    def end(self) -> None:
        """End from another thread."""
        self._hub.close()
        self.should_exit = True
