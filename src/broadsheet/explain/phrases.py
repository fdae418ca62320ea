"""How the reasons say what several of them say: names in a row, places, qualities. Pure."""

from collections.abc import Sequence

_MOST_NAMED = 5
_TEENS = (11, 12, 13)


def quality_phrase(quality: int | None) -> str:
    """Return `a quality of 50`, or that there is none."""
    return "no quality" if quality is None or quality < 0 else f"a quality of {quality}"


def few(names: Sequence[str]) -> str:
    """Return the first five names, and how many more there are."""
    left = len(names) - _MOST_NAMED
    return listed([*names[:_MOST_NAMED], *([f"{left} more"] if left > 0 else [])])


def listed(names: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def ordinal(number: int) -> str:
    """Return `1st`, `22nd`, `1,013th`."""
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number:,}{'th' if number % 100 in _TEENS else endings.get(number % 10, 'th')}"
