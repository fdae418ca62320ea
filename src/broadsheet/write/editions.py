"""An issue that was cut, to a YAML file beside the records; a file that is there is never written over."""

from pathlib import Path
from typing import Any

import yaml

from broadsheet.files import write_new
from broadsheet.model import Edition, EditionItem
from broadsheet.problems import Place, Problem, SiteError, reason


def edition_yaml(edition: Edition) -> str:
    """Return the text of an issue's file: what it says, in the order in which it says it, one value to a line."""
    time = "%Y-%m-%dT%H:%M:%S.%fZ" if edition.end.microsecond or edition.start.microsecond else "%Y-%m-%dT%H:%M:%SZ"
    head = f"date: {edition.date}\nstart: {edition.start.strftime(time)}\nend: {edition.end.strftime(time)}\n"
    body: dict[str, Any] = {
        "sections": [
            {"topic": section.topic, "items": [_item(item) for item in section.items]} for section in edition.sections
        ]
    }
    if edition.passed_over:
        body["passed_over"] = list(edition.passed_over)
    return head + yaml.dump(body, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**31)


class _Dumper(yaml.SafeDumper):
    """Writes every mention in full: aliases are no reading for people."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _item(item: EditionItem) -> dict[str, Any]:
    value: dict[str, Any] = {"slug": item.slug, "title": item.title}
    value.update((name, text) for name in ("excerpt", "provider", "url") if (text := getattr(item, name)))
    if item.update:
        value["update"] = True
    if item.image:
        image = {"url": item.image.url, "width": item.image.width, "height": item.image.height}
        value["image"] = {**image, "title": item.image.title or ""}
        value["image"] = {name: part for name, part in value["image"].items() if part}
    return value


def write_edition(folder: Path, edition: Edition) -> Path:
    """Write an issue into `folder` as a new file, whole or not at all, and return its path. Raises `SiteError`."""
    target = folder / f"{edition.date}.yaml"
    try:
        folder.mkdir(exist_ok=True)
        write_new(target, edition_yaml(edition).encode())
    except FileExistsError:
        message = "the file is already there: an issue that was cut never changes"
        raise SiteError([Problem(Place(target.as_posix()), message)]) from None
    except OSError as error:
        raise SiteError(
            [Problem(Place(target.as_posix()), f"the issue can not be written: {reason(error)}")]
        ) from error
    return target
