"""What the preview has done beside its other work."""

from collections.abc import Callable
from threading import Thread


class Errand(Thread):
    """Runs a function in a thread that keeps nobody from ending.

    `bug` is what it raised, for whoever looks after it.
    """

    def __init__(self, name: str, work: Callable[[], None], then: Callable[[], None] = lambda: None) -> None:
        """Begin at once with `work`, and end with `then`, whatever came of it."""
        super().__init__(name=name, daemon=True)
        self.bug: BaseException | None = None
        self._work = work
        self._then = then
        self.start()

    def run(self) -> None:
        """Do the work."""
        try:
            self._work()
        except BaseException as bug:
            self.bug = bug
        self._then()
