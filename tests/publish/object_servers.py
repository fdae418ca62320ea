"""Real servers of object stores on loopback, and a proxy before them that errs as networks do. For tests."""

import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote
from xml.etree import ElementTree

from broadsheet.publish.objects.store import Objects
from broadsheet.publish.release import Ledger
from broadsheet.publish.sending import Release, planned, send, verify
from broadsheet.publish.target import Patience

KEY, SECRET = "AKIATESTKEY", "a-secret-key-that-nobody-may-see"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
# Moto gives nothing private to whoever does not say who it is, and believes everybody who does.
_SIGNED = {
    "Content-Type": "application/octet-stream",
    "Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20240601/us-east-1/s3/aws4_request, SignedHeaders=host, "
    "Signature=0",
}
# Tries again at once, and gives up soon.
HASTE = Patience(attempts=3, pause=0.001, longest_pause=0.002, request=20, silence=30)
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@contextmanager
def started(command: list[str], address: str, folder: Path, **environment: str) -> Iterator[int]:
    """Run a server within a `with`, and give the port that it says, by the expression `address`, that it listens on."""
    # What it says goes to a file: nobody would read a pipe to its end.
    log = folder / "server.log"
    with log.open("wb") as output, log.open("rb") as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            text = ""
            while not (found := re.search(address, text)):
                assert process.poll() is None, text
                text += said.read().decode()
            yield int(found[1])
        finally:
            process.kill()
            process.wait()


@contextmanager
def moto(folder: Path) -> Iterator["Bucketeer"]:
    """Run moto's S3 server, which takes every signature."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with started(command, r"http://127\.0\.0\.1:(\d+)", folder) as port:
        yield Bucketeer(port)


@contextmanager
def rclone(folder: Path) -> Iterator["Bucketeer"]:
    """Run rclone's S3 server, which looks at signatures, and does not know what writes are bound to.

    It has a bucket `site`.
    """
    program = Path(sys.executable).with_name("rclone")
    data = folder / "data"
    (data / "site").mkdir(parents=True)
    command = [str(program), "serve", "s3", "--addr", "127.0.0.1:0", "--auth-key", f"{KEY},{SECRET}", str(data)]
    home = {"HOME": str(folder), "RCLONE_CONFIG": str(folder / "none")}
    with started(command, r"http://127\.0\.0\.1:(\d+)/", folder, **home) as port:
        yield Bucketeer(port)


class Stored(NamedTuple):
    """An object as plain HTTP gives it."""

    content: bytes
    headers: Mapping[str, str]


class Bucketeer:
    """A server of buckets, looked at without our own code."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.address = f"http://127.0.0.1:{port}"

    def make(self, bucket: str) -> str:
        self._ask(f"/{bucket}", "PUT")
        return bucket

    def put(self, bucket: str, key: str, content: bytes) -> None:
        self._ask(f"/{bucket}/{quote(key)}", "PUT", content)

    def delete(self, bucket: str, key: str) -> None:
        self._ask(f"/{bucket}/{quote(key)}", "DELETE")

    def get(self, bucket: str, key: str, method: str = "GET") -> Stored | None:
        try:
            return self._ask(f"/{bucket}/{quote(key)}", method)
        except urllib.request.HTTPError as error:
            if error.code != 404:
                raise
            return None

    def keys(self, bucket: str) -> set[str]:
        found = ElementTree.fromstring(self._ask(f"/{bucket}?list-type=2").content)
        return {str(element.text) for element in found.iterfind("{*}Contents/{*}Key")}

    def _ask(self, path: str, method: str = "GET", body: bytes | None = None) -> Stored:
        request = urllib.request.Request(self.address + path, body, _SIGNED, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Stored(answer.read(), answer.headers)


class Asked(NamedTuple):
    """A request: which one it is, counted from 1, its method, its path without the query, and its query.

    `is_bound` is whether it is to be done only if something is so.
    """

    number: int
    method: str
    path: str
    query: str
    is_bound: bool

    @property
    def is_file(self) -> bool:
        """Whether it puts a file of the site there."""
        return self.method == "PUT" and "/.broadsheet" not in self.path


Answer = tuple[int, list[tuple[str, str]], bytes]
Forward = Callable[[], Answer]
# What a proxy does with a request: an answer, or None to drop the line without a word.
Behaviour = Callable[[Asked, Forward], Answer | None]


def refusing(status: int, code: str) -> Answer:
    return (status, [("Content-Type", "application/xml")], f"<Error><Code>{code}</Code></Error>".encode())


class Proxy:
    """Stands before a server on loopback, counts requests, and behaves as told."""

    def __init__(self, port: int) -> None:
        self.behaviour: Behaviour = lambda _asked, forward: forward()
        self.asked: list[Asked] = []
        self._upstream = port
        self._changed = threading.Condition()
        self._busy = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def settle(self) -> None:
        """Wait until nothing is under way."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._busy, timeout=60)

    def reset(self, behaviour: Behaviour | None = None) -> None:
        """Wait until nothing is under way, and count anew."""
        self.settle()
        with self._changed:
            self.asked = []
            self.behaviour = behaviour or (lambda _asked, forward: forward())

    def sent(self, bucket: str) -> list[str]:
        """Return the paths of the files that were put there."""
        return sorted(asked.path.removeprefix(f"/{bucket}/") for asked in self.asked if asked.is_file)

    def _begun(self, method: str, target: str, is_bound: bool) -> Asked:
        path, _, query = target.partition("?")
        with self._changed:
            self._busy += 1
            self.asked.append(Asked(len(self.asked) + 1, method, unquote(path), query, is_bound))
            return self.asked[-1]

    def _ended(self) -> None:
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()

    def _handler(proxy: "Proxy") -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def handle_any(self) -> None:
                is_bound = any(name.lower() in {"if-match", "if-none-match"} for name in self.headers)
                asked = proxy._begun(self.command, self.path, is_bound)
                try:
                    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    answer = proxy.behaviour(asked, lambda: proxy._forwarded(self, body))
                    if answer is None:
                        self.close_connection = True
                        return
                    status, headers, content = answer
                    self.send_response_only(status)
                    for name, value in headers:
                        self.send_header(name, value)
                    if "content-length" not in {name.lower() for name, _ in headers}:
                        self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                    self.wfile.flush()
                except OSError:
                    # Whoever asked is dead by now.
                    self.close_connection = True
                finally:
                    proxy._ended()

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler

    def _forwarded(self, handler: BaseHTTPRequestHandler, body: bytes) -> Answer:
        connection = HTTPConnection("127.0.0.1", self._upstream, timeout=60)
        try:
            connection.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
            for name, value in handler.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            dropped = {"connection", "transfer-encoding", "date", "server"}
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in dropped]
            return answer.status, headers, content
        finally:
            connection.close()


def publish(target: Objects, release: Release, said: list[str] | None = None, grace_days: int = 0) -> Ledger:
    """Publish a release by the engine, and look at it afterwards."""
    say = said.append if said is not None else lambda _text: None
    with planned(release, target, NOW, grace_days, say) as publishing:
        ledger = send(publishing, NOW, lambda *_: None)
        verify(publishing, lambda *_: None)
    return ledger
