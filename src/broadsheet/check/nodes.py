"""Where in a YAML text its values stand, from the first character of each to the last. Pure.

The text is one that `yaml_text.parse_yaml` has read; what the values mean is said there.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from msgspec import Struct

from broadsheet.yaml_text import Path

_LOADER: type[yaml.CSafeLoader] | type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FLOW = "flow"


class Node(Struct):
    """A value in its text, from offset `start` to `end`; the blank lines that follow a value are not part of it.

    `style` is the sign that a text begins with (none for a plain one), or `flow` for a list or mapping in brackets.
    `children` are the values in it, those of a mapping with their keys; `text` is what a text says.
    """

    kind: str
    start: int
    end: int
    style: str = ""
    text: str = ""
    children: list[tuple[Node | None, Node]] = []

    @property
    def in_brackets(self) -> bool:
        """Whether a list or mapping is written in brackets."""
        return self.style == _FLOW

    def at(self, step: str | int) -> tuple[Node | None, Node] | None:
        """Return what stands at `step`, with its key; of a key that stands twice the last."""
        if self.kind == "list" and isinstance(step, int):
            return self.children[step] if 0 <= step < len(self.children) else None
        named = (child for child in reversed(self.children) if child[0] is not None and child[0].text == step)
        return next(named, None) if self.kind == "mapping" and isinstance(step, str) else None


def nodes_of(text: str) -> Node | None:
    """Return the value that `text` is, or None where it holds none."""
    events = yaml.parse(text, Loader=_LOADER)
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            return _node(event, events, text)
    return None


def node_at(root: Node, path: Path) -> Node | None:
    """Return the value at `path`, or None where nothing is written there."""
    node: Node | None = root
    for step in path:
        found = node.at(step) if node is not None else None
        node = found[1] if found else None
    return node


def _node(event: yaml.Event, events: Iterator[yaml.Event], text: str) -> Node:
    start, end = _span(event)
    if isinstance(event, yaml.ScalarEvent):
        style = event.style or ""
        end = _end_of_block(text, start, end) if style in {"|", ">"} else end
        return Node("scalar", start, end, style, event.value)
    if not isinstance(event, yaml.CollectionStartEvent):
        return Node("alias", start, end)
    style = _FLOW if event.flow_style else ""
    node = Node("mapping" if isinstance(event, yaml.MappingStartEvent) else "list", start, end, style, children=[])
    while not isinstance(event := next(events), yaml.CollectionEndEvent):
        key = _node(event, events, text) if node.kind == "mapping" else None
        node.children.append((key, _node(next(events) if key else event, events, text)))
    # The end of one without brackets is told only when the next value begins.
    node.end = _span(event)[1] if style or not node.children else node.children[-1][1].end
    return node


def _span(event: yaml.Event) -> tuple[int, int]:
    assert event.start_mark is not None
    assert event.end_mark is not None
    return event.start_mark.index, event.end_mark.index


def _end_of_block(text: str, start: int, end: int) -> int:
    """Return the end of a text in lines of its own, before the break of its last line; `|+` has all blank ones."""
    header = text[start:end].partition("\n")[0]
    if "+" in header.partition("#")[0]:
        return end - text.endswith("\n", start, end)
    last = text.find("\n", start + len(text[start:end].rstrip(" \n")), end)
    return last if last >= 0 else end
