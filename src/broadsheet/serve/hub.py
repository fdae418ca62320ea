"""Wakes whoever waits for news of the site: the streams of open pages, from any thread."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

# Proxies and browsers give up lines on which nothing ever comes.
_HEARTBEAT_SECONDS = 15


class Hub:
    """Where open pages wait for news."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()
        self._is_closed = False

    def announce(self) -> None:
        """Say that there are news."""
        if self._loop is not None:
            # Where the loop has ended nobody waits any more.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake)

    def close(self) -> None:
        """Say that there will be no more news."""
        self._is_closed = True
        self.announce()

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    async def news(self) -> AsyncIterator[bool]:
        """Yield True at once and whenever there are news, False when it has been quiet for long; end with the hub."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            is_new = True
            while not self._is_closed:
                event.clear()
                yield is_new
                try:
                    is_new = await asyncio.wait_for(event.wait(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    is_new = False
        finally:
            self._waiting.discard(event)
