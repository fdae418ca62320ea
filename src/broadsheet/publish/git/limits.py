"""What hosts refuse of a site, known before the first byte is sent. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from broadsheet.problems import Place, Problem
from broadsheet.publish.release import Item

_MIB = 2**20
_GITHUB_HOSTS = frozenset({"github.com", "ssh.github.com", "www.github.com"})


class Limits(Struct, frozen=True):
    """What a host takes, in bytes: `file` for one file, `total` for all of them."""

    host: str
    file: int
    total: int


GITHUB = Limits("GitHub", 100 * _MIB, 1024 * _MIB)


def limits_of(host: str) -> Limits | None:
    """Return what the git host of this name takes, None where it is not known."""
    return GITHUB if host.lower() in _GITHUB_HOSTS else None


def beyond(limits: Limits, items: Iterable[Item], place: str) -> list[Problem]:
    """Return a problem for every file that is too large, and one for a sum that is."""
    items = list(items)
    problems = [
        Problem(
            Place(place),
            f"{item.path} is too large: {_told(item.size)}",
            f"{limits.host} takes files of up to {_told(limits.file)}",
        )
        for item in items
        if item.size > limits.file
    ]
    total = sum(item.size for item in items)
    if total > limits.total:
        message = f"the site is too large: {_told(total)} in {len(items):,} files"
        problems.append(Problem(Place(place), message, f"{limits.host} takes up to {_told(limits.total)}"))
    return problems


def _told(size: int) -> str:
    return f"{size / _MIB:,.0f} MiB" if size % _MIB == 0 else f"{size / _MIB:,.1f} MiB"
