"""Finds stories among records that carry no `related` list: reports of one event, within days. Pure."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from broadsheet.arrange.aboutness import Measure
from broadsheet.arrange.neighbours import Neighbours
from broadsheet.arrange.order import oldest_first, quality_key
from broadsheet.arrange.stories import FOLLOWS_AFTER
from broadsheet.model import Record, Sources
from broadsheet.problems import Place, Problem, Severity, counted

# What nobody says is said with more care than what a list claims.
FOUND = 0.25
# Of headlines alone a form may be filled in twice (“Police arrest …”), however rare its words are in a site.
_EVIDENCE = 4
# What very many outlets report within hours is still one story.
_AROUND = 250
_MOST_IN_A_STORY = 500
_MOST_TOLD = 20
_MOST_NAMED = 3


def detected(silent: Collection[Record], measure: Measure, window_days: int) -> dict[str, Record]:
    """Return the record that each of the `silent` records, by its file, is found to belong to, where there is one.

    The best record of an event leads, and each other is near to that one itself: so a story does not drift away from
    what it began with. All are at most the window apart from their lead, and so little that none is what came of it:
    who follows the news is to hear of that as an update.
    """
    neighbours = Neighbours(sorted(silent, key=oldest_first), measure)
    window = min(timedelta(days=window_days), FOLLOWS_AFTER)
    leads: dict[str, Record] = {}
    # Nobody said that one leads another: none that was published vanishes behind one that was not.
    for lead in sorted(silent, key=lambda record: (not record.published, *quality_key(record.quality, record))):
        if lead.file in leads:
            continue
        for other in neighbours.of(lead, _AROUND, _MOST_IN_A_STORY):
            is_free = other.file not in leads and abs(other.published_at - lead.published_at) <= window
            if is_free and measure.score(lead, other) >= FOUND and measure.evidence(lead, other) >= _EVIDENCE:
                leads[other.file] = leads[lead.file] = lead
    return {file: lead for file, lead in leads.items() if file != lead.file}


def suggestions(found: dict[str, Record], sources: Sources, measure: Measure) -> Iterator[Problem]:
    """Yield a note on each story that was found, the first by file name, and one on the rest of a long list."""
    by_file = {record.file: record for record in sources.records}
    stories: dict[str, list[Record]] = {}
    for file, lead in sorted(found.items()):
        stories.setdefault(lead.file, []).append(by_file[file])
    for file, others in sorted(stories.items())[:_MOST_TOLD]:
        lead = by_file[file]
        names = [other.name for other in others[:_MOST_NAMED]]
        more = [f"{len(others) - len(names):,} more"] if len(others) > len(names) else []
        about = ", ".join(measure.shared(lead, others[0]))
        message = f"it and {', '.join([*names, *more])} look like one story{f' (about {about})' if about else ''}"
        hint = "`stories.detect: on` tells all such as one; `join` in one of the files does so for these alone"
        yield Problem(Place(sources.shown_file(lead)), message, hint, Severity.NOTE, "possible-story")
    if len(stories) > _MOST_TOLD:
        message = f"{counted(len(stories) - _MOST_TOLD, 'more story', 'more stories')} of several records were found"
        hint = "`stories.detect: on` tells each as one"
        yield Problem(Place(sources.shown_folder or "."), message, hint, Severity.NOTE, "possible-story")
