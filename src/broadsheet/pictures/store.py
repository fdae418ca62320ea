"""What is known of pictures from elsewhere: copies of those that were had, and when to try the others again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from broadsheet.files import (
    CacheFileError,
    content_digest,
    load_decoded,
    make_cache_folder,
    save_cache,
    write_whole,
)
from broadsheet.model import Moment, Picture
from broadsheet.pictures.convert import Converted
from broadsheet.problems import reason
from broadsheet.read.disk import Disk
from broadsheet.read.source import StaticFile
from broadsheet.read.trace import Trace

# Goes up when what is kept is no longer what it would be if it were fetched today: then all is fetched again.
_KEY = "pictures 1"
_INDEX = "index"
FOLDER = "images"


class _Copy(Struct, frozen=True, array_like=True, gc=False):
    """A file of the store, by its name: its width, and the digest of its bytes."""

    name: Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}-[0-9]{1,6}\.webp\Z")]
    width: int
    digest: str


class _Kept(Struct, frozen=True, array_like=True, gc=False):
    copies: Annotated[tuple[_Copy, ...], Meta(min_length=1)]
    height: int


class Failure(Struct, frozen=True, array_like=True, gc=False):
    """Why a picture could not be had, when that was found, and when it is tried again."""

    why: str
    at: Moment
    again_at: Moment


class _Index(Struct, array_like=True):
    kept: dict[str, _Kept] = {}
    failed: dict[str, Failure] = {}


class Store:
    """The pictures that are kept in a folder; `remark` says why nothing can be kept, where that is so."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        """Look into `folder`, which need not exist, with `disk`."""
        self.remark = ""
        self._folder = folder
        self._disk = disk
        self._index = _loaded(folder / _INDEX)
        self._has_changed = False
        self._unkept: dict[str, bytes] = {}

    def picture(self, url: str) -> Picture | None:
        """Return the picture of an address, or None where there is none, or a file of it is not what it was."""
        kept = self._index.kept.get(url)
        if kept is None or not all(map(self._is_intact, kept.copies)):
            return None
        copies = tuple((copy.width, f"{FOLDER}/{copy.name}") for copy in kept.copies)
        return Picture(copies, kept.copies[-1].width, kept.height)

    def failure(self, url: str, now: datetime) -> Failure | None:
        """Return why the picture of an address is not tried at `now`, or None where it is."""
        failure = self._index.failed.get(url)
        return failure if failure and failure.at <= now < failure.again_at else None

    def files(self, url: str) -> dict[str, StaticFile | bytes]:
        """Return the files of a picture that there is, by their path in the output."""
        return {
            f"{FOLDER}/{copy.name}": self._unkept.get(copy.name) or StaticFile(self._folder / copy.name, copy.digest)
            for copy in self._index.kept[url].copies
        }

    def add(self, url: str, converted: Converted) -> None:
        """Keep the copies of a picture."""
        key = content_digest(b"".join(content for _, content in converted.copies))
        copies = []
        for width, content in converted.copies:
            name = f"{key}-{width}.webp"
            self._put(name, content)
            copies.append(_Copy(name, width, content_digest(content)))
        self._index.kept[url] = _Kept(tuple(copies), converted.height)
        self._index.failed.pop(url, None)
        self._has_changed = True

    def fail(self, url: str, why: str, now: datetime, pause: timedelta) -> None:
        """Remember that the picture of an address could not be had."""
        self._index.failed[url] = Failure(why, now, now + pause)
        self._index.kept.pop(url, None)
        self._has_changed = True

    def trace(self, urls: Iterable[str]) -> Trace:
        """Return what the pictures of `urls`, which there are, hang on: while it is the same, so are they."""
        index = self._folder / _INDEX
        if not self._disk.digest(index):
            return Trace()
        paths = [index, *(self._folder / copy.name for url in urls for copy in self._index.kept[url].copies)]
        return Trace({str(path): self._disk.trace.files[str(path)] for path in paths})

    def save(self) -> None:
        """Write down what is known, where it can be written."""
        if not self._has_changed or self.remark:
            return
        try:
            self._make_folder()
            save_cache(self._folder / _INDEX, _KEY, msgspec.msgpack.encode(self._index))
        except OSError as error:
            self.remark = reason(error)

    def _put(self, name: str, content: bytes) -> None:
        try:
            if not self.remark:
                self._make_folder()
                write_whole(self._folder / name, content)
        except OSError as error:
            self.remark = reason(error)
        if self.remark:
            self._unkept[name] = content

    def _make_folder(self) -> None:
        make_cache_folder(self._folder.parent)
        make_cache_folder(self._folder)

    def _is_intact(self, copy: _Copy) -> bool:
        return copy.name in self._unkept or self._disk.digest(self._folder / copy.name) == copy.digest


def _loaded(path: Path) -> _Index:
    """Return what was kept; what can not be read, or was kept by another version, is as good as nothing."""
    try:
        return load_decoded(path, _KEY, _decode) or _Index()
    except CacheFileError:
        return _Index()


_decode = msgspec.msgpack.Decoder(_Index).decode
