"""What can be wrong with an address, as it is written. Pure."""

import re
from functools import lru_cache

from broadsheet.check.remark import Remark
from broadsheet.text import clean_domain, clean_url, url_host

_HTTP = re.compile(r"\s*http://", re.IGNORECASE).match


@lru_cache(maxsize=65_536)
def address_remarks(field: str, url: str) -> tuple[Remark, ...]:
    """Return what is wrong with an address of the web, or a picture's; the paths end with `field`.

    What is no such address at all was told when it was read.
    """
    clean = clean_url(url)
    if clean is None:
        return ()
    found = []
    if clean != url:
        # What was escaped twice is left to people.
        mended = (clean,) if clean_url(clean) == clean else ()
        message = f"`{field}` has {_oddity(url)}, which every page has to mend: {url[:80]}"
        found.append(Remark("malformed-url", (field,), message, f"write {clean[:200]}", url, mended))
    if _HTTP(url):
        message = f"`{field}` is not encrypted: {clean[:80]}"
        found.append(Remark("http-url", (field,), message, "most hosts know the same address with https://", url))
    return tuple(found)


def provider_remarks(url: str | None, domain: str) -> list[Remark]:
    """Return a remark where the address of a report is not one of its provider's `domain`."""
    host, named = url_host(clean_url(url or "") or ""), clean_domain(domain)
    if not host or not named or f".{host}".endswith(f".{named}"):
        return []
    message = f"`webUrl` leads to {host}, and the provider's domain is {named}"
    return [Remark("provider-domain", ("webUrl",), message, "one of the two is another's", url or "")]


def _oddity(url: str) -> str:
    if url != url.strip():
        return "blanks around it"
    if "&" in url and re.search(r"&(?:amp|#0*38|#[xX]0*26);", url):
        return "HTML entities"
    if any(character.isspace() for character in url):
        return "a blank in it"
    if not url.isascii():
        return "characters that are no ASCII"
    return "characters that have to be encoded"
