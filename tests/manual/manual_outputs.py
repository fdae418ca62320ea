"""Whether a program says what a page says that it does."""

import difflib
import json
import re
from typing import Any

from manual_blocks import PageError

_SAME = (
    (re.compile(r"\b\d[\d,.]*(?:\\)? ?(?:ms|s)\b"), "0 s"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:8000"),
)


def compare(shown: str, printed: str) -> None:
    """See that what is shown is what was printed, the whole of it. Raises `PageError`."""
    expected, found = _lines(shown), _lines(printed)
    if not _is_told(expected, found):
        raise PageError(f"this is not what is printed:\n{_difference(expected, found)}")


def compare_part(shown: str, file: str) -> None:
    """See that the lines that are shown stand in a file, in a row; however they are indented. Raises `PageError`."""
    expected = ["…", *(line.strip() for line in _lines(shown)), "…"]
    found = [line.strip() for line in _lines(file)]
    if not _is_told(expected, found):
        raise PageError(f"this is no part of the file:\n{_difference(expected[1:-1], found)}")


def compare_shape(shown: str, printed: str) -> None:
    """See that JSON has the keys that are shown, with values of the same types. Raises `PageError`.

    What a command tells people besides stands before it.
    """
    start = re.search(r"^[\[{]", printed, re.MULTILINE)
    try:
        found, _ = json.JSONDecoder().raw_decode(printed, start.start() if start else 0)
        wrong = _wrong_shape(json.loads(shown), found, "")
    except ValueError as error:
        raise PageError(f"no JSON: {error}\n{printed}") from None
    if wrong:
        raise PageError(f"this is not the shape of what is written: {wrong}")


def _lines(text: str) -> list[str]:
    for pattern, same in _SAME:
        text = pattern.sub(same, text)
    return [line.rstrip() for line in text.strip("\n").split("\n")]


def _is_told(expected: list[str], found: list[str]) -> bool:
    """Say whether lines are those expected, where a line `…` is any number of lines."""
    reached = {0}
    for line in expected:
        if line.strip() == "…":
            reached = set(range(min(reached), len(found) + 1))
        else:
            pattern = re.compile(".*".join(re.escape(part) for part in line.split("…")))
            reached = {at + 1 for at in reached if at < len(found) and pattern.fullmatch(found[at])}
        if not reached:
            return False
    return len(found) in reached


def _difference(expected: list[str], found: list[str]) -> str:
    return "\n".join(difflib.unified_diff(expected, found, "the page", "the program", lineterm="", n=2))


def _wrong_shape(shown: Any, found: Any, at: str) -> str | None:
    """Return where something differs; null stands for what may be missing, an item of a list for any item."""
    if shown is None or found is None:
        return None
    if _type(shown) is not _type(found):
        return f"{at or 'it'} is {found!r}"
    if isinstance(shown, dict):
        missing = [f"{at} has no {key!r}" for key in shown if key not in found]
        wrong = (_wrong_shape(value, found[key], f"{at}.{key}") for key, value in shown.items() if key in found)
        return next((one for one in (*missing, *wrong) if one), None)
    if isinstance(shown, list):
        tried = ([_wrong_shape(value, one, f"{at}[]") for one in found] or [f"{at} is empty"] for value in shown)
        return next((wrong[0] for wrong in tried if None not in wrong), None)
    return None


def _type(value: Any) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)
