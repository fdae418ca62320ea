"""What a host does with `_headers`, a file of HTTP headers. Pure."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from msgspec import Struct

from broadsheet.serve.response import OF_THE_HOST

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_VALUE = re.compile(r"[\t\x20-\x7e]*").fullmatch
# What opens a published site to pages of other sites. What a preview shows is for its writer alone, so far.
_OPENING = ("access-control-", "cross-origin-resource-policy", "timing-allow-origin")
# Hosts take one or a few; each is a walk along the path that is asked for.
_MOST_WILD = 10
_WILD = re.compile(r"(\*|:[A-Za-z]\w*)", re.ASCII)


class Rule(Struct, frozen=True):
    """What a file of headers says about one path.

    `pattern` is the path in pieces: texts at even places, `*` and `:names` at odd ones. `headers` are names in lower
    case with their values, in the file's order; None takes away what rules before it have set.
    """

    pattern: tuple[str, ...]
    headers: tuple[tuple[str, str | None], ...] = ()


class Rules(Struct, frozen=True):
    """A file of headers: its rules, and by line number, counted from 1, what in it has no effect, and why."""

    rules: tuple[Rule, ...] = ()
    remarks: tuple[tuple[int, str], ...] = ()


def header_rules(text: str) -> Rules:
    """Read a file `_headers` as Netlify and Cloudflare do: a path, and below it `Name: value` or `! Name`."""
    found: list[tuple[tuple[str, ...], list[tuple[str, str | None]]]] = []
    remarks = []
    # Not by `splitlines`, which knows more ends of a line than hosts do.
    for number, line in enumerate((line.strip(" \t\r") for line in text.removeprefix("\ufeff").split("\n")), 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith(("/", "https://", "http://")):
            pattern = _pattern(line)
            # Without a pattern the headers below it belong to nothing, and not to the path above.
            found.append((() if isinstance(pattern, str) else pattern, []))
            remarks += [(number, pattern)] if isinstance(pattern, str) else []
        elif not found:
            remarks.append((number, "stands above the first path, which starts with “/”"))
        elif isinstance(header := _header(line), str):
            remarks.append((number, header))
        else:
            found[-1][1].append(header)
    return Rules(tuple(Rule(pattern, tuple(headers)) for pattern, headers in found if pattern), tuple(remarks))


def headers_for(rules: Iterable[Rule], url_path: str) -> dict[str, str]:
    """Return what the rules say about a path from the server's root on, without percent-encoding.

    Where several give one header, the values are joined by commas. `Cache-Control` is left out: what a host may have
    browsers keep for a year changes under the hands of somebody who has a preview open. So is what would let pages of
    other sites read this one: they may be told of a site that is public, and not of one in the making.
    """
    headers: dict[str, str] = {}
    for rule in rules:
        for name, value in rule.headers if _matches(rule.pattern, url_path) else ():
            if value is None:
                headers.pop(name, None)
            else:
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return {name: headers[name] for name in headers if name != "cache-control" and not name.startswith(_OPENING)}


def _pattern(line: str) -> tuple[str, ...] | str:
    """Return the pieces of a rule's path, or why no path of a preview is like it."""
    if not line.startswith("/"):
        return "is for a host by name, which a preview is not"
    pieces = tuple(_WILD.split(unquote(line)))
    return pieces if len(pieces) <= 2 * _MOST_WILD + 1 else f"has more than {_MOST_WILD} wildcards"


def _header(line: str) -> tuple[str, str | None] | str:
    """Return a header of a rule, or why the line is none."""
    if line.startswith("!"):
        name, value = line[1:].strip(), None
    else:
        name, colon, rest = line.partition(":")
        name, value = name.rstrip(" \t"), rest.strip(" \t")
        if not colon or not value:
            return "is neither a path nor “Name: value”"
    if not _NAME(name):
        return "has a name that no header can have"
    if value is not None and not _VALUE(value):
        return "has characters in its value that no header can carry"
    if name.lower() in OF_THE_HOST:
        return f"sets {name}, which is the host's own"
    return name.lower(), value


def _matches(pattern: tuple[str, ...], path: str) -> bool:
    """Return whether a path is of a pattern, in steps that many wildcards only add to, never multiply."""
    ends = {0}
    for place, piece in enumerate(pattern):
        if place % 2 == 0:
            ends = {end + len(piece) for end in ends if path.startswith(piece, end)}
        elif piece == "*":
            ends = set(range(min(ends), len(path) + 1))
        else:
            ends = _within_folder(ends, path)
        if not ends:
            return False
    return len(path) in ends


def _within_folder(starts: set[int], path: str) -> set[int]:
    """Return where a name may end that begins at one of `starts`: at least a character on, and before any slash."""
    ends = set()
    open_name = False
    for position, character in enumerate(path):
        open_name = (open_name or position in starts) and character != "/"
        if open_name:
            ends.add(position + 1)
    return ends
