"""What the rules say of a record or of a related item, before anybody knows where in a file that stands. Pure."""

from collections.abc import Iterable, Iterator

from msgspec import Struct, structs

from broadsheet.yaml_text import Path


class Remark(Struct, frozen=True):
    """Something that is wrong with the value at `path`, by `rule`.

    `value` is what stands there, as it is written; `mended` is what may safely take its place: the empty list where
    nothing may, one text, or None for nothing at all.
    """

    rule: str
    path: Path
    message: str
    hint: str = ""
    value: str = ""
    mended: tuple[str | None, ...] = ()


def below(path: Path, remarks: Iterable[Remark]) -> Iterator[Remark]:
    """Return `remarks` on a value that stands at `path`."""
    return (structs.replace(remark, path=(*path, *remark.path)) for remark in remarks)
