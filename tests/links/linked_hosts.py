"""A real server on loopback that plays all hosts of the web, and a clock that only goes on where somebody waits."""

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Answer = Callable[[BaseHTTPRequestHandler], None]


class Hosts:
    """All hosts below `.example`, at 127.0.0.1: what they answer, by host and path, and what they were asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        # Whoever keeps others waiting waits for this.
        self.over = threading.Event()
        hosts = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = (self.headers.get("Host") or "").partition(":")[0]
                hosts.requests.append((self.command, f"{name}{self.path}", dict(self.headers)))
                try:
                    hosts.answers.get(f"{name}{self.path}", status(404))(self)
                except ConnectionError:
                    # Who asked has heard enough.
                    self.close_connection = True

            do_HEAD = do_GET  # noqa: N815

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def url(self, where: str) -> str:
        """Return the address of a host and path, `a.example/x`."""
        host, _, path = where.partition("/")
        return f"http://{host}:{self.port}/{path}"

    def serve(self, where: str, answer: Answer) -> str:
        """Answer so there."""
        self.answers[where] = answer
        return self.url(where)

    def secure(self, certificate: Path) -> None:
        """Speak the secure protocol from now on."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    def asked(self) -> list[str]:
        """Return what was asked for, but for rules for programs."""
        return [f"{method} {where}" for method, where, _ in self.requests if not where.endswith("/robots.txt")]

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


def status(number: int, body: bytes = b"", **headers: str) -> Answer:
    """Answer with a status and headers, `Retry_After` for `Retry-After`."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(number)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Length": str(len(body)), **named}.items():
            request.send_header(name, value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    return answer


def by_method(head: Answer, get: Answer) -> Answer:
    """Answer to `HEAD` in one way and to `GET` in another."""
    return lambda request: (head if request.command == "HEAD" else get)(request)


class Crowd:
    """Counts who is there at the same time, by name; `most` are the most that ever were."""

    def __init__(self) -> None:
        self.most: Counter[str] = Counter()
        self._here: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Count somebody in, and out."""
        with self._lock:
            self._here[name] += 1
            self.most[name] = max(self.most[name], self._here[name])
        yield
        with self._lock:
            self._here[name] -= 1


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@contextmanager
def played_web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    """Play all hosts below `.example` and `example.org`.

    `nowhere…` is nobody's, `inner…` is of a private network, and other names can not be looked up.
    """
    server = Hosts()

    def looked_up(host: str, port: int, *arguments: Any, **options: Any) -> list[Any]:
        if host.startswith("nowhere"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if host[0].isdigit() or ":" in host:
            address = host
        elif host.endswith((".example", ".example.org")):
            address = "10.0.0.1" if host.startswith("inner") else "127.0.0.1"
        else:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        # Where nobody names a port, this is the web.
        port = server.port if port in {80, 443} else port
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    try:
        yield server
    finally:
        server.close()
