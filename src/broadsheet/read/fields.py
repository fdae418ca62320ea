"""What the fields of a record mean (RECORDS section 2). Pure.

Whatever is odd goes to a `Report` with its rule, under its path; only the reader knows the place in the file.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from msgspec import structs

from broadsheet.limits import ADDRESS, EXCERPT, LIST, NAME, TAGS, TITLE, Limit
from broadsheet.model import Coverage, Image, Provider, Record
from broadsheet.problems import Severity
from broadsheet.read.raw import RawCoverage, RawImage, RawProvider, RawRecord
from broadsheet.text import clean_domain, clean_url, display_text, folder_name, url_host
from broadsheet.yaml_text import Path

Report = Callable[[str, Path, str, str, Severity], None]
_FILE_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
_LONGEST_TIME = 64
_LONGEST_TITLE, _LONGEST_EXCERPT, _LONGEST_ADDRESS, _LONGEST_NAME = TITLE.most, EXCERPT.most, ADDRESS.most, NAME.most
_LONGEST_LIST, _MOST_TAGS = LIST.most, TAGS.most
_OFFSET_AFTER_BLANK = re.compile(r"\s+(?=[+-]\d\d|Z$)")


def parse_time(text: str, zone: tzinfo = UTC) -> datetime | None:
    """Return an ISO 8601 time in UTC (naive means `zone`, a bare date its first moment), or None when it is none."""
    text = text.strip()
    if len(text) > _LONGEST_TIME:
        return None
    try:
        moment = datetime.fromisoformat(_OFFSET_AFTER_BLANK.sub("", text))
        moment = (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # The calendar's very ends leave no room for a time zone, and no news comes from there.
    return moment if 1000 <= moment.year <= 9998 else None


def file_date(file: str) -> datetime | None:
    """Return the first moment of the day that a file name starts with, or None."""
    match = _FILE_DATE.match(file.rpartition("/")[2])
    return parse_time("-".join(match.groups())) if match else None


def make_record(raw: RawRecord, items: tuple[Coverage, ...], file: str, body: str, report: Report) -> Record:
    """Return the record that `raw` spells; everything odd goes to `report`, under its path."""
    title = raw.title or ""
    if not display_text(title):
        report("missing-title", ("title",), "the record has no `title`", "every record needs one", Severity.ERROR)
    _check_lengths(raw, report)
    if (tags := body.count("<")) > _MOST_TAGS:
        report("limit", (), f"{TAGS.passed(tags)}; they are shown as text", "", Severity.WARNING)
    web_url = _link(raw.webUrl, ("webUrl",), report)
    original_url = _link(raw.originalUrl, ("originalUrl",), report)
    updated_at = parse_time(raw.updatedDateTime) if raw.updatedDateTime else None
    if raw.updatedDateTime and updated_at is None:
        message = f"`updatedDateTime` is no time: {_short(raw.updatedDateTime)}"
        report("time", ("updatedDateTime",), message, "write it as 2024-05-31T08:00:00Z", Severity.WARNING)
    return Record(
        file=file,
        slug=_slug(file, report),
        title=title,
        published_at=_published_at(raw.publishedDateTime, file, report),
        category=raw.category or "news",
        excerpt=raw.excerpt or "",
        web_url=web_url,
        original_url=original_url,
        amp_url=_link(raw.ampWebUrl, ("ampWebUrl",), report),
        cdn_amp_url=_link(raw.cdnAmpWebUrl, ("cdnAmpWebUrl",), report),
        type=_type(raw.type, ("type",), report),
        featured_content=raw.featuredContent,
        quality=raw.quality,
        heat=raw.heat,
        published=raw.published is not False,
        removed=raw.removed is True,
        draft=raw.draft is True,
        paywall=raw.paywall is True,
        dead=raw.dead is True,
        updated_at=updated_at,
        locale=raw.locale,
        tags=tuple(tag for tag in _short_names(raw.tags, "tags", report) if tag is not None),
        provider=_provider(raw.provider, web_url or original_url or "", ("provider",), report),
        topics=tuple(_short_names(raw.topics, "topics", report)),
        images=_images(raw.images, ("images",), report),
        related=items,
        aliases=_aliases(raw.aliases or [], report),
        pin=raw.pin is True,
        alone=raw.split is True,
        split=() if isinstance(raw.split, bool) else _names(raw.split),
        join=_names(raw.join),
        body=body if body.strip() else "",
    )


def _check_lengths(raw: RawRecord, report: Report) -> None:
    """Report what makes the record too much of one."""
    if raw.title and len(raw.title) > _LONGEST_TITLE:
        report("limit", ("title",), TITLE.passed(len(raw.title)), "shorten it", Severity.ERROR)
    if raw.excerpt and len(raw.excerpt) > _LONGEST_EXCERPT:
        hint = "shorten it: the text itself belongs below the front matter"
        report("limit", ("excerpt",), EXCERPT.passed(len(raw.excerpt)), hint, Severity.ERROR)
    for values in (raw.topics, raw.images, raw.tags, raw.aliases, raw.split, raw.join):
        if values and values is not True and len(values) > _LONGEST_LIST:
            _report_lists(raw, report)
            break


def _report_lists(raw: RawRecord, report: Report) -> None:
    for name in ("topics", "images", "tags", "aliases", "split", "join"):
        values = getattr(raw, name)
        if isinstance(values, list) and len(values) > _LONGEST_LIST:
            report("limit", (name,), _passed(LIST, name, len(values)), "keep the best of them", Severity.ERROR)


def _passed(limit: Limit, name: str, number: int) -> str:
    return structs.replace(limit, what=f"`{name}`").passed(number)


def _short_names(names: list[str | None] | None, field: str, report: Report) -> list[str | None]:
    """Return the names without those that are too long."""
    kept = []
    for index, name in enumerate(names or ()):
        if name and len(name) > _LONGEST_NAME:
            report("limit", (field, index), f"{NAME.passed(len(name))}; it is left out", "", Severity.WARNING)
        else:
            kept.append(name)
    return kept


def _slug(file: str, report: Report) -> str:
    name = file.rpartition("/")[2]
    stem = name[: -len(".md")] if name.lower().endswith(".md") else name
    slug = folder_name(stem)
    # The Unicode form alone is no news: some file systems change it by themselves.
    if slug != unicodedata.normalize("NFC", stem):
        message = f"the file name can not be a folder's name everywhere; the record's page is /news/{slug}/"
        report(
            "file-name", (), message, "rename the file, and keep the old page's name under `aliases`", Severity.WARNING
        )
    return slug


def _aliases(raw: list[str | None], report: Report) -> tuple[str, ...]:
    """Return the old slugs: stems, or whole addresses of pages under /news/."""
    aliases = []
    for index, text in enumerate(raw):
        wanted = (text or "").strip().strip("/").removeprefix("news/")
        alias = folder_name(wanted) if wanted else ""
        if alias != unicodedata.normalize("NFC", wanted):
            message = f"the alias `{_short(text or '')}` is no name of a page; it leads from /news/{alias}/"
            report("alias", ("aliases", index), message, "write the old file name without its ending", Severity.WARNING)
        if alias:
            aliases.append(alias)
    return tuple(aliases)


def _names(raw: str | list[str | None] | None) -> tuple[str, ...]:
    """Return the names of other records: of one, or of several."""
    names = [raw] if isinstance(raw, str) else raw or []
    return tuple(name.strip() for name in names if name and name.strip())


def _published_at(text: str | None, file: str, report: Report) -> datetime:
    moment = parse_time(text) if text else None
    if moment is not None:
        return moment
    what = f"`publishedDateTime` is no time: {_short(text)}" if text else "the record has no `publishedDateTime`"
    moment = file_date(file)
    path: Path = ("publishedDateTime",) if text else ()
    hint = "write it as 2024-05-31T08:00:00Z"
    if moment is None:
        report("time", path, what, hint, Severity.ERROR)
        return datetime.min.replace(tzinfo=UTC)
    report("time", path, f"{what}; the date in the file name is used", hint, Severity.WARNING)
    return moment


def make_coverage(raw: RawCoverage, record_time: datetime | None, path: Path, report: Report) -> Coverage | None:
    """Return the item that `raw` spells, or None when it says nothing.

    `record_time` stands in for a time that is missing or wrong.
    """
    if not display_text(raw.title or ""):
        report("related-item", path, "the related item has no `title`; it is left out", "", Severity.WARNING)
        return None
    if len(raw.title or "") > _LONGEST_TITLE or len(raw.excerpt or "") > _LONGEST_EXCERPT:
        limit, text = (TITLE, raw.title) if len(raw.title or "") > _LONGEST_TITLE else (EXCERPT, raw.excerpt)
        message = f"{limit.passed(len(text or ''))}; the related item is left out"
        report("limit", (*path, limit.what.removeprefix("the ")), message, "", Severity.WARNING)
        return None
    moment = parse_time(raw.publishedDateTime or "")
    is_undated = moment is None
    if moment is None:
        at = (*path, "publishedDateTime") if raw.publishedDateTime else path
        message = "the related item has no usable `publishedDateTime`; the record's own is used"
        report("related-item", at, message, "write it as 2024-05-31T08:00:00Z", Severity.WARNING)
        moment = record_time or datetime.min.replace(tzinfo=UTC)
    web_url = _link(raw.webUrl, (*path, "webUrl"), report)
    return Coverage(
        title=raw.title or "",
        published_at=moment,
        excerpt=raw.excerpt or "",
        web_url=web_url or "",
        type=_type(raw.type, (*path, "type"), report),
        provider=_provider(raw.provider, web_url or "", (*path, "provider"), report),
        quality=raw.quality,
        images=_images(raw.images, (*path, "images"), report),
        is_undated=is_undated,
    )


def _short(text: str) -> str:
    """Return what of a wrong value a message can carry."""
    return summary if len(summary := display_text(text[:500])) <= 80 else summary[:79] + "…"


def _type(text: str | None, path: Path, report: Report) -> str:
    if text in {None, "article", "video"}:
        return text or "article"
    report(
        "record-type",
        path,
        f"the type `{_short(text or '')}` is not known; it is shown as an article",
        "article or video",
        Severity.WARNING,
    )
    return "article"


def _link(url: str | None, path: Path, report: Report) -> str | None:
    if not url or not url.strip():
        return None
    if len(url) > _LONGEST_ADDRESS:
        message = f"{_passed(ADDRESS, str(path[-1]), len(url))}; it is left out"
        report("limit", path, message, "", Severity.WARNING)
        return None
    if clean_url(url) is None:
        message = f"`{path[-1]}` is no http or https address; it is left out: {_short(url)}"
        report("unsafe-url", path, message, "", Severity.WARNING)
        return None
    return url


def _provider(raw: RawProvider | None, url: str, path: Path, report: Report) -> Provider:
    """Return who published; a missing domain is the URL's host, a missing name the domain."""
    name, domain = (raw.name or "", raw.domain or "") if raw else ("", "")
    if len(name) > _LONGEST_NAME:
        report("limit", (*path, "name"), f"{NAME.passed(len(name))}; it is left out", "", Severity.WARNING)
        name = ""
    if len(domain) > _LONGEST_NAME:
        report(
            "limit", (*path, "domain"), f"{_passed(NAME, 'domain', len(domain))}; it is left out", "", Severity.WARNING
        )
        domain = ""
    if not clean_domain(domain):
        domain = url_host(clean_url(url) or "") or domain
    images = None
    if raw and raw.images:
        images = tuple(
            _image(image)
            for index, image in enumerate(raw.images)
            if image and image.url and _is_picture(image.url, (*path, "images", index, "url"), report)
        )
    return Provider(name if name.strip() else domain, domain, images)


def _images(raw: list[RawImage | None] | None, path: Path, report: Report) -> tuple[Image, ...]:
    images = []
    for index, image in enumerate(raw or ()):
        if image is None or not (image.url or "").strip():
            report("image-url", (*path, index), "the image has no `url`; it is left out", "", Severity.WARNING)
        elif _is_picture(image.url or "", (*path, index, "url"), report):
            images.append(_image(image))
    return tuple(images)


def _is_picture(url: str, path: Path, report: Report) -> bool:
    if len(url) > _LONGEST_ADDRESS:
        report("limit", path, f"{ADDRESS.passed(len(url))}; the image is left out", "", Severity.WARNING)
        return False
    if clean_url(url) is not None or is_local_path(url):
        return True
    message = f"the image is no http or https address: {_short(url)}"
    report("unsafe-url", path, message, "a picture of the site itself starts with `/`", Severity.WARNING)
    return False


def is_local_path(url: str) -> bool:
    """Return whether `url` names a file of the site itself: one slash first, no step upwards."""
    return url.startswith("/") and not url.startswith(("//", "/\\")) and ".." not in url.split("/")


def _image(raw: RawImage) -> Image:
    return Image(raw.url or "", pixels(raw.width), pixels(raw.height), raw.title, raw.attribution, raw.isCached)


def pixels(number: float | None) -> int:
    """Return a picture's width or height, or 0 for one that can not be."""
    return int(number) if number is not None and 0 < number < 100_000 else 0
