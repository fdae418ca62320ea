"""The files of the cache: whoever can write there knows how to make a check sum right, so that the payload is any bytes."""

import contextlib
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from broadsheet.files import _MAGIC, CacheFileError, _check, content_digest, load_cache, save_cache
from broadsheet.last_build import Asked, BuildResult, LastBuild, Made, Memory, still_there
from broadsheet.model import MANIFEST, Coverage, Record, Written
from broadsheet.pictures import store
from broadsheet.problems import Place, Problem, Severity, SiteError
from broadsheet.publish.holder import holder_of, this_process
from broadsheet.publish.kept import _BEGUN, _FACTS, Kept
from broadsheet.publish.release import Ledger, Sent, ledger_of
from broadsheet.read.cache import Entry, RecordCache, pack
from broadsheet.read.disk import Disk
from broadsheet.read.records import RecordReader
from broadsheet.read.trace import Seen, Trace, Walk, look_again
from broadsheet.write.output import Output
from fuzz.front_matter import FILE, FULL
from fuzz.target import Target

_KEY = "a key"
_NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
_STAMP = (1, 2, 3, 4)
_HELD = tempfile.TemporaryDirectory(prefix="broadsheet-fuzz-")
_FOLDER = Path(_HELD.name)


def check_cache_file(data: bytes) -> None:
    """A file of the cache is what was saved under the key, or there is a remark."""
    path = _FOLDER / "any"
    path.write_bytes(data)
    with contextlib.suppress(CacheFileError):
        load_cache(path, _KEY)
    save_cache(path, _KEY, data)
    assert load_cache(path, _KEY) == data


def check_records_cache(data: bytes) -> None:
    """Any payload is a cache of records, which can be used and kept again, or is damaged."""
    _keep(_FOLDER / "records", data)
    cache = RecordCache(_FOLDER, _KEY)
    assert cache.remark in {"", "is damaged"}
    entries = cache.entries("_news")
    items = cache.items()
    assert all(isinstance(item, Coverage) for item in items)
    for entry in entries.values():
        cache.is_current(entry, _STAMP)
        if entry.record is not None:
            check_usable(entry.record)
    assert not cache.remark or not entries


def check_usable(record: Record) -> None:
    """What arranging does first with a record does not fail: it compares its times."""
    assert record.published_at < record.published_at.max.replace(tzinfo=UTC)
    assert record.told_at >= record.published_at
    for item in record.related:
        assert item.published_at >= item.published_at.min.replace(tzinfo=UTC)


def check_last_build(data: bytes) -> None:
    """Any payload is a last build that can be asked whether it still holds, or is damaged."""
    memory = Memory(Asked("site", "", "", "", "/site"), _KEY)
    memory.folder = _FOLDER
    memory._path = _FOLDER / "build"
    _keep(_FOLDER / "build", data)
    last = memory.last
    if last is None:
        assert memory.remark == "is damaged"
        return
    # Searching again would go through whatever folder is named.
    look_again(Trace(last.trace.files, [], last.trace.kinds), last.started_ns, lambda walk: walk)
    still_there(str(_FOLDER / "no" / "site"), last.made)
    if last.asked == memory.asked and not last.trace.walks:
        memory.still_holds(_NOW, 1)


def check_pictures_list(data: bytes) -> None:
    """Any payload is a list of the pictures that are kept, none of them outside their folder, or as good as nothing."""
    _keep(_FOLDER / "index", data, store._KEY)
    kept = store.Store(_FOLDER, Disk())
    for url in (*kept._index.kept, "elsewhere"):
        kept.picture(url)
        kept.failure(url, _NOW)
        if url in kept._index.kept:
            for path, file in kept.files(url).items():
                assert re.fullmatch(r"images/[0-9a-f-]+\.webp", path)
                assert isinstance(file, bytes) or file.source.parent == _FOLDER
    kept.save()


def check_state_files(data: bytes) -> None:
    """Any file is a manifest, a ledger, a lock, or notes of a publish, or as good as none; no path leads outside."""
    (_FOLDER / MANIFEST).write_bytes(data)
    assert all(_is_inner(path) for path in Output(_FOLDER).paths())
    ledger, remark = ledger_of(data)
    assert not remark or not ledger.files
    assert all(_is_inner(path) for path in (*ledger.files, *ledger.sending))
    holder = holder_of(data)
    assert holder is None or holder_of(holder.encoded()) == holder
    kept = Kept(_FOLDER, "live")
    kept.folder.mkdir(parents=True, exist_ok=True)
    for name in (_BEGUN, "1"):
        path = kept.folder / name
        if name == "1":
            path.mkdir(exist_ok=True)
            path /= _FACTS
        path.write_bytes(data)
    kept.begun()
    with contextlib.suppress(SiteError):
        kept.load("1")


def _is_inner(path: str) -> bool:
    return not Path(path).is_absolute() and ".." not in path.split("/") and "\0" not in path


def _keep(path: Path, payload: bytes, key: str = _KEY) -> None:
    # The check sum is keyed, not secret.
    path.write_bytes(b"\n".join((_MAGIC + key.encode(), _check(key.encode(), payload), payload)))


def _records_seed() -> bytes:
    record, problems = RecordReader().read(FULL, FILE)
    problem = Problem(Place("x", 2, 3), "wrong", "mend it", Severity.WARNING)
    entries = [
        Entry(FILE, Seen(_STAMP, content_digest(FULL)), record, problems),
        Entry("b.md", Seen(None), None, (problem,)),
        Entry("README.md", Seen(_STAMP, "00"), is_other=True),
    ]
    return msgspec.msgpack.encode((1, pack(entries)))


def _build_seed(path: str = "nowhere", digest: str = "") -> bytes:
    trace = Trace({path: Seen(None, digest)}, [Walk("nowhere", ".md", (), {}, "")], {f"{path}/_*": ""})
    result = BuildResult(1, 0, 0, 0, 0, 0, 1, 1, Written(1, 2, 3), (), 0.5, reasons={"a": "b"}, timings=(("a", 1.0),))
    made = {"index.html": Made(b"123", "456", None)}
    asked = Asked("site", "", "", "", "/site")
    build = LastBuild(asked, None, _NOW.replace(year=2025), 1, trace, "public", made, {"a": b"b"}, result)
    return msgspec.msgpack.encode(build)


def _without_walks(payload: bytes) -> bytes:
    build = msgspec.msgpack.decode(payload, type=LastBuild)
    build.trace.walks, build.made = [], {}
    return msgspec.msgpack.encode(build)


_WORDS = [
    *(
        msgspec.msgpack.encode(value)
        for value in (0, -1, 255, 2**32, 2**63, 2**64 - 1, -(2**63), 1.5, None, True, "", "a\0b")
    ),
    *(
        msgspec.msgpack.encode(text)
        for text in ("2024-05-01T00:00:00", "2024-05-01T00:00:00+05:00", "../../x", "/", "_*")
    ),
    msgspec.msgpack.encode(_NOW),
    msgspec.msgpack.encode([]),
    msgspec.msgpack.encode({}),
    b"record related published_at updated_at title file slug problems severity place error warning note images provider".replace(
        b" ", b"\xa0"
    ),
]
_BUILD = _build_seed()

CACHE_FILE = Target(
    check_cache_file,
    [b"", b"Broadsheet cache\n", b"Broadsheet cache\na key\n0\nx", b"Broadsheet cache\na key\n\n\n"],
    [b"Broadsheet cache\n", b"a key", b"\n"],
    longest=200,
)
RECORDS_CACHE = Target(check_records_cache, [_records_seed(), msgspec.msgpack.encode((0, ([], [])))], _WORDS)
LAST_BUILD = Target(
    check_last_build, [_BUILD, _build_seed("a\0b", "12"), _without_walks(_BUILD), _build_seed("x" * 300, "1")], _WORDS
)
PICTURES_LIST = Target(
    check_pictures_list,
    [
        msgspec.msgpack.encode([{"http://a.example/x": [[[f"{'0' * 32}-320.webp", 320, "00"]], 240]}, {}]),
        msgspec.msgpack.encode([{}, {"http://a.example/y": ["gone", _NOW, _NOW.replace(year=2025)]}]),
    ],
    [*_WORDS, b".webp", b"../"],
    longest=600,
)
STATE_FILES = Target(
    check_state_files,
    [
        b'{"version": 1, "files": {"index.html": "00", "a/../b": "01", "/etc/x": "02"}}',
        Ledger(release="1", files={"a": Sent("00", 5, "x")}, sending={"b": "c"}, retired={"c": 1}).encoded(),
        b'{"index": "a", "source": "b", "before": "0", "paths": ["a"], "back_from": "1", "back_to": "2"}',
        this_process().encoded(),
    ],
    [
        b'"files"',
        b'"sending"',
        b'"version"',
        b'"../x"',
        b'"/"',
        b"\\u0000",
        b"\\ud800",
        b"\xff",
        b"[",
        b"{",
        b"null",
        b"1e999",
    ],
    longest=1000,
)
