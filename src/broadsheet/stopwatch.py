"""Where the time of a build goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, time_ns


class Stopwatch:
    """Adds up the seconds of named steps, in the order in which they were first begun."""

    def __init__(self) -> None:
        """Start with no step."""
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Count what runs within a `with` to `step`."""
        started = perf_counter()
        try:
            yield
        finally:
            self.add(step, perf_counter() - started)

    def add(self, step: str, seconds: float) -> None:
        """Count `seconds` to `step`."""
        self.seconds[step] = self.seconds.get(step, 0) + seconds


def seconds_since(started_ns: int) -> float:
    """Return how long ago `started_ns` (ns since 1970) was; none where the clock has been set back meanwhile."""
    return max(0.0, (time_ns() - started_ns) / 1e9)
