"""What a host lets programs ask for, by its `robots.txt` (RFC 9309). Pure.

Read by Protego, Scrapy's own: the standard library's reader knows no wildcards and lets the first rule win.
"""

import re

from msgspec import Struct
from protego import Protego

NAME = "broadsheet"
# So much of one counts, by the RFC.
MOST_BYTES = 500 * 1024

_AGENT = re.compile(r"\s*user[- ]?agent\s*:?\s*([^#]*)", re.IGNORECASE).match
_TOKEN = re.compile(r"\*|[a-z_-]+").match
_OTHERS = "User-agent: another"


class Robots(Struct, frozen=True):
    """The rules of one origin; without `rules` everything may be asked for."""

    rules: Protego | None = None

    def allows(self, url: str) -> bool:
        """Return whether a clean URL may be asked for."""
        return self.rules is None or self.rules.can_fetch(url, NAME)

    @property
    def delay(self) -> float:
        """The seconds between two requests that the host wants, 0 when it does not say."""
        return (self.rules.crawl_delay(NAME) if self.rules else None) or 0.0


def robots_of(data: bytes) -> Robots:
    """Return the rules that a `robots.txt` holds, however broken it is."""
    if len(data) >= MOST_BYTES:
        # The last line may be half of one.
        data = data[:MOST_BYTES].rpartition(b"\n")[0]
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    return Robots(Protego.parse("\n".join(map(_for_us_or_others, text.splitlines()))))


def _for_us_or_others(line: str) -> str:
    """Return a line, all programs but this one by one name: every rule is kept once for each that it is for."""
    agent = _AGENT(line)
    if not agent:
        return line
    token = _TOKEN(agent[1].strip().lower())
    return f"User-agent: {token[0]}" if token and token[0] in {"*", NAME} else _OTHERS
