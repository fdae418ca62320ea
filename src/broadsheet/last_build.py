"""What the last build saw and made, as it is kept in the cache, and whether that still holds.

Imports little: where nothing changed, this is all of Broadsheet that runs.
"""

import os
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from broadsheet.files import CacheFileError, Stamp, digest_at, load_decoded, save_cache, stamp_at
from broadsheet.model import Moment, Written
from broadsheet.problems import Problem
from broadsheet.read.cache import RecordCache
from broadsheet.read.disk import walked_again
from broadsheet.read.trace import Trace, look_again, trusted
from broadsheet.stopwatch import seconds_since

CACHE_FOLDER = ".broadsheet"
# In the folder of a site: whole releases, for the machine that can go back to them.
RELEASES_FOLDER = f"{CACHE_FOLDER}/releases"


class BuildResult(Struct, frozen=True):
    """What a build did.

    `read` counts the record files, `left_out` those of them that could not be used, `withheld` drafts and scheduled
    records, `removed` those marked so, `hidden` those that the selection hides, `unpublished_leads` the stories whose
    lead is not published. `problems` is all that is wrong, by file and place. `output` is the folder as it was asked
    for; `written` counts its files.

    `index` stands for what the search index is made of, in hexadecimal digits; it is empty where there is none.
    `reasons` say of every file that was made anew why it was; `timings` are steps with their seconds.
    """

    read: int
    left_out: int
    withheld: int
    removed: int
    hidden: int
    unpublished_leads: int
    stories: int
    pages: int
    written: Written
    problems: tuple[Problem, ...]
    seconds: float
    output: str = ""
    index: str = ""
    reasons: dict[str, str] = {}
    timings: tuple[tuple[str, float], ...] = ()


class Made(Struct, frozen=True, array_like=True, gc=False):
    """A file of the output as it was left: what it was made of, the digest of its bytes, its stamp."""

    fingerprint: bytes
    digest: str
    stamp: Stamp | None


class Asked(Struct, frozen=True, array_like=True):
    """What a build was asked, in the words of the command, and where: a copy of a site is another site."""

    site: str
    config: str
    output: str
    base_url: str
    place: str

    @classmethod
    def of(cls, site: Path, config: Path | None, output: Path | None, base_url: str | None) -> "Asked":
        """Return what the arguments of a command ask."""
        return cls(str(site), str(config or ""), str(output or ""), base_url or "", os.path.abspath(site))


def below(path: Path | str, site: Path | str) -> str:
    """Return `path` as it leads from the `site`, so that it does not change when both are moved."""
    try:
        return os.path.relpath(path, site)
    except ValueError:
        # Another drive than the site's.
        return os.path.abspath(path)


class LastBuild(Struct, array_like=True):
    """A build: what was asked, between which times its outcome is the same, all that it looked at and made.

    `output` is its folder, below the site; `facts` are the digests of what pages are made of, by their names;
    `started_ns` is when it began, since 1970.
    """

    asked: Asked
    since: Moment | None
    until: Moment | None
    started_ns: int
    trace: Trace
    output: str
    made: dict[str, Made]
    facts: dict[str, bytes]
    result: BuildResult


class Memory:
    """Where the last build of a site, for one output folder, is kept."""

    def __init__(self, asked: Asked, key: str, *, forgets: bool = False) -> None:
        """Keep what was `asked`, under `key`: what another version kept is not understood.

        One that `forgets` knows no build but the one that it is given to keep.
        """
        self._forgets = forgets
        self.asked = asked
        self.key = key
        output = below(asked.output, asked.site) if asked.output else ""
        name = blake2b(output.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
        self.folder = Path(asked.site) / CACHE_FOLDER
        self._path = self.folder / f"build-{name}"
        self.remark = ""

    @cached_property
    def last(self) -> LastBuild | None:
        """The last build, or None; `remark` then says why, where that is news."""
        if self._forgets:
            return None
        try:
            return load_decoded(self._path, self.key, _decode)
        except CacheFileError as error:
            self.remark = str(error)
        return None

    def records(self, started_ns: int) -> RecordCache:
        """Return the cache of the records that the last build read, for one that began at `started_ns`."""
        return RecordCache(self.folder, self.key, started_ns, forgets=self._forgets)

    def keep(self, build: LastBuild) -> None:
        """Keep a build. Raises `OSError`."""
        try:
            payload = _encode(build)
        except UnicodeEncodeError:
            # A path, or a problem that quotes something.
            self._path.unlink(missing_ok=True)
            raise OSError(None, "a name or a text is not in the encoding UTF-8") from None
        save_cache(self._path, self.key, payload)

    def still_holds(self, now: datetime, started_ns: int) -> BuildResult | None:
        """Return the result of a build at `now`, begun at `started_ns`, if it would change nothing, else None.

        What was asked must be the same. No file is read that has not changed since the last build, or shortly before.
        """
        last = self.last
        if last is None:
            return None
        if last.asked != self.asked or (last.since and now < last.since) or (last.until and now >= last.until):
            return None
        change, trace = look_again(last.trace, trusted(last.started_ns, started_ns), walked_again)
        made = {} if change else still_there(os.path.join(self.asked.site, last.output), last.made)
        if len(made) < len(last.made):
            return None
        if trace is not last.trace or any(made[path] is not before for path, before in last.made.items()):
            # What had to be read is known by its new stamp from now on.
            last.made, last.trace, last.started_ns = made, trace, started_ns
            with suppress(OSError):
                self.keep(last)
        seconds = seconds_since(started_ns)
        written = Written(0, last.result.written.changed + last.result.written.unchanged, 0)
        timings = (("finding nothing changed", seconds),)
        return structs.replace(last.result, written=written, seconds=seconds, timings=timings)


def still_there(folder: str, made: dict[str, Made]) -> dict[str, Made]:
    """Return what of the files that were `made` in the output `folder` is as it was left, with its stamp of now."""
    kept = {}
    for path, file in made.items():
        stamp = stamp_at(f"{folder}/{path}")
        if stamp == file.stamp and stamp is not None:
            kept[path] = file
        elif stamp is not None and digest_at(f"{folder}/{path}") == file.digest:
            kept[path] = Made(file.fingerprint, file.digest, stamp)
    return kept


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(LastBuild).decode
