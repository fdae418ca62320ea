"""OPML, a list of feeds, to their addresses. Pure."""

from typing import NoReturn
from xml.parsers import expat

from broadsheet.gather.items import FeedList, Listed, NoFeedError
from broadsheet.gather.texts import name_text
from broadsheet.limits import ADDRESS, LISTED_FEEDS
from broadsheet.text import feed_url, has_login, url_key

_LIST_FOR_OTHERS = {"include", "link"}


def parse_opml(data: bytes) -> FeedList:
    """Return the feeds that the OPML in `data` lists, at any depth; other lists that it names are none.

    Raises `NoFeedError`, also where it declares entities: a list of feeds needs none.
    """
    found: dict[str, Listed] = {}
    unusable = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal unusable
        named = {name.lower(): text for name, text in attributes.items()}
        address = named.get("xmlurl")
        if tag.lower() != "outline" or address is None or named.get("type", "").lower() in _LIST_FOR_OTHERS:
            return
        url = feed_url(address)
        # A password would stand in a file that everybody may read.
        if url is None or len(url) > ADDRESS.most or has_login(url):
            unusable += 1
        else:
            found.setdefault(url_key(url), Listed(url, name_text(named.get("title") or named.get("text") or "")))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise NoFeedError(f"it is no well-formed OPML: {error}") from None
    except (ValueError, LookupError):
        raise NoFeedError("it is OPML in an encoding that is not known") from None
    feeds = tuple(found.values())
    return FeedList(feeds[: LISTED_FEEDS.most], unusable, max(0, len(feeds) - LISTED_FEEDS.most))


def _refuse_entity(*_: object) -> NoReturn:
    raise NoFeedError("it is OPML that declares entities, which is not read")
