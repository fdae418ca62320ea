"""What a report is in a feed of any kind: its address, its time, who published it, its picture. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from broadsheet.gather.items import UNDATED
from broadsheet.limits import ADDRESS
from broadsheet.model import Image, Provider
from broadsheet.text import clean_domain, clean_url, has_login, linked_url, url_host

# No news has an earlier date: who writes one has none.
_FIRST_NEWS = datetime(1990, 1, 1, tzinfo=UTC)
# Below so many pixels it is a counter, or an icon.
_SMALLEST_PICTURE = 50


def link(raw: str, base: str = "") -> str:
    """Return a clean address, the empty string for what is none; one without a host is below `base`.

    A name and a password in it are left out: pages would show them to everybody.
    """
    # A part of the page that it stands on is no page.
    if raw.startswith("#"):
        return ""
    url = (linked_url(base, raw) if raw and base else clean_url(raw)) or ""
    if has_login(url):
        parts = urlsplit(url)
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return url if len(url) <= ADDRESS.most else ""


def place_of(url: str) -> str:
    """Return the address of a feed as what others are below: without a query, which may hold a key to it."""
    return link(url.partition("#")[0].partition("?")[0])


def published_at(published: datetime | None, updated: datetime | None) -> datetime:
    """Return when a report was published: else when it was changed, else `UNDATED`."""
    return next((moment for moment in (published, updated) if moment and moment >= _FIRST_NEWS), UNDATED)


def provider_of(url: str, source: tuple[str, str], feed_title: str, home: str) -> Provider:
    """Return who published the report at `url`: the `source` (name, address) that the item names, else the feed.

    Either only where it is of the report's own host: who gathers others' reports is not who published them.
    """
    host = url_host(url)
    domain = clean_domain(host)
    name, address = source
    if name and (not address or same_site(url_host(clean_url(address) or ""), host)):
        return Provider(name, domain)
    return Provider(feed_title if same_site(url_host(home), host) else "", domain)


def same_site(one: str, other: str) -> bool:
    """Return whether two hosts are one, or one of them is below the other."""
    return bool(one and other) and (one == other or one.endswith(f".{other}") or other.endswith(f".{one}"))


def best_image(images: Iterable[Image]) -> tuple[Image, ...]:
    """Return the widest of some pictures, the first where they do not say; none that is a counter or an icon."""
    usable = [image for image in images if not 0 < min(image.width or 999, image.height or 999) < _SMALLEST_PICTURE]
    return (max(usable, key=lambda image: image.width),) if usable else ()
