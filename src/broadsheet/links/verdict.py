"""What the answers on the way from a link come to. Pure."""

import re
from enum import Enum
from urllib.parse import urldefrag, urlsplit

from msgspec import Struct, structs

from broadsheet.text import linked_url, url_host, url_key
from broadsheet.web import MOST_REDIRECTS, REDIRECTS, Failure

GONE = frozenset({404, 410})
# To be asked less often, or later.
TOO_MANY, UNAVAILABLE = 429, 503
_FOR_GOOD = {301, 308}
_LONGEST_ADDRESS = 2000
# A site's own front page, also that of a language.
_HOME = re.compile(
    r"/*(?:[a-z]{2}(?:[-_][a-z]{2,4})?/*)?(?:(?:index|default|home)(?:\.\w+)?)?/*", re.IGNORECASE
).fullmatch


class Kind(Enum):
    """What a link is found to be."""

    GOOD = "good"
    # What is there stands elsewhere for good.
    MOVED = "moved"
    # It leads to a front page, which is what many hosts do with what they no longer have.
    HOME = "home"
    DEAD = "dead"
    # Nobody knows: no link is called dead because a host is slow, or closed to programs.
    UNKNOWN = "unknown"


class Verdict(Struct, frozen=True, gc=False):
    """What a link is; `why` in words to count by, `target` is where it leads to, where that is elsewhere.

    `is_gone` says that its host itself told that it is no longer there.
    """

    kind: Kind
    why: str = ""
    target: str = ""
    is_gone: bool = False


class Answer(Struct, frozen=True, gc=False):
    """What came of one request: the status and two headers, empty where they are not sent; or the `failure`.

    `content` is only that of rules for programs: nothing else is read.
    """

    status: int = 0
    location: str = ""
    retry_after: str = ""
    content: bytes = b""
    failure: Failure | None = None


class Step(Struct, frozen=True, gc=False):
    """A request on the way from the link `start`: what is asked for, and how, with so many `seconds` left.

    `redirects` were followed so far, all of them for good where `is_for_good`. `tries` counts how often the host has
    said to come again later. `robots_of` is the origin whose rules for programs are asked for, empty for links.
    """

    start: str
    url: str
    seconds: float
    method: str = "HEAD"
    redirects: int = 0
    is_for_good: bool = True
    tries: int = 0
    robots_of: str = ""


def first_step(link: str, seconds: float) -> Step:
    """Return the first request for a link, a clean URL."""
    return Step(link, urldefrag(link).url, seconds)


def origin_of(url: str) -> str:
    """Return what rules for programs are for: scheme, host and port of a clean URL, without names and passwords."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"


def judged(step: Step, answer: Answer) -> Verdict | Step:
    """Return what a link is by the answer to a request, or what is to be asked next."""
    if answer.failure:
        return _failed(step, answer.failure)
    if answer.status in REDIRECTS and answer.location:
        return followed(step, answer)
    if step.method == "HEAD" and answer.status >= 400 and answer.status not in {TOO_MANY, UNAVAILABLE}:
        # Many hosts do not know it, or have not thought of it.
        return structs.replace(step, method="GET")
    return _final(step, answer)


def _final(step: Step, answer: Answer) -> Verdict:
    """Return what a link is by the last answer."""
    if answer.status in GONE:
        return Verdict(Kind.DEAD, f"status {answer.status}", _elsewhere(step), is_gone=True)
    if not 200 <= answer.status < 300:
        return Verdict(Kind.UNKNOWN, f"status {answer.status}")
    if _is_sent_home(step):
        return Verdict(Kind.HOME, "a front page", step.url)
    if step.redirects and step.is_for_good and url_key(step.url) != url_key(step.start):
        return Verdict(Kind.MOVED, "for good", step.url)
    return Verdict(Kind.GOOD)


def followed(step: Step, answer: Answer) -> Verdict | Step:
    """Return the request that a redirect leads to, or what a link is that leads to none."""
    if step.redirects == MOST_REDIRECTS:
        return Verdict(Kind.UNKNOWN, f"more than {MOST_REDIRECTS} redirects")
    target = linked_url(step.url, answer.location)
    if target is None or len(target) > _LONGEST_ADDRESS:
        return Verdict(Kind.UNKNOWN, "a redirect to no web address")
    return structs.replace(
        step,
        url=urldefrag(target).url,
        redirects=step.redirects + 1,
        is_for_good=step.is_for_good and answer.status in _FOR_GOOD,
    )


def _failed(step: Step, failure: Failure) -> Verdict | Step:
    """Return what a link is by how a request failed, or what is to be asked next."""
    if step.method == "HEAD" and failure in {Failure.BROKEN, Failure.TOO_LATE}:
        return structs.replace(step, method="GET")
    if failure is Failure.NO_HOST:
        return Verdict(Kind.DEAD, failure.value, _elsewhere(step))
    return Verdict(Kind.UNKNOWN, failure.value)


def _elsewhere(step: Step) -> str:
    return step.url if step.redirects else ""


def _is_sent_home(step: Step) -> bool:
    """Return whether what was deep within a site now leads to its front page, or to another's."""
    start, end = urlsplit(step.start), urlsplit(step.url)
    was_home = _HOME(start.path) and "?" not in url_key(step.start)
    if not step.redirects or end.query or not _HOME(end.path) or was_home:
        return False
    # A part of a site may well have got a host of its own.
    is_part = start.path.strip("/").count("/") == 0 and url_host(step.start) != url_host(step.url)
    return not is_part
