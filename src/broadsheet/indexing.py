"""The search index of an output: kept as it is while the stories say the same, and made anew otherwise.

Its bytes may vary from run to run: two of them are compared by what they were made of.
"""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from broadsheet.last_build import Made
from broadsheet.model import INDEX_FOLDER, OutputFile, SearchEntry
from broadsheet.rebuild import out_of_date
from broadsheet.render.ingredients import index_facts


class Index(Struct, frozen=True):
    """The index that an output will hold: the paths of the files that stay, or the `files` that were made anew.

    `mark` stands for what it is made of, which `facts` name; `reasons` say by path why it was made anew, if it was.
    """

    mark: bytes
    facts: dict[str, bytes]
    reasons: dict[str, str]
    kept: tuple[str, ...] = ()
    files: tuple[OutputFile, ...] = ()


def up_to_date(
    entries: tuple[SearchEntry, ...],
    language: str,
    site: Path,
    before: Mapping[str, Made],
    known: Mapping[str, bytes],
    intact: Mapping[str, Made],
) -> Index:
    """Return the index of `entries` for the folder `site`: the one that was there `before`, if it is still that.

    `known` are the facts that the last build went by, `intact` those of its files that nobody touched. Raises
    `SiteError`.
    """
    there = {path: made for path, made in before.items() if path.startswith(INDEX_FOLDER)}
    marks = {made.fingerprint for made in there.values()}
    # All of its files carry one mark, and are one thing.
    whole = {INDEX_FOLDER: next(iter(there.values()))} if len(marks) == 1 else {}
    untouched = {INDEX_FOLDER} if all(path in intact for path in there) else set()
    decision = out_of_date([(INDEX_FOLDER, index_facts(entries, language))], whole, known, untouched)
    mark = decision.fingerprints[INDEX_FOLDER]
    if not decision.reasons:
        return Index(mark, decision.facts, {}, kept=tuple(there))
    from broadsheet.write.search_index import search_index  # noqa: PLC0415

    files = tuple(search_index(entries, language, site))
    return Index(mark, decision.facts, decision.reasons, files=files)
