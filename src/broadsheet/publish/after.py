"""What is done once a site is published: the hub of its feeds is told, and the commands of the settings are run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from broadsheet import __version__
from broadsheet.problems import Place, Problem, Severity, SiteError, counted, reason
from broadsheet.publish.target import Patience, persistently
from broadsheet.text import linked_url

_TOO_MANY_REQUESTS = 429
# Not 303: that one leads to an answer.
_REDIRECTS = {301, 302, 307, 308}
_MOST_REDIRECTS = 5
_PUBLISHED = "the site is published: mend the command, and run it by hand"


class _RefusedError(SiteError):
    """The hub does not want to be told of this feed: it is of no use to tell it again."""


class _UnreachableError(SiteError):
    """The hub can not be told of anything just now."""


def ping(hub: str, topics: Iterable[str], patience: Patience) -> list[Problem]:
    """Tell a WebSub `hub` that the feeds at these addresses (`topics`) have changed.

    Return what went wrong, as warnings: the site is published all the same. Once the hub was not to be reached, it is
    not asked for the rest.
    """
    opener, place = build_opener(_NoRedirects()), Place(hub)
    untold: dict[str, list[str]] = {}
    remaining = list(topics)
    while remaining:
        topic = remaining.pop(0)
        try:
            persistently(patience, partial(_tell, opener, hub, topic, patience.request), _is_passing)
        except _UnreachableError as error:
            untold.setdefault(error.problems[0].message, []).extend((topic, *remaining))
            break
        except _RefusedError as error:
            untold.setdefault(error.problems[0].message, []).append(topic)
    hint = "the site is published: those who follow these feeds learn of it when they look the next time"
    return [
        Problem(place, f"{why}: not told of {counted(len(feeds), 'feed')}, first {feeds[0]}", hint, Severity.WARNING)
        for why, feeds in untold.items()
    ]


def run_commands(
    commands: Sequence[str], folder: Path, environment: Mapping[str, str], output: IO[str] | None = None
) -> list[Problem]:
    """Run `commands` one after the other by the system's shell, in `folder`, and return why one of them failed.

    None is run after one that failed. They have this process's environment with `environment` besides, and print where
    it prints, or to `output`. No problem holds the text of a command: whoever wrote a secret into one finds it nowhere.
    """
    sys.stdout.flush()
    for number, command in enumerate(commands, 1):
        name = f"command {number} of {len(commands)} under `after`"
        try:
            done = subprocess.run(
                command, shell=True, check=False, cwd=folder, env={**os.environ, **environment}, stdout=output
            )
        except OSError as error:
            return [Problem(Place(folder.as_posix()), f"{name} can not be run: {reason(error)}", _PUBLISHED)]
        if done.returncode:
            status = done.returncode
            how = f"failed with status {status}" if status > 0 else f"was ended by signal {-status}"
            left = len(commands) - number
            rest = f"; {counted(left, 'command')} after it not run" if left else ""
            return [Problem(Place(folder.as_posix()), f"{name} {how}{rest}", _PUBLISHED)]
    return []


class _NoRedirects(HTTPRedirectHandler):
    """Leaves redirects to us: the library would make a GET of the form, and tell nobody."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


def _tell(opener: OpenerDirector, hub: str, topic: str, seconds: float) -> None:
    """Tell the hub of one feed, or whom the hub names in its stead. Raises `_RefusedError` or `_UnreachableError`."""
    form = urlencode({"hub.mode": "publish", "hub.url": topic}).encode()
    url: str | None = hub
    for _ in range(_MOST_REDIRECTS + 1):
        if url is None:
            raise _refusal(hub, "the hub leads to no web address")
        # Any status of 2xx is a yes, whatever comes with it.
        location = _asked(opener, Request(url, form, {"User-Agent": f"broadsheet/{__version__}"}), seconds)
        if location is None:
            return
        url = linked_url(url, location)
    raise _refusal(hub, "the hub leads from one address to another without an end")


def _asked(opener: OpenerDirector, request: Request, seconds: float) -> str | None:
    """Return where another address is to be asked, or None where this one has said yes."""
    try:
        with opener.open(request, timeout=seconds):
            return None
    except HTTPError as error:
        error.close()
        location = error.headers.get("Location")
        if error.code in _REDIRECTS and location:
            return str(location)
        kind = _UnreachableError if error.code >= 500 or error.code == _TOO_MANY_REQUESTS else _RefusedError
        raise kind([Problem(Place(request.full_url), f"the hub answered with status {error.code}")]) from None
    except TimeoutError:
        failure = f"the hub did not answer within {seconds:g} seconds"
    except URLError as error:
        failure = f"the hub can not be reached: {_why(error)}"
    except (OSError, HTTPException):
        failure = "the hub broke off the connection"
    raise _UnreachableError([Problem(Place(request.full_url), failure)])


def _refusal(hub: str, failure: str) -> SiteError:
    return _RefusedError([Problem(Place(hub), failure)])


def _is_passing(error: SiteError) -> bool:
    return isinstance(error, _UnreachableError)


def _why(error: URLError) -> str:
    return reason(error.reason) if isinstance(error.reason, OSError) else str(error.reason)
