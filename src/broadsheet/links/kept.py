"""What is known of links from earlier rounds, so that nobody is asked for the same again so soon."""

from collections.abc import Container
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from broadsheet.files import CacheFileError, load_cache, save_cache
from broadsheet.links.verdict import Kind, Verdict
from broadsheet.problems import reason

FILE = "links"
# Goes up when what is kept is no longer what would be found today: then everything is asked anew.
_KEY = "links 1"
_GOOD_FOR = timedelta(days=7)
_BAD_FOR = timedelta(days=1)
# So long a link has to be gone: what was taken away by mistake is back by then.
_SURELY_GONE_AFTER = timedelta(days=1)
_FORGOTTEN_AFTER = timedelta(days=90)


class _Kept(Struct, frozen=True, array_like=True, gc=False):
    """A verdict, when it was found, and since when the link has been gone."""

    verdict: Verdict
    at: datetime
    gone_since: datetime | None


class Kept:
    """What is kept in a file; `remark` says why nothing can be, where that is so."""

    def __init__(self, path: Path, now: datetime) -> None:
        """Look into the file at `path`, which need not exist, at the time `now` (aware)."""
        self.remark = ""
        self._path = path
        self._now = now
        self._links = _loaded(path)
        self._has_changed = False

    def verdict(self, link: str) -> Verdict | None:
        """Return what a link was found to be not long ago, or None where it has to be asked."""
        kept = self._links.get(link)
        if kept is None:
            return None
        is_fine = kept.verdict.kind in {Kind.GOOD, Kind.MOVED}
        return kept.verdict if kept.at <= self._now < kept.at + (_GOOD_FOR if is_fine else _BAD_FOR) else None

    def is_surely_gone(self, link: str) -> bool:
        """Return whether a link was gone in two rounds that were far enough apart."""
        kept = self._links.get(link)
        return kept is not None and kept.gone_since is not None and kept.at - kept.gone_since >= _SURELY_GONE_AFTER

    def add(self, link: str, verdict: Verdict) -> None:
        """Keep what a link was found to be; a link that nobody knows of stays what it was before."""
        if verdict.kind is Kind.UNKNOWN:
            return
        before = self._links.get(link)
        since = before.gone_since if before and before.at <= self._now else None
        self._links[link] = _Kept(verdict, self._now, (since or self._now) if verdict.is_gone else None)
        self._has_changed = True

    def save(self, current: Container[str]) -> None:
        """Write down what is known, without links that are no longer `current` and that nobody has asked for long."""
        if not self._has_changed:
            return
        links = {
            link: kept
            for link, kept in self._links.items()
            if link in current or self._now - kept.at < _FORGOTTEN_AFTER
        }
        try:
            save_cache(self._path, _KEY, msgspec.msgpack.encode(links))
        except OSError as error:
            self.remark = reason(error)


def _loaded(path: Path) -> dict[str, _Kept]:
    """Return what was kept; what can not be read, or was kept by another version, is as good as nothing."""
    try:
        payload = load_cache(path, _KEY)
        return _decode(payload) if payload is not None else {}
    except (CacheFileError, msgspec.DecodeError):
        return {}


_decode = msgspec.msgpack.Decoder(dict[str, _Kept]).decode
