"""Which pages a site has: all of them planned, none rendered. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from operator import attrgetter
from typing import TypeVar

from broadsheet import limits
from broadsheet.config import Settings
from broadsheet.model import INDEX_FOLDER, Listing, Page, Record, Site
from broadsheet.problems import COLLISION, Place, Problem, Severity, SiteError
from broadsheet.render.text import url_path
from broadsheet.text import folders_above, path_key

F = TypeVar("F")

# Stands for the folder of the search index, whose files have names of their own: nothing else goes there.
INDEX_PAGE = Page("index", INDEX_FOLDER, INDEX_FOLDER.rstrip("/"), origin="the search index")


def plan_pages(site: Site, *, searched: bool = False) -> Iterator[Page]:
    """Yield every page of the site, with that of its search where it is `searched`.

    What is yielded first has the better claim to its path.
    """
    yield _page("home")
    yield from _lists(site)
    yield from _archive(site)
    if searched:
        yield _page("search", "search")
    if site.editions:
        yield _page("editions", "editions")
    for edition in site.editions:
        yield _page("edition", "editions", edition.date, subject=edition.date, origin=edition.file)
    for story in site.stories:
        yield _page("story", "news", story.lead.slug, subject=story.lead.file, origin=origin_of(site, story.lead))
    yield from _redirects(site)
    yield Page("not_found", "404.html", "404.html", origin="404.html")
    for plain in site.plain_pages:
        yield _page("plain", *plain.segments, subject=plain.file, origin=plain.file)


def _lists(site: Site) -> Iterator[Page]:
    if site.latest is not None:
        yield from _listing("latest", site.latest, "latest")
    yield _page("topics", "topics")
    for topic, listing in site.by_topic.items():
        yield from _listing("topic", listing, "topics", topic)
    if site.sources:
        yield _page("sources", "sources")
    for domain, listing in site.by_source.items():
        yield from _listing("source", listing, "sources", domain)
    if site.imported_from:
        yield _page("imports", "sources", "status")


def _archive(site: Site) -> Iterator[Page]:
    if site.by_month:
        yield _page("archive", "archive")
    for year in dict.fromkeys(month[:4] for month in site.by_month):
        yield _page("year", "archive", year, subject=year)
    for month in site.by_month:
        yield _page("month", "archive", *month.split("/"), subject=month)


def _page(kind: str, *segments: str, subject: str = "", bucket: str = "", origin: str = "") -> Page:
    path = "/".join((*segments, "index.html"))
    return Page(kind, url_path(*segments), path, subject, bucket, origin or path)


def _listing(kind: str, listing: Listing, *segments: str) -> Iterator[Page]:
    subject = segments[1] if len(segments) > 1 else ""
    yield _page(kind, *segments, subject=subject)
    for bucket in listing.buckets:
        yield _page(kind, *segments, bucket.key, subject=subject, bucket=bucket.key)


def _redirects(site: Site) -> Iterator[Page]:
    """Yield the small pages that lead folded members, and then old names, to the story."""
    records = sorted(site.records.values(), key=attrgetter("name", "file"))
    for record in records:
        if site.story(record.file).lead.file != record.file:
            yield _page("redirect", "news", record.slug, subject=record.file, origin=origin_of(site, record))
    for record in records:
        for alias in record.aliases:
            if path_key(alias) != path_key(record.slug):
                yield _page("redirect", "news", alias, subject=record.file, origin=origin_of(site, record))


def origin_of(site: Site, record: Record) -> str:
    """Return the file of `record` as problems name it."""
    return f"{site.shown_folder}/{record.file}" if site.shown_folder else record.file


def json_page(kind: str, folder: tuple[str, ...], subject: str = "", bucket: str = "", origin: str = "") -> Page:
    """Return the plan of a folder's `index.json`."""
    path = "/".join((*folder, "index.json"))
    return Page(kind, f"{url_path(*folder)}index.json", path, subject, bucket, origin or path)


def within_limit(pages: Iterable[Page], settings: Settings) -> list[Page]:
    """Return `pages`. Raises `SiteError` where they are too many, and says what most of them are."""
    waiting = iter(pages)
    kept = list(islice(waiting, limits.PAGES.most))
    beyond = next(waiting, None)
    if beyond is None:
        return kept
    # To count the others takes time, and no memory.
    kinds = Counter(page.kind for page in chain(kept, [beyond], waiting))
    (kind, number), *_ = kinds.most_common(1)
    message = f"{limits.PAGES.passed(kinds.total())}; {number:,} of them are of the kind `{kind}`"
    raise SiteError([Problem(Place("broadsheet.yaml"), message, _fewer(kind, settings), rule="limit")])


def _fewer(kind: str, settings: Settings) -> str:
    """Return how there would be fewer pages of a kind."""
    if kind in {"latest", "topic", "source"}:
        return f"lists have fewer pages where `pages.size` is greater than {settings.pages.size:,}"
    if kind == "api_news":
        least = min(settings.api.page_size, settings.api.topic_page_size)
        return f"there are fewer where `api.page_size` and `api.topic_page_size` are greater than {least:,}"
    if kind == "api_item":
        return "without `api.source_url` there are none"
    return "make several sites of the records, one for each time or topic"


def without_collisions(pages: Iterable[Page]) -> tuple[tuple[Page, ...], tuple[Problem, ...]]:
    """Return the pages with a path of their own; of two that some file system takes for one, the first stays.

    A page that would be a folder of another, or stand in a folder that is a page, collides with it too.
    """
    kept: dict[str, Page] = {}
    folders: dict[str, Page] = {}
    problems = []
    for page in pages:
        key = path_key(page.path)
        above = [path_key(folder) for folder in folders_above(page.path)]
        first = kept.get(key) or folders.get(key) or next((kept[folder] for folder in above if folder in kept), None)
        if first is None:
            kept[key] = page
            folders.update((folder, page) for folder in above if folder not in folders)
        else:
            message = f"the page /{page.url} is already that of {first.origin}; this one is left out"
            problems.append(Problem(Place(page.origin), message, "", Severity.WARNING, COLLISION))
    return tuple(kept.values()), tuple(problems)


def beside_pages(
    static: dict[str, F], pages: Iterable[Page], theme: Iterable[str], folder: str
) -> tuple[dict[str, F], tuple[Problem, ...]]:
    """Return the static files, by path, that have a place beside `pages`; `folder` is where problems say they lie.

    A page keeps its path, and the folders above it stay folders. A file of the `theme`, by its path, is replaced by one
    of the very same path. Of two that some file system takes for one the first stays.
    """
    page_at = {path_key(page.path): page.origin for page in pages}
    folder_at = {path_key(above): page.origin for page in pages for above in folders_above(page.path)}
    file_at = {path_key(path): path for path in theme}
    file_below = {path_key(above): path for path in file_at.values() for above in folders_above(path)}
    kept: dict[str, F] = {}
    problems = []
    for path, content in static.items():
        key, above = path_key(path), [path_key(folder) for folder in folders_above(path)]
        taken = folder_at.get(key) or next((page_at[part] for part in (key, *above) if part in page_at), None)
        same = file_below.get(key) or next((file_at[folder] for folder in above if folder in file_at), None)
        same = same or file_at.setdefault(key, path)
        if taken is None and same == path:
            kept[path] = content
            file_below.update((folder, path) for folder in above if folder not in file_below)
        else:
            of = f"of the page made from {taken}" if taken else f"of the file /{same}"
            message = f"its place /{path} is that {of}; it is left out"
            problems.append(Problem(Place(f"{folder}/{path}"), message, "rename it", Severity.WARNING, COLLISION))
    return kept, tuple(problems)
