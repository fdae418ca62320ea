"""JSON Schemas (2020-12) of the files that people write, made from the types that read them. Pure.

A schema refuses what the types refuse, and what is needed and missing. What takes knowledge of the world, such as the
names of time zones, only reading knows.
"""

import json
from typing import Any

import msgspec
from msgspec import Struct

from broadsheet.config import Settings
from broadsheet.limits import EDITION_ITEMS
from broadsheet.read import editions, overrides, raw, taxonomy

_SOMETHING = {"type": "string", "pattern": r"\S"}


class _Subject(Struct, frozen=True):
    """A kind of file: the type that its text is read as, what it is called, and fields that none may lack, by type."""

    kind: type[Struct]
    title: str
    needed: dict[str, tuple[str, ...]] = {}


_SUBJECTS = {
    "record": _Subject(raw.RawRecord, "The front matter of a record", {"Record": ("title",)}),
    "topic": _Subject(taxonomy.RawTopic, "A topic file of Broadsheet", {"Topic": ("name",)}),
    "organization": _Subject(taxonomy.RawOrganization, "The front matter of an organization's file"),
    "settings": _Subject(Settings, "The settings of Broadsheet, broadsheet.yaml"),
    "edition": _Subject(
        editions.RawEdition,
        "An issue of Broadsheet",
        {"Edition": ("date", "start", "end"), "Item": ("slug", "title")},
    ),
    "overrides": _Subject(overrides.RawOverrides, "The overrides file of Broadsheet, stories.yaml"),
}
NAMES = tuple(_SUBJECTS)


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file, one of `NAMES`, as JSON has it."""
    subject = _SUBJECTS[name]
    made = _tidy(msgspec.json.schema(subject.kind))
    parts: dict[str, Any] = {_plain(key): part for key, part in made["$defs"].items()}
    for key, fields in subject.needed.items():
        for field in fields:
            parts[key]["properties"][field] = _needed(parts[key]["properties"][field])
        parts[key]["required"] = sorted({*parts[key].get("required", ()), *fields})
    root = parts.pop(_plain(subject.kind.__name__))
    if name == "organization":
        root["anyOf"] = [{"required": [field], "properties": {field: _SOMETHING}} for field in ("domain", "_id")]
    if name == "edition":
        parts["Section"]["properties"]["items"]["maxItems"] = EDITION_ITEMS.most
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:broadsheet:schema:{name}"}
    return {**head, **root, "title": subject.title, **({"$defs": parts} if parts else {})}


def schema_text(name: str) -> str:
    """Return the JSON Schema of a kind of file as the text of a file, in ASCII."""
    return json.dumps(schema(name), indent=2) + "\n"


def _tidy(part: Any) -> Any:
    """Return a part of a schema with less in it that says nothing, or that editors make no use of."""
    if isinstance(part, list):
        return [_tidy(item) for item in part]
    if not isinstance(part, dict):
        return f"#/$defs/{_plain(part.rpartition('/')[2])}" if str(part).startswith("#/$defs/") else part
    tidy = {key: _tidy(value) for key, value in part.items() if not _says_nothing(key, value)}
    if isinstance(tidy.get("title"), str):
        del tidy["title"]
    choices = tidy.get("anyOf", ())
    if len(choices) == 2 and {"type": "null"} in choices:
        (other,) = (choice for choice in choices if choice != {"type": "null"})
        if isinstance(other.get("type"), str):
            del tidy["anyOf"]
            return {**other, "type": [other["type"], "null"], **tidy}
    return tidy


def _says_nothing(key: str, value: object) -> bool:
    """Return whether editors would offer a default that nobody writes, or never ask for the key."""
    return (
        (key == "default" and not isinstance(value, str | int))
        or key == "discriminator"
        or (key == "required" and value == [])
    )


def _needed(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a text that must be there and say something."""
    return {key: value for key, value in field.items() if key != "default"} | _SOMETHING


def _plain(name: str) -> str:
    return name.removeprefix("Raw")
