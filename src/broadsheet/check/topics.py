"""What can be wrong with the topics of a record, seen against the taxonomy. Pure."""

from collections.abc import Iterable, Iterator

from broadsheet.check.remark import Remark
from broadsheet.model import Record, TopicFile
from broadsheet.text import topic_key


class Topics:
    """The taxonomy's topics and their parents, by name."""

    def __init__(self, files: Iterable[TopicFile]) -> None:
        """Know the topics that `files` describe; nothing is wrong by a taxonomy that is not there."""
        self._parents = {topic_key(file.name): file.parent for file in files}

    def remarks(self, record: Record) -> Iterator[Remark]:
        """Yield what is wrong with a record's topics. One that nobody describes was told when it was arranged."""
        names = {topic_key(name): name for name in record.topics if name}
        if not names:
            message = "the record has no topic; it stands under the root topic, or where its title has a keyword"
            yield Remark("no-topic", ("topics",), message, "name one under `topics`")
        for key, name in names.items():
            parent = self._parents.get(key, "")
            if parent and topic_key(parent) not in names and topic_key(parent) in self._parents:
                message = f"the record has the topic `{name}` and not `{parent}`, which is above it; it is added"
                yield Remark("parent-topic", ("topics",), message, f"add `{parent}`", name)
