"""A real server on loopback that serves pictures, and everything that may come instead of one."""

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

Answer = Callable[[BaseHTTPRequestHandler], None]


class Press:
    """A server at 127.0.0.1: what it answers by path, and the requests that it got."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        # Whoever keeps others waiting waits for this.
        self.over = threading.Event()
        press = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                press.requests.append((self.path, dict(self.headers)))
                answer = press.answers.get(self.path)
                try:
                    answer(self) if answer else self.send_error(404)
                except ConnectionError:
                    # Who asked has heard enough.
                    self.close_connection = True

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def serve(self, path: str, content: bytes, type: str = "image/png", status: int = 200, **headers: str) -> str:
        self.answers[path] = lambda request: respond(request, content, type, status, **headers)
        return self.url(path)

    def redirect(self, path: str, target: str, status: int = 302) -> str:
        return self.serve(path, b"", "text/html", status, Location=target)

    def asked(self) -> list[str]:
        return [path for path, _ in self.requests]

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak the secure protocol from now on; a connection that fails is told to nobody."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


def respond(request: BaseHTTPRequestHandler, content: bytes, type: str, status: int = 200, **headers: str) -> None:
    request.send_response(status)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {"Content-Type": type, "Content-Length": str(len(content)), **named}.items():
        if value:
            request.send_header(name, value)
    request.end_headers()
    request.wfile.write(content)


@pytest.fixture
def press() -> Iterator[Press]:
    """A server of pictures."""
    server = Press()
    yield server
    server.close()


@pytest.fixture(scope="session")
def drawn() -> Callable[..., bytes]:
    """Draw a picture: a slope from dark to bright, encoded as it is asked for."""

    def drawn(width: int = 640, height: int = 360, kind: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
        slope = Image.linear_gradient("L").resize((width, height))
        other = slope.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if mode not in {"1", "L", "LA"} else slope
        image = Image.merge("RGB", (slope, other, slope)).convert(mode)
        buffer = BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    return drawn
