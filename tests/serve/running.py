"""`broadsheet serve` as a real process, and clients that say to it whatever they like, byte by byte."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any, NamedTuple

PATIENCE = 30


class Answer(NamedTuple):
    """What came back: the names of `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Running:
    """A preview in a process of its own, from when it says where it is until `end`."""

    def __init__(self, site: Path, *options: str, errors: Path, **environment: str) -> None:
        self.errors = errors
        self.said: list[str] = []
        with errors.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "broadsheet", "serve", str(site), "--port", "0", *options],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                encoding="utf-8",
            )
        self._is_up = Event()
        self._reader = Thread(target=self._listen, daemon=True)
        self._reader.start()
        assert self._is_up.wait(PATIENCE), self.trouble()
        found = re.search(r"http://([^/]+):(\d+)(/\S*)", "".join(self.said))
        assert found, self.trouble()
        self.port, self.base = int(found[2]), found[3]
        self.host = f"127.0.0.1:{self.port}"

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            if " is shown at " in line:
                self._is_up.set()
        self._is_up.set()

    def trouble(self) -> str:
        """What it told, for a test that fails."""
        return "".join(self.said[-20:]) + self.errors.read_text(encoding="utf-8", errors="replace")[-4000:]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def send(self, request: bytes) -> Answer:
        """Send the bytes of a request, and return the answer, of which `Connection: close` is the end."""
        with self.connect() as client:
            client.sendall(request)
            return parsed(b"".join(iter(lambda: client.recv(1 << 16), b"")))

    def ask(self, target: str | bytes, *lines: str, method: str = "GET", host: str | None = None) -> Answer:
        """Send a request with the `target` as it is, and further header `lines`."""
        return self.send(request(target, *lines, method=method, host=host or self.host))

    @contextmanager
    def stream(self, path: str = "/", *lines: str) -> Iterator["Stream"]:
        """Read the events that the page at `path` is told."""
        with self.connect() as client:
            client.sendall(request(f"/.broadsheet/events?path={path}", *lines, host=self.host))
            yield Stream(client)

    def status(self) -> dict[str, int]:
        """Memory in KB, threads and open files of the process."""
        proc = Path(f"/proc/{self.process.pid}")
        facts = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
        return {
            "memory": int(facts["VmRSS"].split()[0]),
            "threads": int(facts["Threads"]),
            "files": len(list((proc / "fd").iterdir())),
        }

    def end(self) -> int:
        """End it as Ctrl-C does, and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(2)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self._reader.join(PATIENCE)


@contextmanager
def running(site: Path, *options: str, errors: Path, **environment: str) -> Iterator[Running]:
    preview = Running(site, *options, errors=errors, **environment)
    try:
        yield preview
        assert preview.process.poll() is None, preview.trouble()
    finally:
        preview.end()


class Stream:
    """The states that an open page is told, one after the other."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self._buffer = b""
        self.last: dict[str, Any] = {}

    def next(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """Return the next state; there has to be one in so many seconds."""
        deadline = monotonic() + seconds
        while True:
            while (end := self._buffer.find(b"\n\n")) < 0:
                self._client.settimeout(max(0.01, deadline - monotonic()))
                got = self._client.recv(1 << 16)
                assert got, "the stream has ended"
                self._buffer += got
            event, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
            # Chunks are told apart by lines of their own; an event begins with its name.
            found = re.search(rb"event: state\r?\n(?:data: )(.*)", event, re.DOTALL)
            if found:
                self.last = json.loads(found[1])
                return self.last

    def after(self, number: int, seconds: float = PATIENCE) -> dict[str, Any]:
        """Return the first state of a later round than `number`."""
        deadline = monotonic() + seconds
        while self.last.get("round", 0) <= number:
            self.next(deadline - monotonic())
        return self.last


def request(target: str | bytes, *lines: str, method: str = "GET", host: str = "") -> bytes:
    target = target if isinstance(target, bytes) else target.encode()
    head = [f"Host: {host}"] if host else []
    return b"%s %s HTTP/1.1\r\n%s\r\n\r\n" % (
        method.encode(),
        target,
        "\r\n".join([*head, *lines, "Connection: close"]).encode("latin-1"),
    )


def parsed(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split()[1]) if first else 0, headers, body)


def until(is_so: Callable[[], bool]) -> None:
    """Ask again and again until something is so: it must be, before long."""
    deadline = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < deadline
