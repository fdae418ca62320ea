"""One source to what it holds: its bytes, from the web or from a file, and the pages that a news API goes on with."""

from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct, structs

from broadsheet.gather.fetch import Answer, Fetching, fetch
from broadsheet.gather.items import Feed, FeedList, NoFeedError, Parsed
from broadsheet.gather.news_api import page_number, page_path
from broadsheet.gather.parse import parse
from broadsheet.gather.records import chosen
from broadsheet.gather.sources import Source
from broadsheet.gather.state import Asked
from broadsheet.limits import API_PAGES, FEED
from broadsheet.read.disk import Disk

# All pages of a news API behind the first one may take so many times as long as one alone: a whole site has hundreds,
# and a host that means well sends each of them at once.
_PAGES_SECONDS = 15


class Found(Struct, frozen=True):
    """What a source holds, None where it has not changed or failed; `failure` says why it did, empty where it did not.

    `remarks` are what else there is to say of it.
    """

    source: Source
    parsed: Parsed | None = None
    answer: Answer = Answer()
    failure: str = ""
    hint: str = ""
    remarks: tuple[str, ...] = ()


def ask(source: Source, before: Asked, web: Fetching) -> Found:
    """Return what a source holds now; `before` says how it answered the last time."""
    answer = _bytes_of(source, before, web)
    if answer.failure or answer.data is None:
        return Found(source, None, answer, answer.failure, answer.hint)
    try:
        parsed = _parsed(answer.data, answer)
    except NoFeedError as error:
        return Found(source, None, answer, str(error), error.hint)
    if isinstance(parsed, FeedList) and source.via:
        return Found(source, None, answer, "it is a list of feeds within a list of feeds, which is not followed")
    remarks: tuple[str, ...] = ()
    if isinstance(parsed, Feed) and parsed.next is not None:
        parsed, remarks = _with_next_pages(source, parsed, answer, web)
    # Bytes are not needed any more, and there may be many.
    return Found(source, parsed, structs.replace(answer, data=b""), remarks=remarks)


def _parsed(data: bytes, answer: Answer) -> Parsed:
    """Return what `data` is that was answered. Raises `NoFeedError`, whatever a parser stumbles over."""
    try:
        return parse(data, answer.url, answer.content_type)
    except NoFeedError:
        raise
    except Exception as error:
        # What strangers send can hit a fault of any parser; the other sources are not to be lost with it.
        what = f"{type(error).__name__} {error}".strip()[:200]
        raise NoFeedError(f"it can not be read: {what}", "save what it sends, and report it as a fault") from error


def _bytes_of(source: Source, before: Asked, web: Fetching) -> Answer:
    if source.url:
        return fetch(source.url, before, web)
    disk = Disk()
    data = disk.content(source.path, FEED.most)
    # What kind of problem a file has is a sentence already.
    failure = next((problem.message for problem in disk.problems), "")
    return Answer(data, failure=failure)


def _with_next_pages(source: Source, first: Feed, answer: Answer, web: Fetching) -> tuple[Feed, tuple[str, ...]]:
    """Return a page of a news API with the items of those behind it that may still count, and remarks.

    The newest come first: a page whose items are all too old is the last one that is asked for.
    """
    start = urlsplit(answer.url).path if source.url else source.path.as_posix()
    pages, number, remark = [first], page_number(start), ""
    # So that a host can not draw it out page by page.
    left = _PAGES_SECONDS * web.seconds
    while pages[-1].next is not None and _may_go_on(pages, source, web.now):
        path = page_path(start, number + 1)
        if path is None or pages[-1].next != number + 1:
            remark = "its next page is not where it should be; what is on the others is left out"
            break
        if len(pages) == API_PAGES.most:
            remark = f"it has more than {API_PAGES.most:,} pages; the others are left out"
            break
        number += 1
        if left <= 0:
            remark = f"its pages are slow; page {number} and what is behind it is left out"
            break
        page, took = _page(source, path, answer, structs.replace(web, seconds=min(left, web.seconds)))
        left -= took
        if isinstance(page, str):
            remark = f"page {number}: {page}; what is on it and behind it is left out"
            break
        pages.append(page)
    items = tuple(item for page in pages for item in page.items)
    unusable = sum(page.unusable for page in pages)
    return structs.replace(first, items=items, unusable=unusable), (remark,) if remark else ()


def _may_go_on(pages: list[Feed], source: Source, now: datetime) -> bool:
    """Return whether a further page may have an item that counts."""
    has_fresh = bool(chosen(pages[-1].items, source, now).items)
    return has_fresh and sum(len(page.items) for page in pages) < source.most_items


def _page(source: Source, path: str, first: Answer, web: Fetching) -> tuple[Feed | str, float]:
    """Return a further page of a news API, or why there is none; and how many seconds it took."""
    url = urlsplit(first.url)._replace(path=path).geturl() if source.url else ""
    answer = _bytes_of(structs.replace(source, url=url, path=Path(path)), Asked(), web)
    if answer.failure or answer.data is None:
        return answer.failure or "nothing is there", answer.took
    try:
        parsed = _parsed(answer.data, answer)
    except NoFeedError as error:
        return str(error), answer.took
    return parsed if isinstance(parsed, Feed) else "it is a list of feeds", answer.took
