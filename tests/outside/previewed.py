"""The preview as a writer has it: the real command, a small site in real files, and what both of them say."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Thread
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import yaml

# No test takes that long: it is for machines that do much else.
PATIENCE_SECONDS = 60
SHOWN = re.compile(r"is shown at (http://\S+) ")
NOW = "2024-05-10T00:00:00Z"


class Answer(NamedTuple):
    """What a plain client is answered; the names of `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Preview:
    """A running `broadsheet serve`."""

    def __init__(self, site: Path, *options: str, port: int | None = 0, **environment: str) -> None:
        """Start it for `site`; a `port` of 0 is one that the system chooses, None none that is asked for."""
        where = () if port is None else ("--port", str(port))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "broadsheet", "serve", str(site), "--now", NOW, *where, *options],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        self._news = Condition()
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        pipes = ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr))
        self._readers = [Thread(target=self._read, args=pipe, daemon=True) for pipe in pipes]
        for reader in self._readers:
            reader.start()

    def _read(self, pipe: Any, lines: list[str]) -> None:
        for line in pipe:
            with self._news:
                lines.append(line)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def _await(self, pattern: str, lines: list[str]) -> re.Match[str]:
        def found() -> re.Match[str] | None:
            return re.search(pattern, "".join(lines), re.MULTILINE)

        with self._news:
            self._news.wait_for(lambda: found() or self.process.poll() is not None, PATIENCE_SECONDS)
            match = found()
        assert match, f"it does not say {pattern!r}:\n{''.join(self.stdout)}\n{''.join(self.stderr)}"
        return match

    def says(self, pattern: str) -> re.Match[str]:
        """Wait until it says something on standard output."""
        return self._await(pattern, self.stdout)

    def complains(self, pattern: str) -> re.Match[str]:
        """Wait until it says something on standard error."""
        return self._await(pattern, self.stderr)

    @property
    def address(self) -> str:
        """The address of the site, once it is shown."""
        return self.says(SHOWN.pattern)[1]

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 80

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask as a plain client does; a name such as `if_none_match` stands for that header."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            sent = {"accept": "*/*"} | {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=sent)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read())
        finally:
            connection.close()

    def text(self, path: str) -> str:
        """The body of what a plain client gets at `path`."""
        answer = self.get(path)
        assert answer.status == 200, (path, answer.status)
        return answer.body.decode()

    @contextmanager
    def states(self, path: str = "/") -> Iterator[Iterator[dict[str, Any]]]:
        """Listen as an open page of `path` does: gives every state that it is told, in order."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.request("GET", f"/.broadsheet/events?path={quote(path)}")
        answer = connection.getresponse()
        try:
            yield (json.loads(line.removeprefix(b"data: ")) for line in answer if line.startswith(b"data: "))
        finally:
            answer.close()
            connection.close()

    def until(self, is_so: Callable[[dict[str, Any]], bool], path: str = "/") -> dict[str, Any]:
        """Wait for a state of `path` that is so, and return it."""
        with self.states(path) as states:
            return next(state for state in states if is_so(state))

    def stop(self, by: signal.Signals = signal.SIGINT) -> int:
        """End it by a signal and return its status."""
        self.process.send_signal(by)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end and return its status."""
        status = self.process.wait(PATIENCE_SECONDS)
        for reader in self._readers:
            reader.join(PATIENCE_SECONDS)
        return status

    def end(self) -> None:
        """End it whatever it does, with all that it started, and say what it said: a test that failed shows that."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for child in group_of(self.process.pid):
            os.kill(child, signal.SIGKILL)
        print("".join(self.stdout), "".join(self.stderr), sep="\n", file=sys.stderr)  # noqa: T201


def group_of(leader: int) -> list[int]:
    """Return the processes of a group that are at work."""
    listed = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in listed.splitlines())
    return [int(pid) for pid, group, state in rows if int(group) == leader and not state.startswith("Z")]


def save(path: Path, content: str | bytes) -> None:
    """Save as editors do: write aside, and put it in the place of the file."""
    aside = path.with_name(f".{path.name}.swp~")
    aside.write_bytes(content.encode() if isinstance(content, str) else content)
    os.replace(aside, path)


def replaced(path: Path, old: str, new: str) -> None:
    """Save a file with one text in the place of another."""
    before = path.read_text(encoding="utf-8")
    assert old in before
    save(path, before.replace(old, new))


class Site:
    """A small site in files: the folder, and how to write into it."""

    def __init__(self, folder: Path, record: Callable[..., Path]) -> None:
        self.folder = folder
        self.records = folder / "records"
        self._record = record

    def __truediv__(self, path: str) -> Path:
        return self.folder / path

    def add(self, slug: str, title: str, **fields: Any) -> Path:
        """Write a record of a source and day of its own."""
        day = slug[:10]
        own = {
            "publishedDateTime": f"{day}T08:00:00Z",
            "webUrl": f"https://gull.example.org/{slug}",
            "provider": {"name": "The Gull", "domain": "gull.example.org"},
            "quality": 60,
        }
        return self._record(self.records, f"{slug}.md", **{**own, "title": title, **fields})

    def write(self, path: str, content: str) -> Path:
        """Write a file, and the folders above it."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        return file

    def settings(self, **settings: Any) -> None:
        """Save the settings, all of them."""
        save(self.folder / "broadsheet.yaml", yaml.safe_dump({"title": "The Quay", **settings}))


BRIDGE = "2024-05-01-bridge"
FERRY = "2024-05-02-ferry"
OPERA = "2024-05-03-opera"
FOLDED = "2024-05-01-bridge-again"


def small_site(folder: Path, record: Callable[..., Path], **settings: Any) -> Site:
    """Write a site of three stories in two topics, one of which has coverage, with a template, a style and a page."""
    folder.mkdir(parents=True)
    site = Site(folder, record)
    site.settings(**settings)
    bridge = {"title": "Swing bridge opens to carts", "publishedDateTime": "2024-05-01T08:00:00Z"}
    outside = {
        "title": "Bridge builders tell how it was done",
        "publishedDateTime": "2024-05-01T12:00:00Z",
        "webUrl": "https://tern.example.net/builders",
        "provider": {"name": "The Tern", "domain": "tern.example.net"},
    }
    site.add(BRIDGE, bridge["title"], topics=["Traffic"], quality=90, related=[outside])
    lead = {**bridge, "webUrl": "https://gull.example.org/b", "quality": 90}
    site.add(FOLDED, "Carts cross the swing bridge", topics=["Traffic"], quality=40, heat=-1, related=[lead])
    site.add(FERRY, "Ferry crew rests on Sundays", topics=["Traffic"], published=False)
    site.add(OPERA, "Opera roof keeps out the rain", topics=["Stage"], body="It **rained** all week.\n")
    site.write("_data/topics/01-traffic.yaml", "_id: traffic\nname: Traffic\n")
    site.write("_data/topics/02-stage.yaml", "_id: stage\nname: Stage\n")
    site.write("pages/about.md", "# About the quay\n\nWe sit by the water.\n")
    site.write("static/own.css", "h1 { color: rgb(1, 2, 3); }\n")
    site.write("static/tide.txt", "High at noon.\n")
    site.write("templates/_head.html", '<link rel="stylesheet" href="{{ site.root }}own.css">\n')
    return site


def of(thing: Any) -> Any:
    """What is expected of a locator or a tab, once it is so."""
    # Part of what `make test-all` installs only.
    from playwright.sync_api import expect

    expect.set_options(timeout=15_000)
    return expect(thing)


def wait_until(tab: Any, script: str, *arguments: Any) -> None:
    """Wait until a script in a tab, which may be loaded anew meanwhile, is true."""
    tab.wait_for_function(script, arg=arguments[0] if arguments else None, timeout=15_000)


def sign(tab: Any) -> None:
    """Leave something in a tab that no reload leaves there."""
    tab.evaluate("window.isTheSame = true")


def is_same(tab: Any) -> bool:
    """Whether a tab was not loaded anew since it was signed."""
    return bool(tab.evaluate("window.isTheSame === true"))


def long_text(count: int = 120) -> str:
    """Return a body that is many screens long."""
    return "".join(f"Paragraph {number} of a long report.\n\n" for number in range(count))
