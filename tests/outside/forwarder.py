"""A line to a server that breaks when it is told to: a TCP port on loopback that leads to another one."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread

_CHUNK = 1 << 14
# Nobody waits for that long: it ends a test that hangs.
_LONGEST_SECONDS = 120


class Forwarder:
    """Counts what clients send, and does something once that is so much; `cut` and `close` break all connections.

    `sent` is how many bytes clients have sent since the last `reset`, and `connections` how often they came.
    """

    def __init__(self, port: int) -> None:
        """Lead to this `port` of loopback."""
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._guard = Lock()
        self._flows = Event()
        self._lines: list[socket.socket] = []
        self.reset()
        Thread(target=self._accept, daemon=True).start()

    def reset(self, limit: int | None = None, then: Callable[[], None] = lambda: None) -> None:
        """Begin to count anew; do something `then`, when `limit` bytes have gone through and not one more."""
        with self._guard:
            self.sent, self.connections = 0, 0
            self._limit, self._then, self._is_refusing = limit, then, False
        self._flows.set()

    def cut(self) -> None:
        """Break all connections; new ones are welcome."""
        with self._guard:
            lines, self._lines = self._lines, []
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def refuse(self) -> None:
        """Break new connections as soon as they come."""
        self._is_refusing = True

    def stall(self) -> None:
        """Let nothing through any more, either way, and nobody in; `reset` ends that."""
        self.refuse()
        self._flows.clear()

    def cut_for_good(self) -> None:
        """Break all connections, and new ones."""
        self.refuse()
        self.cut()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                if self._is_refusing:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._to), _LONGEST_SECONDS)
                client.settimeout(_LONGEST_SECONDS)
                with self._guard:
                    self._lines += [client, server]
                Thread(target=self._forward, args=(client, server, True), daemon=True).start()
                Thread(target=self._forward, args=(server, client, False), daemon=True).start()

    def _forward(self, source: socket.socket, to: socket.socket, is_sent: bool) -> None:
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                self._flows.wait(_LONGEST_SECONDS)
                before = self._before_limit(len(chunk)) if is_sent else len(chunk)
                to.sendall(chunk[:before])
                if before < len(chunk):
                    self._then()
                    self._flows.wait(_LONGEST_SECONDS)
                    to.sendall(chunk[before:])
        # Each side is told that the other has ended.
        with suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    def _before_limit(self, length: int) -> int:
        """Return how much of a chunk goes through at once: all of it, but for the one that comes to the limit."""
        with self._guard:
            before, self.sent = self.sent, self.sent + length
        is_last = self._limit is not None and before <= self._limit < before + length
        return self._limit - before if is_last and self._limit is not None else length


@contextmanager
def forwarding(port: int) -> Iterator[Forwarder]:
    """Forward to this port of loopback while the context lasts."""
    forwarder = Forwarder(port)
    try:
        yield forwarder
    finally:
        forwarder.close()
