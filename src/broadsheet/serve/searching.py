"""The search index of a preview: made aside, when the writer pauses, and kept until the next one is whole."""

from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from threading import Condition

from broadsheet.model import SearchEntry
from broadsheet.problems import Problem, SiteError
from broadsheet.serve.errand import Errand
from broadsheet.write.search_index import search_index

# Who saves again within this time has not stopped writing; indexing would only be in the way.
_PAUSE_SECONDS = 1.0
_MOST_SECONDS_TO_WAIT = 60
_SECONDS_TO_END = 5

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
        self._is_expected = False
        self._wanted: Wanted | None = None
        self._made: Wanted | None = None
        self._news = Condition()
        self._errand: Errand | None = None
        self._process: Popen[bytes] | None = None
        self._is_closed = False

    def expect(self, is_expected: bool) -> None:
        """Say whether the site has an index, before `want` tells of what: who asks for the first one waits."""
        with self._news:
            self._is_expected = is_expected
            if not is_expected:
                self._wanted, self._made, self.problems = None, None, ()
                self._files, self._files_before = {}, {}
            self._news.notify_all()

    def want(self, wanted: Wanted) -> None:
        """Say what the index is to be made of: entries, their language, the site."""
        with self._news:
            self._wanted = wanted
            self._news.notify_all()
            if self._errand is None:
                self._errand = Errand("search index", self._work, self._ended)

    def content(self, path: str) -> bytes | None:
        """Return a file of the index by its path in the output. While the first index is being made it waits for it."""

        def is_known() -> bool:
            return bool(self._made or self.problems or self._is_closed or not self._is_expected)

        with self._news:
            self._news.wait_for(is_known, _MOST_SECONDS_TO_WAIT)
            return self._files.get(path, self._files_before.get(path))

    def close(self) -> None:
        """End what is being made, with all that belongs to it, and let nobody wait any more."""
        with self._news:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()
            self._news.notify_all()
        if self._errand is not None:
            self._errand.join(_SECONDS_TO_END)

    @property
    def bug(self) -> BaseException | None:
        """What ended the making of indexes and is no problem of the site."""
        return self._errand.bug if self._errand else None

    def _work(self) -> None:
        while (wanted := self._next()) is not None:
            self._make(wanted)

    def _ended(self) -> None:
        with self._news:
            self._is_closed = True
            self._news.notify_all()

    def _next(self) -> Wanted | None:
        """Wait until an index is due and the writer pauses; return what it is to be made of, None at the end."""

        def is_due() -> bool:
            return self._wanted is not None and self._wanted != self._made

        with self._news:
            while not self._is_closed:
                self._news.wait_for(lambda: self._is_closed or is_due())
                while self._made and not self._is_closed and self._news.wait(_PAUSE_SECONDS):
                    pass
                if is_due() and not self._is_closed:
                    return self._wanted
        return None

    def _make(self, wanted: Wanted) -> None:
        files: dict[str, bytes] = {}
        problems: tuple[Problem, ...] = ()
        try:
            files = {file.path: file.content for file in search_index(*wanted, self._started)}
        except SiteError as error:
            problems = error.problems
        with self._news:
            self._process = None
            # Meanwhile the site may have given up its search.
            if self._wanted is not None and not self._is_closed:
                self._files_before, self._files = self._files, files or self._files
                self._made, self.problems = wanted, problems
                self._news.notify_all()
        self._done()

    def _started(self, process: "Popen[bytes]") -> None:
        with self._news:
            self._process = process
            if self._is_closed:
                process.kill()
