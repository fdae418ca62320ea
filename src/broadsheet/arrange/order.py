"""The orders of RECORDS sections 3, 4 and 6. Ties always fall to the file name, so no order hangs on chance."""

from broadsheet.model import PlainPage, Record, Story

Key = tuple[float, str, str]


def quality_key(quality: int | None, record: Record) -> tuple[int, str, str]:
    """Sort better before worse: quality descending (none counts as -1), then file name ascending."""
    return (-(-1 if quality is None else quality), record.name, record.file)


def newest_first(record: Record) -> Key:
    """Sort by time descending, then file name ascending."""
    return (-record.published_at.timestamp(), record.name, record.file)


def oldest_first(record: Record) -> Key:
    """Sort by time ascending, then file name ascending."""
    return (record.published_at.timestamp(), record.name, record.file)


def newest_story_first(story: Story) -> Key:
    """Sort stories by their lead's time descending, then file name ascending."""
    return newest_first(story.lead)


def hottest_story_first(story: Story) -> Key:
    """Sort stories by rank descending, then file name ascending."""
    return (-story.rank, story.lead.name, story.lead.file)


def in_menu_order(page: PlainPage) -> tuple[int, str]:
    """Sort plain pages by their `order` ascending, then file path ascending."""
    return (page.order, page.file)
