"""A web server on loopback that serves a built site as a real host does, so that what is measured here holds there."""

import gzip
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, unquote, urlsplit

# Machines differ in which types they know.
_TYPES = {
    ".css": "text/css",
    ".eml": "message/rfc822",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
_PACKED_TYPES = ("text/", "application/json", "application/xml", "image/svg+xml")


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive, gzip for text, an index for each folder, and the site's own 404 page."""

    protocol_version = "HTTP/1.1"
    # Head and body leave together: apart, the second would wait for the first one's receipt.
    wbufsize = -1
    disable_nagle_algorithm = True

    def __init__(self, *arguments: object, folder: Path) -> None:
        self.folder = folder.resolve()
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        file = (self.folder / path.lstrip("/")).resolve()
        if not file.is_relative_to(self.folder):
            file = self.folder / "404.html"
        if file.is_dir() and not path.endswith("/"):
            self._answer(301, b"", "text/plain", Location=quote(path) + "/")
            return
        if path.endswith("/"):
            file /= "index.html"
        status = 200
        if not file.is_file():
            status, file = 404, self.folder / "404.html"
        body = file.read_bytes() if file.is_file() else b"not found"
        self._answer(
            status, body, _TYPES.get(file.suffix) or mimetypes.guess_type(file)[0] or "application/octet-stream"
        )

    do_HEAD = do_GET  # noqa: N815

    def _answer(self, status: int, body: bytes, content_type: str, **headers: str) -> None:
        packed = content_type.startswith(_PACKED_TYPES)
        if packed:
            headers["Vary"] = "Accept-Encoding"
        if packed and "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body)
        self.send_response(status)
        self.send_header("Content-Type", content_type + ("; charset=utf-8" if content_type.startswith("text/") else ""))
        self.send_header("Content-Length", str(len(body)))
        # A page may be another a moment later; what it names has its version in the address.
        self.send_header("Cache-Control", "no-cache" if content_type == "text/html" else "max-age=600")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder, which may be made later, while the context lasts; give its address, with a slash at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, folder=folder))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
