"""What tells that something changed: the system, or a look at all files again and again where it does not."""

import os
from collections.abc import Callable, Iterator, Set
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import monotonic, time

from watchfiles import Change, watch

# The system is asked so often; after so long without news whoever waits has his turn.
_STEP_MS = 10
_TURN_MS = 100
# A person saves one file, which an editor may do in several steps. More come from a program, which is not done yet.
_BY_HAND = 4
_LONGEST_BURST_SECONDS = 10
_POLL_SECONDS = 0.3
# Of all time, so much may go into looking at files that did not change.
_POLL_SHARE = 10
_NEVER_SOURCES = {".broadsheet", ".git", "node_modules", "__pycache__"}


class Watch:
    """Waits for changes, whole: what a program writes in one go is one change, however many files it is."""

    def __init__(self, stop: Event, change: Callable[[], str], *, polls: bool = False) -> None:
        """Wait until `stop` is set. One that `polls` asks `change` for the path of something that did."""
        self.polls = polls
        self._stop = stop
        self._change = change
        self._watched: dict[str, tuple[int, int]] | None = None
        self._turns: Iterator[int] = iter(())
        self._next_look = 0.0

    def wait(self, places: Set[str], seconds: float) -> bool:
        """Return whether something below one of the folders `places` may have changed, in so many `seconds` from now.

        Returns as soon as that is so.
        """
        until = monotonic() + seconds
        if self.polls:
            return self._poll(until)
        there = _folders_at(places)
        # Where there is nothing, what was there may come back: it is still watched.
        if there != self._watched and (there or self._watched is None):
            # What changed before somebody listened is told by nobody: the caller has a look at once.
            self._listen(there.keys() or places)
            self._watched = there
            return True
        return self._await(places, until)

    def _listen(self, places: Set[str]) -> None:
        try:
            turns = self._heard(places)
            next(turns)
        except OSError:
            # A system can only watch so many folders; network folders may be none of them.
            self.polls = True
        else:
            self._turns = turns

    def _heard(self, places: Set[str]) -> Iterator[int]:
        """Yield every now and then how many files changed since."""
        # One of ours is ready before the first turn: its folders are watched from here on.
        heard = watch(
            *places,
            watch_filter=lambda _, path: _may_be_source(path, places),
            step=_STEP_MS,
            debounce=_TURN_MS,
            rust_timeout=_TURN_MS,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
        )
        for changes in heard:
            for kind, path in changes:
                if kind is Change.deleted and self._watched:
                    # Whatever comes to stand there is another folder, though it may get the old one's number.
                    self._watched.pop(path, None)
            yield len(changes)

    def _await(self, places: Set[str], until: float) -> bool:
        seen, since = 0, 0.0
        for number in self._turns:
            now = monotonic()
            since = since if seen else now
            seen += number
            is_whole = seen <= _BY_HAND or not number
            if not seen:
                if now >= until:
                    return False
            elif (is_whole and not is_git_busy(places)) or now - since > _LONGEST_BURST_SECONDS:
                return True
        return False

    def _poll(self, until: float) -> bool:
        # The next look may be due only in a later turn: where looks take long, turns are shorter than the time between.
        while not self._stop.wait(max(0, min(self._next_look, until) - monotonic())):
            started = monotonic()
            if started < self._next_look:
                return False
            changed = self._change()
            self._next_look = monotonic() + max(_POLL_SECONDS, _POLL_SHARE * (monotonic() - started))
            if changed:
                return True
        return False


def _may_be_source(path: str, places: Set[str]) -> bool:
    """Return whether a file counts: the folders `places` may themselves lie below one that would not."""
    below = (path.removeprefix(place) for place in places if path.startswith(f"{place}{os.sep}"))
    return not _NEVER_SOURCES.intersection(next(below, "").split(os.sep))


def _folders_at(places: Set[str]) -> dict[str, tuple[int, int]]:
    """Return what tells the folders that are at `places` now from others that may come to stand there."""
    found = {}
    for place in places:
        with suppress(OSError):
            facts = os.stat(place)
            found[place] = facts.st_dev, facts.st_ino
    return found


def is_git_busy(places: Set[str]) -> bool:
    """Return whether git is at work in a checkout that holds one of `places`: it has a lock until all is written."""
    folders = {folder for place in places for folder in (Path(place), *Path(place).parents)}
    return any(_is_held(_git_folder(folder) / "index.lock") for folder in folders if (folder / ".git").exists())


def _is_held(lock: Path) -> bool:
    # An old one was left by a git that crashed, or waits for its user to write a message: no file is on its way.
    with suppress(OSError):
        return time() - lock.stat().st_mtime < _LONGEST_BURST_SECONDS
    return False


def _git_folder(checkout: Path) -> Path:
    """Return where git keeps the index of a checkout: a worktree's `.git` is a file that says so."""
    git = checkout / ".git"
    with suppress(OSError, UnicodeDecodeError):
        if git.is_file():
            return checkout / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    return git
