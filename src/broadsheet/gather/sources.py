"""What is to be asked: the sources of the settings, or those that somebody names. Pure, but for what is a file."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct, structs

from broadsheet.config import Import, ImportSource
from broadsheet.gather.items import FeedList
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.read.importing import is_web_address
from broadsheet.text import digest, feed_url, has_login, url_key


class Source(Struct, frozen=True):
    """A source: its `key` is what names it, everywhere; it stands at the clean address `url`, or else is a file.

    `days` and `most_items` are its limits. `via` is the key of the list of feeds that has it, empty where somebody
    named it; `is_kept` says that the settings have it, so that it is remembered how it fares. `former` are the keys
    that it had before it moved.
    """

    key: str
    said: ImportSource
    days: int
    most_items: int
    url: str = ""
    path: Path = Path()
    via: str = ""
    is_kept: bool = True
    former: tuple[str, ...] = ()

    @property
    def setting(self) -> str:
        """What stands for all that is wanted of it."""
        wanted = (self.url, self.days, self.most_items, self.said)
        return digest(repr(wanted))


class Wanted(Struct, frozen=True):
    """What somebody wants once: the sources `named` (an address, or a file as the shell has it), and other limits."""

    named: tuple[str, ...] = ()
    days: int | None = None
    most_items: int | None = None


def wanted_sources(settings: Import, root: Path, wanted: Wanted) -> tuple[Source, ...]:
    """Return the sources of the settings, or those that are named, if any.

    A named one that the settings have, too, is taken with what they say of it. Raises `SiteError`.
    """
    known = {entry.source.strip(): entry for entry in settings.all_sources}
    texts = tuple(dict.fromkeys(text.strip() for text in wanted.named))
    sources = [_source(text, known[text], settings, root) for text in texts or known if text in known]
    for text in texts:
        if text not in known:
            source = _source(text, ImportSource(source=text), settings, Path())
            sources.append(structs.replace(source, is_kept=False))
    return tuple(
        structs.replace(source, days=wanted.days or source.days, most_items=wanted.most_items or source.most_items)
        for source in sources
    )


def listed_sources(above: Source, found: FeedList, others: Iterable[Source]) -> tuple[Source, ...]:
    """Return the sources that the list of feeds `above` names, without those that are asked anyway."""
    taken = {url_key(other.url) for other in others if other.url}
    return tuple(
        structs.replace(above, key=feed.url, url=feed.url, path=Path(), via=above.key)
        for feed in found.feeds
        if url_key(feed.url) not in taken
    )


def host_and_port(url: str) -> tuple[str, int]:
    """Return what of a clean address names a server."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or (443 if parts.scheme.lower() == "https" else 80)


def _source(key: str, said: ImportSource, settings: Import, root: Path) -> Source:
    source = Source(key, said, said.days or settings.days, said.most_items or settings.most_items)
    if not is_web_address(key):
        if not key or "\0" in key:
            raise SiteError([Problem(Place("--from"), "an empty text names no feed")])
        return structs.replace(source, path=root / key)
    url = feed_url(key)
    if url is None:
        message = f"is no http or https address: {key}"
        raise SiteError([Problem(Place(key), message, "a feed has an address, or is a file")])
    if has_login(url):
        message = "the address holds a name or a password, which everybody could read"
        raise SiteError([Problem(Place("--from"), message, "a feed that wants them can not be imported")])
    return structs.replace(source, url=url)
