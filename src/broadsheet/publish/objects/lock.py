"""The lock of a bucket: an object that names who publishes there, and changes as long as that one is alive.

Writing it is bound to what was there before, so that only one of two gets it. Some hosts can not do that, or do not and
say nothing. What is written is read back, then, and looked at before it is written again: two that began in the same
moment find out a quarter of the silence later, at the latest, and one of them stops.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from broadsheet.problems import Place, Problem, SiteError
from broadsheet.publish.holder import Holder, holder_of, this_process
from broadsheet.publish.objects.bucket import Bucket, ChangedError, Stored, UnconditionalError
from broadsheet.publish.target import Patience, Say

LOCK = ".broadsheet-lock"
_ATTRIBUTES = {"Content-Type": "application/json", "Cache-Control": "no-store"}
_LONGEST_LOOK = 5.0


class ObjectLock:
    """A lock that is held by this process, and kept alive by a thread."""

    def __init__(self, bucket: Bucket, patience: Patience) -> None:
        """Take the `bucket`; nothing is written yet."""
        self._bucket, self._patience = bucket, patience
        self._holder = this_process()
        self._is_lost = False
        # Until the host says that it can not, which it is not asked again: it would be tried each time.
        self._is_bound = True
        self._alive_at = 0.0
        self._guard = threading.Lock()
        self._is_over = threading.Event()

    @contextmanager
    def held(self, say: Say) -> Iterator[None]:
        """Hold the lock within a `with`, after waiting for another that holds it. Raises `SiteError`."""
        self._acquire(say)
        beating = threading.Thread(target=self._beat, name="lock", daemon=True)
        beating.start()
        try:
            yield
        finally:
            self._is_over.set()
            beating.join()
            self._release(say)

    def assure(self) -> None:
        """Return if the lock is still ours. Raises `SiteError` otherwise, and if nobody can tell."""
        with self._guard:
            # By the clock on the wall, which goes on while a machine sleeps; wherever it jumps to, one look tells.
            if not self._is_lost and abs(time.time() - self._alive_at) > self._patience.silence / 2:
                self._renew()
            if self._is_lost:
                silence = f"{self._patience.silence:.0f} s"
                message = f"another publish took over, since this one gave no sign of life for {silence}"
                raise SiteError([Problem(Place(self._bucket.place), message, "publish again when that one is done")])

    def _acquire(self, say: Say) -> None:
        seen, since, is_told = b"", time.monotonic(), False
        while True:
            there = self._bucket.read(LOCK)
            if there and there.content != seen:
                seen, since = there.content, time.monotonic()
            holder = holder_of(there.content) if there else None
            is_dead = bool(holder and holder.is_dead()) or time.monotonic() - since >= self._patience.silence
            if there is None or is_dead:
                if there:
                    say("a publish that was cut short has left its lock there; going on in its place")
                if self._write(self._holder, there):
                    return
                self._patience.sleep(self._patience.pause)
                continue
            if not is_told:
                who = holder.told() if holder else "nobody knows who"
                say(f"another publish is at work there ({who}); waiting until it is done")
                is_told = True
            self._patience.sleep(min(self._patience.silence / 10, _LONGEST_LOOK))

    def _write(self, holder: Holder, there: Stored | None) -> bool:
        """Write the lock in place of what is `there`, and return whether it is ours then."""
        began = time.time()
        content = holder.encoded()
        if self._is_bound:
            try:
                self._bucket.put_bound(LOCK, content, _ATTRIBUTES, there)
            except ChangedError:
                # By another, or by this very write, of which only the answer was lost.
                pass
            except UnconditionalError:
                self._is_bound = False
        if not self._is_bound:
            self._bucket.put(LOCK, content, _ATTRIBUTES)
        now = self._bucket.read(LOCK)
        if now is None or now.content != content:
            return False
        self._holder, self._alive_at = holder, began
        return True

    def _renew(self) -> None:
        there = self._bucket.read(LOCK)
        is_ours = there is not None and self._holder.is_same(holder_of(there.content))
        self._is_lost = not (is_ours and self._write(self._holder.next_beat(), there))

    def _beat(self) -> None:
        while not self._is_over.wait(self._patience.silence / 4):
            try:
                with self._guard:
                    if self._is_lost:
                        return
                    self._renew()
            except SiteError:
                # The next beat may get through; whoever is to write something asks for itself, and gets this error.
                continue

    def _release(self, say: Say) -> None:
        if self._is_lost:
            return
        try:
            there = self._bucket.read(LOCK)
            if there and self._holder.is_same(holder_of(there.content)):
                self._bucket.delete([LOCK])
        except SiteError as error:
            say(f"the lock could not be removed, and the next publish may have to wait: {error.problems[0].message}")
