"""A release to a target: looked at, planned, sent in order, finished, and fetched back. Knows no kind of target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime

from msgspec import Struct, structs

from broadsheet.files import content_digest
from broadsheet.kinds import Kind, kind_of
from broadsheet.model import INDEX_FOLDER
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.publish.plan import Plan, make_plan
from broadsheet.publish.release import Item, Ledger, Sent, Standing, noted
from broadsheet.publish.target import Content, Say, Target

# Of what was sent, so many files are fetched back, besides the entry pages.
_SAMPLE = 12
# How far a publish has got: what is being done, so many of so many.
Progress = Callable[[str, int, int], None]


class Release(Struct, frozen=True):
    """A built site: its files by path, where their content is, and what is known of it.

    `index` stands for what its search index is made of, empty without one; `source` is the commit it was built from.
    `before` names the release that one goes back to from this one; None: the one that it replaces.
    """

    name: str
    items: dict[str, Item]
    content: Content
    index: str = ""
    source: str = ""
    before: str | None = None


class Publishing(Struct, frozen=True):
    """A publish that is planned and may begin; it holds the target for itself."""

    release: Release
    target: Target
    standing: Standing
    plan: Plan


@contextmanager
def planned(release: Release, target: Target, now: datetime, grace_days: int, say: Say | None) -> Iterator[Publishing]:
    """Look at the `target` and plan what it needs, and be alone there within a `with`. Raises `SiteError`.

    Nothing is written there but what keeps others away; not even that without a `say`, for somebody who only looks.
    """
    items = {
        path: structs.replace(item, headers=target.headers(path, item.size)) for path, item in release.items.items()
    }
    release = structs.replace(release, items=items)
    problems = target.refused(release.items.values())
    if problems:
        raise SiteError(problems)
    with target.held(say) if say else nullcontext():
        standing = target.standing(release.items)
        release = _with_known_index(release, standing)
        plan = make_plan(release.items, standing, int(now.timestamp()), grace_days)
        yield Publishing(release, target, standing, plan)


def send(publishing: Publishing, now: datetime, progress: Progress) -> Ledger:
    """Do what is planned, and return the ledger that the target has from now on. Raises `SiteError`.

    Should it be cut short, the site is whole, and the next one goes on from there.
    """
    release, target, plan = publishing.release, publishing.target, publishing.plan
    before = publishing.standing.ledger
    finished = _finished(publishing, now)
    if plan.is_empty and not before.sending and (finished.files, finished.retired) == (before.files, before.retired):
        return before
    to_send = {item.path: item.mark for wave in plan.waves() for item in wave}
    files = {**before.files, **_arrived(publishing.standing)}
    # Once is enough: what arrives after it, the target itself tells by its content.
    target.note(structs.replace(before, files=files, sending={**before.sending, **to_send}))
    done = 0
    for wave in plan.waves():
        for item, tag in target.send(wave, release.content):
            finished.files[item.path] = Sent(item.mark, item.size, tag)
            done += 1
            progress("sending files", done, len(to_send))
    if plan.deleted:
        target.delete(plan.deleted)
        progress("deleting files", len(plan.deleted), len(plan.deleted))
    target.finish(finished)
    return finished


def _arrived(standing: Standing) -> dict[str, Sent]:
    """Return what a publish that was cut short has brought.

    Its marks may give way to those of what is being sent now: should that be cut short too, it is still known as ours.
    """
    ledger, found = standing.ledger, standing.found
    there = {path: found[path] for path in ledger.sending if path in found}
    ours = {path: file for path, file in there.items() if ledger.is_ours(path, file.mark)}
    return {path: Sent(file.mark, file.size, file.tag) for path, file in ours.items()}


def verify(publishing: Publishing, progress: Progress) -> None:
    """Fetch back entry pages, and a sample of what was sent, and compare. Raises `SiteError` where they differ."""
    target, sent = publishing.target, [*publishing.plan.new, *publishing.plan.changed]
    entries = [item for item in publishing.release.items.values() if kind_of(item.path) in {Kind.FRONT, Kind.ENTRY}]
    sample = sent[:: max(1, len(sent) // _SAMPLE)][:_SAMPLE]
    # Where nothing was sent there is nothing that could have gone wrong on the way.
    wanted = {item.path: item for item in (*(entries[:_SAMPLE] if sent else ()), *sample)}
    problems = []
    for number, item in enumerate(wanted.values(), 1):
        if content_digest(target.fetch(item.path)) != item.digest:
            message = f"{item.path} is not what was sent there"
            problems.append(Problem(Place(target.place), message, "publish again; a cache or another program is at it"))
        progress("fetching back", number, len(wanted))
    if problems:
        raise SiteError(problems)


def _with_known_index(release: Release, standing: Standing) -> Release:
    """Return the release with the search index that the target has, where it was made of the same entries.

    The bytes of an index vary from run to run, and what they find does not. Where a publish of another one was cut
    short the target may have parts of both.
    """
    ledger = standing.ledger
    is_mixed = any(path.startswith(INDEX_FOLDER) for path in ledger.sending)
    if not release.index or ledger.index != release.index or is_mixed:
        return release
    known = {path: sent for path, sent in ledger.files.items() if path.startswith(INDEX_FOLDER)}
    known = {path: sent for path, sent in known.items() if path not in ledger.retired}
    if not known or any(path not in standing.found or standing.found[path].mark != known[path].mark for path in known):
        return release
    items = {path: item for path, item in release.items.items() if not path.startswith(INDEX_FOLDER)}
    # With the mark for a digest, and no headers: just what the target has.
    items |= {path: Item(path, sent.mark, sent.size) for path, sent in known.items()}
    return structs.replace(release, items=items)


def _finished(publishing: Publishing, now: datetime) -> Ledger:
    """Return the ledger that the target has when all is done, so far without the tags of what is to be sent."""
    release, plan, standing = publishing.release, publishing.plan, publishing.standing
    known = {item.path: standing.found[item.path] for item in plan.unchanged}
    known |= {path: standing.found[path] for path in plan.waiting}
    files = {path: Sent(found.mark, found.size, found.tag) for path, found in known.items()}
    return Ledger(
        release=release.name,
        published_at=noted(now),
        source=release.source,
        index=release.index,
        before=standing.ledger.release if release.before is None else release.before,
        files=files,
        retired=plan.waiting,
    )
