"""That lists of related stories stay as they are while records come: on real records."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Settings
from broadsheet.read.folders import find_folders
from broadsheet.read.source import read_site

SETTINGS, NOW = Settings(), datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def sources(corpus):
    return read_site(find_folders(corpus / "powerapps", SETTINGS)).sources


def lists(sources):
    """The files of the leads that each story leads on to, by the file of its lead."""
    stories = arrange(sources, SETTINGS, NOW).site.stories
    return {story.lead.file: {other.lead.file for other in story.related} for story in stories}


def test_one_new_record_changes_at_most_one_list_in_a_hundred_that_it_does_not_enter(sources):
    after = lists(sources)
    assert sum(map(bool, after.values())) > 100
    for new in sources.records[7::67]:
        before = lists(
            structs.replace(sources, records=tuple(record for record in sources.records if record is not new))
        )
        stay_out = [file for file in before if new.file not in after[file]]
        changed = [file for file in stay_out if before[file] != after[file]]
        assert len(changed) <= 0.01 * len(stay_out), new.file
