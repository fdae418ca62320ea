"""What every kind of target can do. Those that switch to a new release as a whole do so when it is finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar, runtime_checkable

from msgspec import Struct

from broadsheet.problems import Problem, SiteError
from broadsheet.publish.release import Item, Ledger, Standing

T = TypeVar("T")

Say = Callable[[str], None]
# The bytes of a file as it was built. Raises `SiteError`.
Content = Callable[[Item], bytes]


class Patience(Struct, frozen=True):
    """How long to try: what fails is tried so many times, with pauses that double from `pause` to `longest_pause`.

    A publish that has not said for `silence` that it goes on is taken for dead. All in seconds.
    """

    attempts: int = 5
    pause: float = 0.5
    longest_pause: float = 15
    request: float = 60
    silence: float = 90
    sleep: Callable[[float], None] = time.sleep

    def pauses(self) -> Iterator[float]:
        """Yield the pause after every attempt but the last."""
        for attempt in range(self.attempts - 1):
            yield min(self.pause * 2**attempt, self.longest_pause)


class Target(Protocol):
    """Where a site is published to. Every method raises `SiteError` when the target can not be worked with.

    `place` is how problems name it; never with a password. The order of calls: `refused`, then within `held`
    `standing`, `note`, any number of `send` and `note`, `delete`, `finish`, and then `fetch`. The process may end after
    any of them: what the target shows is whole then, and `standing` tells the next publish what has arrived.
    """

    @property
    def place(self) -> str:
        """How problems name it."""

    def headers(self, path: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return the HTTP headers that the file of this path and `size` is stored with; none where the host decides."""

    def refused(self, items: Iterable[Item]) -> list[Problem]:
        """Return what the host would refuse of a release: names, sizes, sums."""

    def held(self, say: Say) -> AbstractContextManager[None]:
        """Be the only one who publishes here, within a `with`; `say` gets what somebody waits for."""

    def standing(self, release: Mapping[str, Item]) -> Standing:
        """Return how the target stands: its ledger, and what lies there of the files of this and of the `release`."""

    def note(self, ledger: Ledger) -> None:
        """Write down what is there and what is being sent, for the next publish, should this one be cut short."""

    def send(self, items: Sequence[Item], content: Content) -> Iterator[tuple[Item, str]]:
        """Put files there, in any order, and yield each once it has arrived, with its tag."""

    def delete(self, paths: Sequence[str]) -> None:
        """Delete files of ours."""

    def finish(self, ledger: Ledger) -> None:
        """End the release, with the ledger that it has from now on: readers see all of it."""

    def fetch(self, path: str) -> bytes:
        """Return the content of a file as it is there, unpacked where it is stored compressed."""


@runtime_checkable
class HoldsReleases(Protocol):
    """A target that has kept the release before, and can switch back to it."""

    def go_back(self, say: Say) -> tuple[str, list[str]]:
        """Switch to the release before, alone there, and return its name and the paths that differ.

        Raises `SiteError`.
        """


def persistently(patience: Patience, attempt: Callable[[], T], is_passing: Callable[[SiteError], bool]) -> T:
    """Return what `attempt` returns, tried again after a pause where it raises a `SiteError` that `is_passing`."""
    for pause in patience.pauses():
        try:
            return attempt()
        except SiteError as error:
            if not is_passing(error):
                raise
        patience.sleep(pause)
    return attempt()
