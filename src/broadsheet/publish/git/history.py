"""The commits of a published branch: what they say, and how one goes back to another. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct, structs

from broadsheet.kinds import Kind, kind_of
from broadsheet.publish.release import Ledger

_RELEASE = re.compile(r"^Broadsheet-Release: (.+)$", re.M).search
_WENT_BACK_TO = re.compile(r"^Broadsheet-Went-Back-To: ([0-9a-f]{40,64})$", re.M).search


FILE_MODE = "100644"


class Entry(Struct, frozen=True, gc=False):
    """A file of a commit: its mode, and the id of its blob."""

    mode: str
    id: str


class Files(Struct, frozen=True):
    """The files of a commit by path, and the ledger among them."""

    entries: dict[str, Entry]
    ledger: Ledger


class Commit(Struct, frozen=True):
    """A commit: its id, and what it says."""

    id: str
    message: str

    @property
    def shows(self) -> str:
        """The commit of the release that readers see with this one; empty when it is none of ours."""
        back = _WENT_BACK_TO(self.message)
        return back[1] if back else self.id if _RELEASE(self.message) else ""


def message_of(ledger: Ledger) -> str:
    """Return what the commit of a release says; it names the commit of the sources, if that is known."""
    built = f"Built from {ledger.source}.\n\n" if ledger.source else ""
    source = f"\nBroadsheet-Source: {ledger.source}" if ledger.source else ""
    return f"Publish {ledger.release}\n\n{built}Broadsheet-Release: {ledger.release}{source}\n"


def message_back(ledger: Ledger, to: str) -> str:
    """Return what a commit says that goes back to the release of the commit `to`."""
    return f"Go back to {ledger.release}\n\nBroadsheet-Release: {ledger.release}\nBroadsheet-Went-Back-To: {to}\n"


def release_before(history: Sequence[Commit]) -> str:
    """Return the commit of the release before the one that is shown, by the `history`, newest first; empty without one.

    A release that was gone back from is none that anybody wants again.
    """
    ours = [commit for commit in history if commit.shows]
    ids = [commit.id for commit in ours]
    if not ours or ours[0].shows not in ids:
        return ""
    earlier = ours[ids.index(ours[0].shows) + 1 :]
    return earlier[0].shows if earlier and earlier[0].shows in ids else ""


def way_back(now: Files, then: Files, moment: int) -> tuple[dict[str, str], Ledger]:
    """Return what makes the release of now that of `then`: blobs by path, an empty id deletes; and its ledger.

    What others put there stays. So do assets, retired from this `moment` (s since 1970) on: a reader may have a page
    open that needs them.
    """
    there = now.ledger.files.keys() & now.entries.keys()
    ours = {path for path in there if now.entries[path].id == now.ledger.files[path].tag}
    known = then.ledger.files.keys() & then.entries.keys()
    wanted = {path for path in known if path in there or path not in now.entries}
    kept = {path for path in ours - wanted if kind_of(path) is Kind.ASSET}
    changes = dict.fromkeys(ours - wanted - kept, "")
    changes |= {path: then.entries[path].id for path in wanted if now.entries.get(path) != then.entries[path]}
    retired = {path: since for path, since in then.ledger.retired.items() if path in wanted}
    retired |= {path: now.ledger.retired.get(path, moment) for path in kept}
    files = {path: then.ledger.files[path] for path in wanted} | {path: now.ledger.files[path] for path in kept}
    return changes, structs.replace(then.ledger, files=files, retired=retired)
