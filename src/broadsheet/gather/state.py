"""What imports remember from one time to the next: in the site, for every copy of it, and in the cache.

The site's file changes only with what is worth a commit. What only spares hosts a question is in the cache.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, structs

from broadsheet.files import CacheFileError, content_digest, load_decoded, save_cache, write_whole
from broadsheet.gather.sources import Source
from broadsheet.model import ImportedFrom, ImportState, Moment
from broadsheet.problems import Place, Problem, SiteError, reason
from broadsheet.read.disk import Disk
from broadsheet.read.folders import Folders
from broadsheet.read.import_state import STATE_FILE, parse_import_state

# So long it is known that something was imported, and met no more: a feed that has it again is a strange one.
_KNOWN_FOR = timedelta(days=400)
_CACHE_FILE = "imports"
_CACHE_KEY = "imports 2"


def load_state(folders: Folders) -> ImportState:
    """Return what was remembered; raises `SiteError` where that can not be read: nothing may be imported twice."""
    path, disk = folders.data / STATE_FILE, Disk()
    if not disk.kind(path):
        return ImportState()
    data = disk.content(path)
    state = parse_import_state(data, path.as_posix()) if data is not None else None
    if isinstance(state, ImportState):
        return state
    raise SiteError([*disk.problems, *([state] if state else [])])


def state_text(state: ImportState) -> bytes:
    """Return the text of the file of what is remembered: one thing to a line, in order, so that copies merge."""
    ordered = structs.replace(
        state, sources=dict(sorted(state.sources.items())), imported=dict(sorted(state.imported.items()))
    )
    return msgspec.json.format(msgspec.json.encode(ordered), indent=2) + b"\n"


def save_state(folders: Folders, before: ImportState, after: ImportState) -> bool:
    """Write what is to be remembered where it is not what was before, and return whether. Raises `SiteError`."""
    if after == before:
        return False
    path = folders.data / STATE_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, state_text(after))
    except OSError as error:
        message = f"what imports remember can not be written: {reason(error)}"
        raise SiteError([Problem(Place(path.as_posix()), message)]) from None
    return True


def with_imported(state: ImportState, ids: Iterable[str], now: datetime) -> ImportState:
    """Return the state once the reports of these `ids` are imported, or met again; others are forgotten in time."""
    today = now.astimezone(UTC).date()
    oldest = (today - _KNOWN_FOR).isoformat()
    met = set(ids)
    # A day that changes with every look would be a change for every look.
    kept = {id: day for id, day in state.imported.items() if day >= oldest or id in met}
    renewed = {id: today.isoformat() for id in met if _is_old(kept.get(id), today)}
    return structs.replace(state, imported={**kept, **renewed})


def _is_old(day: str | None, today: date) -> bool:
    return day is None or day < (today - _KNOWN_FOR / 2).isoformat()


def succeeded(entry: ImportedFrom, title: str, moved_to: str, brought: int, now: datetime) -> ImportedFrom:
    """Return what is remembered of a source that answered, and brought so much that is new."""
    latest = now.astimezone(UTC).date().isoformat() if brought else entry.latest
    return ImportedFrom(title=title or entry.title, latest=latest, moved_to=_bare(moved_to), via=entry.via)


def with_former(source: Source, state: ImportState, wanted: Iterable[str]) -> Source:
    """Return a source with the keys that it had before it moved, of those that are not `wanted` any more."""
    if source.key in state.sources or not source.url:
        return source
    place, kept = _bare(source.url), set(wanted)
    moved = (key for key, entry in state.sources.items() if entry.moved_to == place and key not in kept)
    return structs.replace(source, former=tuple(sorted(moved)))


def _bare(url: str) -> str:
    """Return an address without what may be a key: the file is one that everybody may see who sees the site."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def failed(entry: ImportedFrom, failure: str, now: datetime, *, gone: bool) -> ImportedFrom:
    """Return what is remembered of a source that failed: since when, and why then."""
    since = entry.failing_since or now.astimezone(UTC).date().isoformat()
    why = entry.failure if entry.failing_since and not gone else failure
    return structs.replace(entry, failing_since=since, failure=why, gone=gone)


class Asked(Struct, frozen=True, array_like=True, gc=False):
    """How a source answered the last time: what to ask it by.

    `setting` stands for what was wanted of it then: what is wanted otherwise is asked for as if for the first time.
    """

    setting: str = ""
    etag: str = ""
    modified: str = ""


class _Kept(Struct, frozen=True, array_like=True, gc=False):
    """How sources answered, by their keys, and a digest of what was remembered of the site after that.

    `waits` has the hosts that want to be left alone, each with until when.
    """

    state: str = ""
    asked: dict[str, Asked] = {}
    waits: dict[str, Moment] = {}


class AskedCache:
    """How sources answered, kept in the cache of the site; who deletes it only has hosts send more."""

    def __init__(self, folder: Path, state: ImportState) -> None:
        """Look into the cache in `folder`; what can not be read is as good as nothing.

        Where the site's memory is not the one of then, what came then may not be there: all of it is wanted again.
        """
        self._path = folder / _CACHE_FILE
        try:
            self._before = load_decoded(self._path, _CACHE_KEY, _decode_kept) or _Kept()
        except CacheFileError:
            self._before = _Kept()
        is_same = self._before.state == content_digest(state_text(state))
        self._kept = self._before.asked if is_same else {}

    def of(self, key: str) -> Asked:
        """Return how the source `key` answered."""
        return self._kept.get(key, Asked())

    def waits(self, now: datetime) -> dict[str, datetime]:
        """Return until when hosts want to be left alone, those that still do."""
        return {host: later.astimezone(UTC) for host, later in self._before.waits.items() if now < later}

    def save(self, answers: Mapping[str, Asked], waits: Mapping[str, datetime], state: ImportState) -> str:
        """Keep `answers`, by the keys of their sources, that led to `state`; return why nothing can be, or nothing.

        `waits` are all there are.
        """
        asked = {key: asked for key, asked in {**self._kept, **answers}.items() if asked != Asked()}
        after = _Kept(content_digest(state_text(state)), asked, dict(waits))
        if after == self._before or not (asked or waits or self._before.asked or self._before.waits):
            return ""
        try:
            save_cache(self._path, _CACHE_KEY, msgspec.msgpack.encode(after))
        except OSError as error:
            return reason(error)
        return ""


_decode_kept = msgspec.msgpack.Decoder(_Kept).decode
