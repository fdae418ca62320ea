"""Progress bars on a terminal."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_EVERY = 64


class Bars:
    """One bar for every step of a build, drawn while it runs and gone after it."""

    def __init__(self) -> None:
        """Draw on standard error."""
        columns = (TextColumn("{task.description:>16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        # Without a thread of its own, which would forbid to fork workers.
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Bars":
        """Start to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bars away."""
        self._progress.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show that `done` of `total` parts of a `step` are through."""
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=total)
        # Drawing is slow next to reading a record.
        if done % _EVERY == 0 or done == total:
            self._progress.update(self._tasks[step], completed=done, refresh=True)
