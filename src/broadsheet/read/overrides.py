"""The text of the overrides file, `_data/stories.yaml`, to a value. Pure."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Struct

from broadsheet.model import Named, Overrides
from broadsheet.problems import Place, Problem, Severity
from broadsheet.read.front_matter import yaml_document
from broadsheet.read.raw import said
from broadsheet.typed import typed
from broadsheet.yaml_text import Document, Path

Names = list[str | None]


class RawOverrides(Struct, gc=False, forbid_unknown_fields=True):
    """What an editor decided of stories. Records go by their files' names, with or without the ending."""

    pin: Annotated[Names | None, said("records that lead their stories")] = None
    split: Annotated[
        list[str | Names | None] | None,
        said("a name: a record that is a story by itself; a list of names: records of which no two share a story"),
    ] = None
    join: Annotated[list[Names | None] | None, said("lists of names: records that share a story")] = None


def parse_overrides(data: bytes, file: str) -> tuple[Overrides | None, tuple[Problem, ...]]:
    """Return what `data`, the content of `file`, decides, or None and everything that is wrong with it.

    It is taken as a whole or not at all. Whether there are records of the names is not known here.
    """
    document = yaml_document(data, file)
    if isinstance(document, Problem):
        return None, (document,)
    if document.value is None:
        # Whoever comments out all of its lines decides nothing for now.
        return Overrides(file), document.warnings
    raw, problems = typed(document, RawOverrides)
    if raw is None:
        return None, (*document.warnings, *problems)
    warnings = list(document.warnings)
    alone = [(("split", at), name) for at, name in enumerate(raw.split or ()) if isinstance(name, str)]
    apart = [(("split", at), names) for at, names in enumerate(raw.split or ()) if isinstance(names, list)]
    join = [(("join", at), names) for at, names in enumerate(raw.join or ()) if names is not None]
    overrides = Overrides(
        file=file,
        pin=_named(document, ((("pin", at), name) for at, name in enumerate(raw.pin or ()))),
        alone=_named(document, alone),
        apart=_groups(document, apart, warnings),
        join=_groups(document, join, warnings),
    )
    return overrides, tuple(warnings)


def _named(document: Document, names: Iterable[tuple[Path, str | None]]) -> tuple[Named, ...]:
    stripped = ((path, (name or "").strip()) for path, name in names)
    return tuple(Named(name, document.place(path)) for path, name in stripped if name)


def _groups(
    document: Document, groups: Iterable[tuple[Path, Names]], warnings: list[Problem]
) -> tuple[tuple[Named, ...], ...]:
    found = []
    for path, names in groups:
        group = _named(document, (((*path, at), name) for at, name in enumerate(names)))
        if len(group) > 1:
            found.append(group)
        else:
            warnings.append(_too_few(document.place(path), str(path[0])))
    return tuple(found)


def _too_few(place: Place, what: str) -> Problem:
    hint = "without a list around it, a name stands for a story by itself" if what == "split" else "name two or more"
    return Problem(place, f"a list under `{what}` names fewer than two records; it is ignored", hint, Severity.WARNING)
