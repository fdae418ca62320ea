"""A record's values to the text of its file; a file that is there is never written over."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from broadsheet.files import write_new
from broadsheet.model import Coverage, Image, Provider, Record
from broadsheet.yaml_text import double_quoted, spelled


def record_text(record: Record, blanks: Collection[str] = ()) -> str:
    """Return the text of a record's file: its values in the order of docs/records.md, then its body.

    Reading it gives `record` again, but for what only a file's name can say. What is as it is by default is not said,
    but for `blanks`, the texts by their keys that somebody shall fill in.
    """
    lines = [*_fields(record, blanks), *_provider(record.provider, ""), *_images(record.images, "")]
    lines += [*_names("topics", record.topics), *_related(record.related), *_decided(record)]
    return "---\n" + "".join(f"{line}\n" for line in lines) + f"---\n{record.body}"


def write_record(folder: Path, name: str, record: Record) -> Path:
    """Write `record` as the new file `name`, a stem, in `folder`, whole or not at all, and return its path.

    Raises `FileExistsError` where there is one, and `OSError`.
    """
    path = folder / f"{name}.md"
    write_new(path, record_text(record).encode())
    return path


def _fields(record: Record, blanks: Collection[str]) -> Iterator[str]:
    yield f"title: {double_quoted(record.title)}"
    yield f"publishedDateTime: {_time(record.published_at)}"
    yield from _texts(
        ("category", record.category if record.category != "news" else None),
        ("excerpt", record.excerpt or ("" if "excerpt" in blanks else None)),
        ("webUrl", "" if record.web_url is None and "webUrl" in blanks else record.web_url),
        ("originalUrl", record.original_url),
        ("ampWebUrl", record.amp_url),
        ("cdnAmpWebUrl", record.cdn_amp_url),
        ("type", record.type if record.type != "article" else None),
        ("featuredContent", record.featured_content),
    )
    yield from _numbers(("quality", record.quality), ("heat", record.heat))
    if not record.published:
        yield "published: false"
    for name in ("removed", "draft", "paywall", "dead"):
        if getattr(record, name):
            yield f"{name}: true"
    if record.updated_at:
        yield f"updatedDateTime: {_time(record.updated_at)}"
    yield from _texts(("locale", record.locale))
    yield from _names("tags", record.tags)


def _texts(*values: tuple[str, str | None]) -> Iterator[str]:
    for key, text in values:
        if text is not None:
            yield f"{key}: {double_quoted(text)}"


def _numbers(*values: tuple[str, int | None]) -> Iterator[str]:
    for key, number in values:
        if number is not None:
            yield f"{key}: {number}"


def _provider(provider: Provider, indent: str) -> Iterator[str]:
    if provider == Provider():
        return
    yield f"{indent}provider:"
    if provider.name:
        yield f"{indent}  name: {spelled(provider.name)}"
    if provider.domain:
        yield f"{indent}  domain: {spelled(provider.domain)}"
    yield from _images(provider.images or (), f"{indent}  ")


def _images(images: tuple[Image, ...], indent: str) -> Iterator[str]:
    if images:
        yield f"{indent}images:"
    for image in images:
        yield f"{indent}  - url: {double_quoted(image.url)}"
        sizes = _numbers(("width", image.width or None), ("height", image.height or None))
        yield from (f"{indent}    {line}" for line in sizes)
        if image.is_cached is not None:
            yield f"{indent}    isCached: {'true' if image.is_cached else 'false'}"
        texts = _texts(("title", image.title), ("attribution", image.attribution))
        yield from (f"{indent}    {line}" for line in texts)


def _related(items: tuple[Coverage, ...]) -> Iterator[str]:
    if items:
        yield "related:"
    for item in items:
        first, *others = _item(item)
        yield f"  - {first}"
        yield from (f"    {line}" for line in others)


def _item(item: Coverage) -> Iterator[str]:
    yield f"title: {double_quoted(item.title)}"
    yield from _texts(("excerpt", item.excerpt or None))
    if not item.is_undated:
        yield f"publishedDateTime: {_time(item.published_at)}"
    yield from _texts(("webUrl", item.web_url or None), ("type", item.type if item.type != "article" else None))
    yield from _provider(item.provider, "")
    yield from _numbers(("quality", item.quality))
    yield from _images(item.images, "")


def _decided(record: Record) -> Iterator[str]:
    """Give what an editor decides of the record's address and its story."""
    yield from _names("aliases", record.aliases)
    if record.pin:
        yield "pin: true"
    if record.alone:
        yield "split: true"
    else:
        yield from _names("split", record.split)
    yield from _names("join", record.join)


def _names(key: str, names: Iterable[str | None]) -> Iterator[str]:
    for number, name in enumerate(names):
        if number == 0:
            yield f"{key}:"
        yield "  - null" if name is None else f"  - {spelled(name)}"


def _time(moment: datetime) -> str:
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if moment.microsecond else "%Y-%m-%dT%H:%M:%SZ"
    return moment.astimezone(UTC).strftime(form)
