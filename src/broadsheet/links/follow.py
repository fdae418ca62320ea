"""All of following links in one place: what is known of them, and what hosts say to those that are not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from msgspec import Struct, structs

from broadsheet.links.kept import Kept
from broadsheet.links.round import Round
from broadsheet.links.verdict import Kind, Verdict
from broadsheet.read.record_files import Progress
from broadsheet.web import Outside

_NOBODY_ANSWERED = "no host answered: there may be no network"


class Followed(Struct, frozen=True):
    """What every link was found to be, but for those that were not reached before somebody stopped it.

    Those that are `surely_gone` were so in two rounds, a day apart or more. `remark` says why nothing can be kept,
    empty where it can.
    """

    verdicts: dict[str, Verdict]
    surely_gone: frozenset[str]
    remark: str


def follow(links: Sequence[str], path: Path, now: datetime, progress: Progress, outside: Outside) -> Followed:
    """Return what `links`, clean URLs without repeats, lead to at `now` (aware).

    What is kept in the file at `path` is not asked again so soon. A `KeyboardInterrupt` only ends the asking.
    """
    kept = Kept(path, now)
    verdicts = {link: verdict for link in links if (verdict := kept.verdict(link))}
    found: dict[str, Verdict] = {}

    def tell(link: str, verdict: Verdict) -> None:
        found[link] = verdict
        progress("checking links", len(verdicts) + len(found), len(links))

    todo = [link for link in links if link not in verdicts]
    if not todo and links:
        progress("checking links", len(links), len(links))
    asking = Round(outside, now, tell)
    asking.add(todo)
    try:
        with suppress(KeyboardInterrupt):
            asking.run()
    finally:
        if not asking.has_answer:
            found = {link: _doubted(verdict) for link, verdict in found.items()}
        for link, verdict in found.items():
            kept.add(link, verdict)
        kept.save(frozenset(links))
    gone = frozenset(link for link in links if kept.is_surely_gone(link))
    return Followed({**verdicts, **found}, gone, kept.remark)


def _doubted(verdict: Verdict) -> Verdict:
    """Return a verdict of a round in which nobody answered: then no host can be said not to be there."""
    return structs.replace(verdict, kind=Kind.UNKNOWN, why=_NOBODY_ANSWERED) if verdict.kind is Kind.DEAD else verdict
