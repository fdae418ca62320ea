"""The taxonomy: a tree of topics from the site's files, or from what the records say, and which records carry what."""

import re
from collections.abc import Iterable
from operator import attrgetter

from broadsheet.model import Record, Sources, Topic, TopicFile
from broadsheet.problems import Place, Problem, Severity
from broadsheet.text import digest, display_name, display_text, folder_name, path_key, slugify, topic_key

_MOST_ABOVE = 20
_DEFAULT_ROOT = "News"


class Taxonomy:
    """The topics of a site in display order, and the rule that says which of them a record has."""

    def __init__(self, sources: Sources, shown: Iterable[Record], root: str | None) -> None:
        """Build the tree from the topic files; topics that only `shown` records name stand at the top, behind it."""
        self.problems: list[Problem] = []
        self._ids: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        self._described: dict[str, TopicFile] = {}
        self._found: dict[tuple[str | None, ...], tuple[str, ...]] = {}
        for file in sources.topics:
            self._describe(file)
        self._parents = {id: self._parent(id, file) for id, file in self._described.items()}
        self._break_rings()
        self._names = {id: file.name for id, file in self._described.items()}
        self.root = self._root(root)
        self._add_unknown(sources, shown)
        self._order = {id: number for number, id in enumerate(self._tree_order())}
        self._depths = {id: len(self._ancestors(id)) for id in self._order}
        self._keywords = [
            (id, keyword) for id in self._order for keyword in _patterns(self._described.get(id)) if keyword
        ]

    def topics_of(self, record: Record) -> tuple[str, ...]:
        """Return the ids of a record's topics with all their parents, in display order; the root when it has none."""
        known = self._found.get(record.topics)
        if known is not None:
            return known
        names = [name for name in map(display_name, filter(None, record.topics)) if name]
        found = {self._ids[topic_key(name)] for name in names}
        if not names:
            title = display_text(record.title)
            found = {id for id, keyword in self._keywords if keyword.search(title)} or {self.root}
        found.update(*[self._ancestors(id) for id in found])
        topics = tuple(self.in_order(found))
        if names:
            # Many records name the very same topics.
            self._found[record.topics] = topics
        return topics

    def names_for(self, names: Iterable[str], title: str) -> tuple[str, ...]:
        """Return the names of the topics that a report has: those of `names` that are known, those that `title` tells.

        With all their parents, in display order.
        """
        found = {id for name in names if (id := self._ids.get(topic_key(name)))}
        found.update(id for id, keyword in self._keywords if keyword.search(title))
        found.update(*[self._ancestors(id) for id in found])
        return tuple(self._names[id] for id in self.in_order(found))

    def knows(self, name: str) -> bool:
        """Return whether there is a topic of that name."""
        return topic_key(name) in self._ids

    def best(self, topics: Iterable[str]) -> str:
        """Return the one topic that a story stands under: the deepest, then the first in display order."""
        return min(topics, key=lambda id: (-self._depths[id], self._order[id]))

    @property
    def title(self) -> str:
        """What a site that does not say its name is called: by its root topic."""
        return self._names.get(self.root, _DEFAULT_ROOT)

    def in_order(self, topics: Iterable[str]) -> list[str]:
        """Return topic ids in display order."""
        return sorted(topics, key=self._order.__getitem__)

    def tree(self, used: dict[str, int]) -> dict[str, Topic]:
        """Return the topics in `used`, with the number of stories that each has, in display order, as a tree."""
        children: dict[str, list[str]] = {}
        tree = {}
        for id in self._order:
            if id in used:
                children.setdefault(self._parents.get(id, ""), []).append(id)
        for id in self._order:
            if id in used:
                file = self._described.get(id)
                tree[id] = Topic(
                    id=id,
                    name=self._names[id],
                    shortname=(file.shortname if file else "") or self._names[id],
                    parent=self._parents.get(id, ""),
                    depth=self._depths[id],
                    description=file.description if file else "",
                    count=used[id],
                    has_api=bool(file and "news" in file.services) and id != self.root,
                    children=tuple(children.get(id, ())),
                )
        return tree

    def _describe(self, file: TopicFile) -> None:
        key = topic_key(file.name)
        if key in self._ids:
            first = self._described[self._ids[key]].file
            message = f"the topic `{file.name}` is described twice, first in {first}; that one counts"
            self.problems.append(Problem(Place(file.file), message, severity=Severity.WARNING, rule="topic-tree"))
            return
        self._described[self._name(file.name, file.id)] = file

    def _name(self, name: str, wish: str = "") -> str:
        """Give the topic `name` an id that no other has, and return it."""
        id = folder_name(wish) if wish else slugify(name)
        if path_key(id) in self._taken:
            id = f"{id}-{digest(topic_key(name))}"
        self._taken[path_key(id)] = name
        self._ids[topic_key(name)] = id
        return id

    def _parent(self, id: str, file: TopicFile) -> str:
        if not file.parent:
            return ""
        parent = self._ids.get(topic_key(file.parent), "")
        if not parent or parent == id:
            message = f"the parent `{file.parent}` of the topic `{file.name}` is no other topic; it stands at the top"
            self.problems.append(Problem(Place(file.file), message, severity=Severity.WARNING, rule="topic-tree"))
            return ""
        return parent

    def _break_rings(self) -> None:
        for id, file in self._described.items():
            above = self._ancestors(id)
            if id in above or len(above) > _MOST_ABOVE:
                what = "is its own ancestor" if id in above else f"has more than {_MOST_ABOVE} topics above it"
                message = f"the topic `{file.name}` {what}; it stands at the top"
                self.problems.append(Problem(Place(file.file), message, severity=Severity.WARNING, rule="topic-tree"))
                self._parents[id] = ""

    def _ancestors(self, id: str) -> list[str]:
        """Return the topics above one, the nearest first, and never many more than there may be."""
        found: list[str] = []
        while (id := self._parents.get(id, "")) and id not in found and len(found) <= _MOST_ABOVE:
            found.append(id)
        return found

    def _root(self, wish: str | None) -> str:
        if wish:
            return self._known(display_name(wish))
        tops = [id for id in self._described if not self._parents[id]]
        return tops[0] if tops else ""

    def _known(self, name: str) -> str:
        """Return the id of the topic `name`, which is added when the taxonomy lacks it."""
        id = self._ids.get(topic_key(name))
        if id is None:
            id = self._name(name)
            self._names[id] = name
        return id

    def _add_unknown(self, sources: Sources, shown: Iterable[Record]) -> None:
        first: dict[str, tuple[str, Record]] = {}
        homeless = False
        for record in sorted(shown, key=attrgetter("name", "file")):
            names = [name for name in map(display_name, filter(None, record.topics)) if name]
            homeless = homeless or not names
            for name in names:
                first.setdefault(topic_key(name), (name, record))
        for key, (name, record) in sorted(first.items()):
            if key not in self._ids:
                self._known(name)
                if self._described:
                    message = f"the topic `{name}` is not in the taxonomy; it stands at the top"
                    hint = "describe it under topics/ in the data folder, or correct the record"
                    self.problems.append(
                        Problem(Place(sources.shown_file(record)), message, hint, Severity.WARNING, "unknown-topic")
                    )
        if homeless and not self.root:
            self.root = self._known(_DEFAULT_ROOT)

    def _tree_order(self) -> list[str]:
        """Return all ids in display order, parents before their children."""
        order: list[str] = []
        children: dict[str, list[str]] = {}
        for id in self._names:
            children.setdefault(self._parents.get(id, ""), []).append(id)
        waiting = list(reversed(children.get("", [])))
        while waiting:
            id = waiting.pop()
            order.append(id)
            waiting += reversed(children.get(id, []))
        return order


def _patterns(file: TopicFile | None) -> list[re.Pattern[str]]:
    """Return what finds a topic's keywords in a title: whole words, case-insensitive."""
    keywords = file.keywords if file else ()
    return [re.compile(rf"(?<!\w){re.escape(word.strip())}(?!\w)", re.IGNORECASE) for word in keywords if word.strip()]
