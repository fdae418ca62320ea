"""Which files of the output have to be made anew, and why: decided from values, without a look at anything."""

from collections.abc import Iterable, Mapping, Sequence, Set

from msgspec import Struct

from broadsheet.last_build import Made
from broadsheet.render.ingredients import Fact, fingerprint

_MOST_NAMED = 3


class Decision(Struct, frozen=True):
    """What every planned file is made of, which of them must be made, with the reason, and every fact by its name."""

    fingerprints: dict[str, bytes]
    reasons: dict[str, str]
    facts: dict[str, bytes]


def out_of_date(
    planned: Iterable[tuple[str, Sequence[Fact]]],
    made: Mapping[str, Made],
    known: Mapping[str, bytes],
    intact: Set[str],
) -> Decision:
    """Return what to do about the `planned` files, given by path with their facts.

    `made` is what the last build left, `known` are the facts that it went by, `intact` the paths of those of its files
    that nobody touched.
    """
    decision = Decision({}, {}, {})
    for path, facts in planned:
        mark = decision.fingerprints[path] = fingerprint(facts)
        for fact in facts:
            if fact.label:
                decision.facts[fact.label] = fact.digest
        before = made.get(path)
        if before is None:
            decision.reasons[path] = "it is new"
        elif before.fingerprint != mark:
            decision.reasons[path] = _what_changed(facts, known)
        elif path not in intact:
            decision.reasons[path] = "the file in the output is gone, or not as it was left"
    return decision


def _what_changed(facts: Iterable[Fact], known: Mapping[str, bytes]) -> str:
    named = (part for fact in facts for part in (fact, *fact.parts) if part.label)
    changed = list(dict.fromkeys(fact.label for fact in named if known.get(fact.label) != fact.digest))
    if not changed:
        return "what it lists changed"
    more = f" and {len(changed) - _MOST_NAMED:,} more" if len(changed) > _MOST_NAMED else ""
    return f"changed: {', '.join(changed[:_MOST_NAMED])}{more}"
