"""What reading, writing and both caches know of files: stamps, digests, and cache files that can not mislead."""

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG
from time import time
from typing import TypeVar

# Size in bytes, times of the last change of content and of anything (ns since 1970), inode: what tells, without a
# look into it, that a file is the one that it was.
Stamp = tuple[int, int, int, int]
T = TypeVar("T")

_MAGIC = b"Broadsheet cache\n"
_DIGEST_BYTES = 16
_PREFIX = ".tmp-"
_ABANDONED_SECONDS = 24 * 3600
_UNUSED_SECONDS = 90 * 24 * 3600


def stamp_of(facts: os.stat_result) -> Stamp:
    """Return the stamp of the file that `facts` are about."""
    # Some systems count inodes in 128 bits, which is more than a cache can write.
    return (facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino & 0xFFFF_FFFF_FFFF_FFFF)


def stamp_at(path: str) -> Stamp | None:
    """Return the stamp of what stands at `path`, or None when nothing does or nobody may look."""
    try:
        return stamp_of(os.stat(path))
    except (OSError, ValueError):
        return None


def content_digest(content: bytes) -> str:
    """Return 32 hexadecimal digits that stand for `content`."""
    return blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()


def digest_at(path: str) -> str:
    """Return what stands for the content of the file at `path`, the empty string where none can be read."""
    try:
        with open(path, "rb", opener=opened_at_once) as file:
            return content_digest(file.read()) if S_ISREG(os.fstat(file.fileno()).st_mode) else ""
    except (OSError, ValueError):
        return ""


def opened_at_once(path: str, flags: int) -> int:
    """Open a file for `open`, without waiting: a pipe may stand where a file should. Raises `OSError`."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class CacheFileError(Exception):
    """A cache file is there but of no use; the text is a part of a sentence that says why."""


def load_cache(path: Path, key: str) -> bytes | None:
    """Return what was saved at `path` under the very `key`, or None when there is nothing.

    Raises `CacheFileError` when it was saved under another key, is damaged, or can not be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CacheFileError(f"can not be read ({(error.strerror or str(error)).lower()})") from None
    head, _, rest = data.removeprefix(_MAGIC).partition(b"\n")
    check, _, payload = rest.partition(b"\n")
    if not data.startswith(_MAGIC) or check != _check(head, payload):
        raise CacheFileError("is damaged")
    if head != key.encode():
        raise CacheFileError("was made by another version")
    return payload


def load_decoded(path: Path, key: str, decode: Callable[[bytes], T]) -> T | None:
    """Return what `decode` makes of what was saved at `path` under the very `key`, or None when there is nothing.

    Raises `CacheFileError` as `load_cache` does, and for a payload that is none: anybody can make a check sum right.
    """
    payload = load_cache(path, key)
    try:
        return decode(payload) if payload is not None else None
    except (ValueError, OverflowError, RecursionError):
        raise CacheFileError("is damaged") from None


def save_cache(path: Path, key: str, payload: bytes) -> None:
    """Save `payload` at `path`, whole or not at all: whoever reads meanwhile finds the old file. Raises `OSError`."""
    make_cache_folder(path.parent)
    _remove_abandoned(path.parent)
    write_whole(path, b"\n".join((_MAGIC + key.encode(), _check(key.encode(), payload), payload)))


def make_cache_folder(folder: Path) -> None:
    """Make a folder for what may be deleted at any time, where there is none yet. Raises `OSError`."""
    if folder.is_symlink():
        # What a link leads to is not ours to write into.
        raise OSError(None, "it is a link", str(folder))
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of a cache, whole or not at all. Raises `OSError`."""
    aside = path.with_name(f"{_PREFIX}{os.getpid()}-{os.urandom(4).hex()}")
    try:
        aside.write_bytes(content)
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def write_new(path: Path, content: bytes) -> None:
    """Write a file where none is yet, whole or not at all. Raises `FileExistsError` where one is, and `OSError`."""
    aside = path.with_name(f".{path.name[:100]}.{os.getpid()}")
    try:
        aside.write_bytes(content)
        _put_in_place(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _put_in_place(aside: Path, target: Path) -> None:
    """Give a file its name, unless something has it. Raises `FileExistsError`."""
    try:
        os.link(aside, target)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems know no second name of a file.
        if os.path.lexists(target):
            raise FileExistsError(str(target)) from None
        os.replace(aside, target)


def _check(head: bytes, payload: bytes) -> bytes:
    return blake2b(payload, key=head[:64], digest_size=_DIGEST_BYTES).hexdigest().encode()


def _remove_abandoned(folder: Path) -> None:
    for pattern, longest in ((f"{_PREFIX}*", _ABANDONED_SECONDS), ("build-*", _UNUSED_SECONDS)):
        for path in folder.glob(pattern):
            # Another process may be done with its own just now; a folder is none of ours.
            with suppress(OSError):
                if time() - path.lstat().st_mtime > longest:
                    path.unlink()
