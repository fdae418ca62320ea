"""One request about a link: nothing is read of what is there, but the rules for programs."""

from time import monotonic

from broadsheet import __version__
from broadsheet.links.robots import MOST_BYTES, NAME
from broadsheet.links.verdict import Answer, Step
from broadsheet.web import Permit, WebError, asked

_HEADERS = {
    "User-Agent": f"{NAME}/{__version__} (checks links)",
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Connection": "close",
}
# Who has not answered after half of the time to `HEAD` may still answer to `GET`.
_SHARE_OF_HEAD = 0.5


def ask(step: Step, permit: Permit) -> tuple[Answer, float]:
    """Return what came of one request, and the seconds that are left; only addresses that `permit` allows are met."""
    started = monotonic()
    seconds = step.seconds * (_SHARE_OF_HEAD if step.method == "HEAD" else 1)
    answer = _answer(step, permit, started + seconds)
    return answer, max(0.0, step.seconds - (monotonic() - started))


def _answer(step: Step, permit: Permit, until: float) -> Answer:
    try:
        with asked(step.url, _HEADERS, permit, until, step.method) as response:
            location, retry_after = (str(response.headers.get(name, "")) for name in ("Location", "Retry-After"))
            has_rules = step.robots_of and response.status == 200
            return Answer(response.status, location, retry_after, response.read(MOST_BYTES) if has_rules else b"")
    except WebError as error:
        return Answer(failure=error.failure)
