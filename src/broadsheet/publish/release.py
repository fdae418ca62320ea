"""What is published, as values: the files of a release, and what a target is known to hold. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from broadsheet.files import content_digest

# The file at a target that lists what was published there. Public like all beside it: it holds paths and digests.
LEDGER = ".broadsheet-published.json"
# What all files begin with that we put there besides those of the site.
OURS = ".broadsheet"
_VERSION = 1


class Item(Struct, frozen=True, gc=False):
    """A file to be published: its path, the digest and the size in bytes of its content, as it was built.

    `headers` are the HTTP headers that it is stored with, where a target stores any. With `Content-Encoding: gzip`
    among them it is stored compressed.
    """

    path: str
    digest: str
    size: int
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def mark(self) -> str:
        """What stands for the content and the headers: two files with the same mark are served alike."""
        return content_digest(repr((self.digest, self.headers)).encode()) if self.headers else self.digest


class Sent(Struct, frozen=True, array_like=True, gc=False):
    """A file that was published: its mark, its size in bytes, and what the target itself says of this version of it.

    `tag` is such as an object's ETag, or a file's size and time; a target that says nothing leaves it empty.
    """

    mark: str
    size: int
    tag: str = ""


class Ledger(Struct, frozen=True):
    """What we published at a target, by path, those files included that are out of use but stay a while.

    `release` names the last one that was finished, `published_at` is when (ISO 8601, UTC), `source` the commit that it
    was built from, `index` what its search index was made of. `before` names the release that it took the place of.
    `sending` are the marks, by path, of what a publish that is not finished may have put there. `retired` says since
    when (s since 1970) files are out of use.
    """

    version: int = _VERSION
    release: str = ""
    published_at: str = ""
    source: str = ""
    index: str = ""
    before: str = ""
    files: dict[str, Sent] = {}
    sending: dict[str, str] = {}
    retired: dict[str, int] = {}

    def is_ours(self, path: str, mark: str) -> bool:
        """Return whether what lies at `path` with this mark is what we put there."""
        sent = self.files.get(path)
        return bool(mark) and mark in {sent.mark if sent else "", self.sending.get(path)}

    def encoded(self) -> bytes:
        """Return the ledger as the JSON that `LEDGER` holds: a line for every file, in order."""
        in_order = {
            name: dict(sorted(value.items())) if isinstance(value, dict) else value
            for name, value in msgspec.structs.asdict(self).items()
        }
        return msgspec.json.format(msgspec.json.encode(in_order), indent=1) + b"\n"


class Found(Struct, frozen=True, gc=False):
    """A file at a target: its mark, empty when it is not known to be ours, its size in bytes, and its tag of now."""

    mark: str
    size: int
    tag: str = ""


class Standing(Struct, frozen=True):
    """How a target stands: its ledger, and what lies there, by path, of all that the ledger or the release names.

    What else lies there is nobody's business. `remark` tells of a ledger that is there and says nothing.
    """

    ledger: Ledger = Ledger()
    found: dict[str, Found] = {}
    remark: str = ""


def noted(moment: datetime) -> str:
    """Return an aware time as ledgers have it: ISO 8601, in UTC, to the second, so that texts are in order of time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ledger_of(content: bytes | None) -> tuple[Ledger, str]:
    """Return the ledger that `content` holds, an empty one where there is none, and what is wrong with it."""
    if content is None:
        return Ledger(), ""
    try:
        ledger = msgspec.json.decode(content, type=Ledger)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Ledger(), f"{LEDGER} is damaged: what was published before is not known to be ours"
    if ledger.version != _VERSION:
        return Ledger(), f"{LEDGER} is of another version: what was published before is not known to be ours"
    inner = {path: sent for path, sent in ledger.files.items() if _is_inner(path)}
    sending = {path: mark for path, mark in ledger.sending.items() if _is_inner(path)}
    return msgspec.structs.replace(ledger, files=inner, sending=sending), ""


def _is_inner(path: str) -> bool:
    """Return whether `path` is one that we can have published: whoever writes the ledger must not lead us out."""
    return not {"", ".", ".."} & set(path.split("/")) and not path.startswith(OURS) and "\0" not in path
