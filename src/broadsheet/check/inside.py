"""Whether an address of a page leads to something, where it leads into the site itself. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator
from enum import Enum
from urllib.parse import unquote

from msgspec import Struct

from broadsheet.config import Settings
from broadsheet.model import INDEX_FOLDER
from broadsheet.text import path_key

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_WEB = {"http:", "https:", ""}
# Browsers drop them.
_BLANKS = " \t\n\r\f"
_BREAKS = str.maketrans("", "", "\t\n\r")


class Wrong(Enum):
    """What is wrong with where an address leads."""

    NOTHING = "nothing is there"
    FOLDER = "a folder is there, without its slash"
    CASE = "something is there that is written otherwise"
    OUTSIDE = "it lacks the path that the site is published at"


class Lead(Struct, frozen=True):
    """Where an address leads: a file of the output by its path, and a place in it; what of it is wrong, if anything.

    Where something is wrong, `path` is what may be meant, if it is known, else it is empty.
    """

    path: str
    fragment: str = ""
    wrong: Wrong | None = None


class Inside:
    """The inside of a site: all files that its output will hold."""

    def __init__(self, settings: Settings, paths: Iterable[str]) -> None:
        """`paths` are the files, without those of the search index, whose names nobody knows before it is made."""
        self.base_path = settings.base_path
        self._paths = frozenset(paths)
        self._has_index = settings.search
        self._roots = tuple(dict.fromkeys(_roots(settings)))
        self._folded: dict[str, str] = {}
        self._known: dict[str, Lead] = {}

    def start(self, base: str, page: str) -> str | None:
        """Return what relative addresses of a page start from that has this `<base>`, or None for elsewhere."""
        path, scheme = _parts(base)[:2]
        if scheme is None:
            return _joined(page, path) if path else page
        return next((rest for _, rest in self._own(path, scheme)), None)

    def lead(self, address: str, page: str | None) -> Lead | None:
        """Return where the `address` on a page leads to, or None for elsewhere.

        `page` is the path of the page's own URL, `/news/a/`, or what its relative addresses start from, if they stay in
        the site.
        """
        if (known := self._known.get(address)) is not None and page is not None:
            return known
        path, scheme, fragment = _parts(address)
        if scheme is not None:
            own = next(self._own(path, scheme), None)
            return self._at(own[1].removeprefix(own[0]), fragment) if own else None
        if page is None:
            return None
        lead = self._below(_joined(page, path) if path else page, fragment)
        if lead is not None and path.startswith("/"):
            # The same wherever it stands.
            self._known[address] = lead
        return lead

    def _own(self, path: str, scheme: str) -> Iterator[tuple[str, str]]:
        """Yield, for a whole address of the site itself, the path that the site is published at, and its own."""
        host, _, rest = path.lstrip("/").partition("/")
        if scheme in _WEB:
            whole = _joined("/", f"/{rest}")
            for own, base in self._roots:
                if host.lower() == own and f"{whole.rstrip('/')}/".startswith(base):
                    yield base, whole if whole.startswith(base) else base

    def _below(self, path: str, fragment: str) -> Lead | None:
        """Return where the path of a URL leads to."""
        if f"{path}/" == self.base_path:
            path = self.base_path
        if path.startswith(self.base_path):
            return self._at(path.removeprefix(self.base_path), fragment)
        # Something else may be published there; what has the name of a page of this site is meant to be that page.
        meant = self._at(path[1:], fragment)
        return Lead(meant.path, fragment, Wrong.OUTSIDE) if meant.wrong is None and path != "/" else None

    def _at(self, below: str, fragment: str) -> Lead:
        path = unquote(below)
        if not path or path.endswith("/"):
            path += "index.html"
        if path in self._paths or (self._has_index and path.startswith(INDEX_FOLDER)):
            return Lead(path, fragment)
        if f"{path}/index.html" in self._paths:
            return Lead(f"{path}/index.html", fragment, Wrong.FOLDER)
        meant = self._alike(path)
        return Lead(meant, fragment, Wrong.CASE if meant else Wrong.NOTHING)

    def _alike(self, path: str) -> str:
        """Return the file whose path differs only in case or in the form of its letters, or the empty string."""
        if not self._folded:
            self._folded = {path_key(known): known for known in self._paths}
        key = path_key(path)
        return self._folded.get(key) or self._folded.get(f"{key}/index.html") or ""


def has_place(fragment: str, places: Collection[str]) -> bool:
    """Return whether a page with the ids and names `places` has the place that an address names after its `#`."""
    decoded = unquote(fragment)
    return decoded.lower() in {"", "top"} or fragment in places or decoded in places


def _roots(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the hosts that the site is published at, each with its path."""
    for url in (settings.base_url, settings.web_url):
        host, _, path = (url or "").partition("://")[2].partition("/")
        if host:
            yield host.lower(), f"/{path.strip('/')}/" if path.strip("/") else "/"


def _parts(address: str) -> tuple[str, str | None, str]:
    """Return of an address its path, its scheme if it is a whole one (empty for `//…`), and what follows its `#`.

    The path of a whole address starts with its host; what is asked for after a `?` is left out.
    """
    plain = address.strip(_BLANKS).translate(_BREAKS)
    rest, _, fragment = plain.partition("#")
    path = rest.partition("?")[0]
    # What is set apart by `:~:` speaks to browsers, as `:~:text=` does.
    fragment = fragment.partition(":~:")[0]
    if scheme := _SCHEME.match(path):
        return path[scheme.end() :], scheme[0].lower(), fragment
    path = path.replace("\\", "/")
    return path, "" if path.startswith("//") else None, fragment


def _joined(start: str, path: str) -> str:
    """Return the path that `path` is from `start`, without the segments `.` and `..`."""
    whole = path if path.startswith("/") else f"{start.rpartition('/')[0]}/{path}"
    if "/." not in whole:
        return whole
    segments: list[str] = []
    for segment in whole.split("/")[1:]:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    path = f"/{'/'.join(segments)}"
    return path if path.endswith("/") or not whole.endswith(("/.", "/..")) else f"{path}/"
