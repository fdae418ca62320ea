"""The search index of a preview: made aside, when the writer pauses, and kept until the next one is whole."""

from collections.abc import Callable
from pathlib import Path
from threading import Condition, Thread

from broadsheet.model import SearchEntry
from broadsheet.problems import Problem, SiteError
from broadsheet.write.search_index import search_index

# Who saves again within this time has not stopped writing; indexing would only be in the way.
_PAUSE_SECONDS = 1.0
_MOST_SECONDS_TO_WAIT = 60

Wanted = tuple[tuple[SearchEntry, ...], str, Path]


class Searching:
    """Makes the index of the newest entries, in a thread of its own."""

    def __init__(self, done: Callable[[], None]) -> None:
        """Call `done` whenever an index is ready, or can not be made. Nothing is done until one is wanted."""
        self.problems: tuple[Problem, ...] = ()
        self._done = done
        self._files: dict[str, bytes] = {}
        # A page that has begun to search goes on in the index that it began with.
        self._files_before: dict[str, bytes] = {}
        self._wanted: Wanted | None = None
        self._made: Wanted | None = None
        self._news = Condition()
        self._thread: Thread | None = None

    def want(self, wanted: Wanted | None) -> None:
        """Say what the index is to be made of: entries, their language, the site; None for no index."""
        with self._news:
            if wanted is None:
                self._files, self._files_before, self._made, self.problems = {}, {}, None, ()
            self._wanted = wanted
            self._news.notify_all()
            if wanted and self._thread is None:
                self._thread = Thread(target=self._work, name="search index", daemon=True)
                self._thread.start()

    def content(self, path: str) -> bytes | None:
        """Return a file of the index by its path in the output. While the first index is being made it waits for it."""
        with self._news:
            self._news.wait_for(lambda: self._made or self._wanted is None or self.problems, _MOST_SECONDS_TO_WAIT)
            return self._files.get(path, self._files_before.get(path))

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._wanted is not None and self._wanted != self._made)
                while self._made and self._news.wait(_PAUSE_SECONDS):
                    pass
                wanted = self._wanted
            if wanted is not None:
                self._make(wanted)

    def _make(self, wanted: Wanted) -> None:
        files: dict[str, bytes] = {}
        problems: tuple[Problem, ...] = ()
        try:
            files = {file.path: file.content for file in search_index(*wanted)}
        except SiteError as error:
            problems = error.problems
        with self._news:
            # Meanwhile the site may have given up its search.
            if self._wanted is not None:
                self._files_before, self._files = self._files, files or self._files
                self._made, self.problems = wanted, problems
                self._news.notify_all()
        self._done()
