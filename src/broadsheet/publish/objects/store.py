"""Publishes to an object store: S3 and what speaks its protocol, Google Cloud Storage, Azure.

An object tells itself what it is: our mark is in its metadata. A list of the bucket and the tags in the ledger tell of
most objects that they are what we put there; only the others are asked, one by one.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial

from broadsheet.problems import Place, Problem, SiteError
from broadsheet.publish.objects.bucket import Bucket, Stored, bucket_of
from broadsheet.publish.objects.errors import is_late
from broadsheet.publish.objects.headers import headers_of
from broadsheet.publish.objects.lock import ObjectLock
from broadsheet.publish.release import LEDGER, Found, Item, Ledger, Sent, Standing, ledger_of
from broadsheet.publish.target import Content, Patience, Say, persistently
from broadsheet.targets import AzureTarget, GcsTarget, ObjectTarget, S3Target

# Valid for Azure, too, whose names of metadata are those of variables.
_MARK = "broadsheet"
_LEDGER_HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}
_AT_ONCE = 16
# So many bytes (of the files as they were built) are under way at once, so that a slow line is enough for each request.
_BYTES_AT_ONCE = 8 * 2**20
_DELETED_AT_ONCE = 1000
_GZIP_MAGIC = b"\x1f\x8b"


class Objects:
    """A bucket that a site is published to: a `Target`."""

    def __init__(self, settings: ObjectTarget, bucket: Bucket, patience: Patience) -> None:
        """Take an open `bucket`."""
        self._settings, self._bucket, self._patience = settings, bucket, patience
        self._lock: ObjectLock | None = None

    @property
    def place(self) -> str:
        """How problems name it: `s3://bucket/prefix`."""
        return self._bucket.place

    def headers(self, path: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return the headers that an object is stored with."""
        return headers_of(path, size, self._settings)

    def refused(self, items: Iterable[Item]) -> list[Problem]:
        """Return what the host would refuse of a release: names."""
        folder = self._settings.prefix.strip("/")
        problems = []
        for item in items:
            name = f"{folder}/{item.path}" if folder else item.path
            if reason := self._bucket.host.objection(name):
                message = f"{name!r} can not be the name of an object: {reason}"
                problems.append(Problem(Place(self.place), message, "give the page or the file another name"))
        return problems

    @contextmanager
    def held(self, say: Say) -> Iterator[None]:
        """Be the only one who publishes there. Raises `SiteError`."""
        lock = ObjectLock(self._bucket, self._patience)
        with lock.held(say):
            self._lock = lock
            try:
                yield
            finally:
                self._lock = None

    def standing(self, release: Mapping[str, Item]) -> Standing:
        """Return how the bucket stands: a request for every thousand objects, and one for every doubt."""
        listed = self._bucket.listed()
        there = self._bucket.read(LEDGER)
        ledger, remark = ledger_of(there.content if there else None)
        named = release.keys() | ledger.files.keys() | ledger.sending.keys()
        known = _known(ledger, listed or {})
        doubtful = [path for path in named if path not in known and (listed is None or path in listed)]
        found = {path: Found(sent.mark, sent.size, sent.tag) for path, sent in known.items()}
        with ThreadPoolExecutor(_AT_ONCE, "head") as pool:
            try:
                for path, object_there in zip(doubtful, pool.map(self._bucket.head, doubtful), strict=True):
                    if object_there:
                        found[path] = _found(object_there, release.get(path))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return Standing(ledger, found, remark)

    def note(self, ledger: Ledger) -> None:
        """Write the ledger. Raises `SiteError`."""
        self._assure()
        self._bucket.put(LEDGER, ledger.encoded(), _LEDGER_HEADERS)

    def finish(self, ledger: Ledger) -> None:
        """Write the ledger of the release. Raises `SiteError`."""
        self.note(ledger)

    def send(self, items: Sequence[Item], content: Content) -> Iterator[tuple[Item, str]]:
        """Put objects there, several at once, and yield each with its tag. Raises `SiteError` for the first that fails.

        Those that are under way then come to their end first.
        """
        waiting = list(reversed(items))
        under_way: dict[Future[str], Item] = {}
        with ThreadPoolExecutor(_AT_ONCE, "put") as pool:
            while waiting or under_way:
                while waiting and _fits(waiting[-1], under_way.values()):
                    item = waiting.pop()
                    under_way[pool.submit(self._put, item, content)] = item
                for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                    yield under_way.pop(done), done.result()

    def delete(self, paths: Sequence[str]) -> None:
        """Delete objects of ours. Raises `SiteError`."""
        for start in range(0, len(paths), _DELETED_AT_ONCE):
            # What answers too late is not tried again by obstore, for it does not know that deleting twice is no harm.
            persistently(self._patience, partial(self._delete, paths[start : start + _DELETED_AT_ONCE]), is_late)

    def fetch(self, path: str) -> bytes:
        """Return the content of an object, unpacked where it is stored compressed. Raises `SiteError`."""
        there = self._bucket.read(path)
        if there is None:
            raise SiteError([Problem(Place(self.place), f"{path} is not there", "publish again")])
        # Some hosts unpack by themselves, and still say that it is packed.
        if there.attributes.get("Content-Encoding") == "gzip" and there.content.startswith(_GZIP_MAGIC):
            try:
                return gzip.decompress(there.content)
            except (OSError, EOFError, zlib.error):
                return there.content
        return there.content

    def _put(self, item: Item, content: Content) -> str:
        self._assure()
        headers = dict(item.headers)
        body = content(item)
        if headers.get("Content-Encoding") == "gzip":
            # Without a time: the same content gives the same bytes.
            body = gzip.compress(body, mtime=0)
        return self._bucket.put(item.path, body, {**headers, _MARK: item.mark})

    def _delete(self, paths: Sequence[str]) -> None:
        self._assure()
        self._bucket.delete(paths)

    def _assure(self) -> None:
        if self._lock:
            self._lock.assure()


def objects_of(settings: S3Target | GcsTarget | AzureTarget, patience: Patience) -> Objects:
    """Return the target that the settings name, with the credentials of the environment. Raises `SiteError`."""
    return Objects(settings, bucket_of(settings, patience), patience)


def _known(ledger: Ledger, listed: Mapping[str, tuple[int, str]]) -> Mapping[str, Sent]:
    """Return those files of the ledger whose objects are the versions that were put there.

    Where something else was being sent, the tag does not tell: it may be that of the content, whatever the headers.
    """
    return {
        path: sent
        for path, sent in ledger.files.items()
        if sent.tag and listed.get(path, (0, ""))[1] == sent.tag and ledger.sending.get(path, sent.mark) == sent.mark
    }


def _found(there: Stored, item: Item | None) -> Found:
    mark = there.attributes.get(_MARK, "")
    # As it was built, where that is known: compressed it has another size.
    size = item.size if item and item.mark == mark else there.size
    return Found(mark, size, there.tag)


def _fits(item: Item, under_way: Iterable[Item]) -> bool:
    sizes = [each.size for each in under_way]
    return not sizes or (len(sizes) < _AT_ONCE and sum(sizes) + item.size <= _BYTES_AT_ONCE)
