"""Where in a site's sources something comes from that is wrong with its pages."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from broadsheet.check.faults import Fault
from broadsheet.model import Page
from broadsheet.problems import Place
from broadsheet.read.folders import Folders, settings_file

# What may stand before an address so that it is one.
_BEFORE = ("}}", '="', "='", "[](", "](", "]: ")
# How it may look in a template where the address is put in while a page is made.
_IN_TEMPLATES = {"missing-alt": re.compile(r"<img\b(?![^<]*\salt\b)[^<]*\{\{")}
# What stands on more pages than these comes from none of them.
_MOST_LOOKED_INTO = 500


class Origins:
    """The sources that pages are made of, looked at only where something is wrong."""

    def __init__(self, folders: Folders, templates: Iterable[str]) -> None:
        """`templates` are the names of the site's own."""
        self._folders = folders
        self._templates = {name: folders.templates / name for name in sorted(templates)}
        self._shared = (*self._templates.values(), settings_file(folders.root))
        self._text = cache(text_of)

    def of(self, fault: Fault, pages: Sequence[Page]) -> dict[Place, list[Page]]:
        """Return the places that a fault of `pages` comes from, each with those that it is to blame for."""
        own: dict[Place, list[Page]] = {}
        others = []
        shared = self._found(fault, self._shared) or self._filled(fault)
        for page in pages[:_MOST_LOOKED_INTO]:
            place = self._found(fault, [Path(page.origin)])
            if place:
                own.setdefault(place, []).append(page)
            else:
                others.append(page)
        others += pages[_MOST_LOOKED_INTO:]
        if others and (shared or not own):
            own.setdefault(shared or self._fallback(fault, others), []).extend(others)
        elif others:
            # Feeds and lists have it from the same source.
            next(iter(own.values())).extend(others)
        return own

    def _found(self, fault: Fault, files: Iterable[Path]) -> Place | None:
        """Return where in `files` it is written what a fault is about, the first place of all."""
        if not fault.sought:
            return None
        places = (place_in(file, self._text(file), fault.sought) for file in files)
        return next(filter(None, places), None)

    def _filled(self, fault: Fault) -> Place | None:
        """Return where a template may make the fault of what it is given."""
        pattern = _IN_TEMPLATES.get(fault.rule)
        for file in self._templates.values() if pattern else ():
            text = self._text(file)
            if match := pattern.search(text) if pattern else None:
                return _place(file, text, match.start())
        return None

    def _fallback(self, fault: Fault, pages: Sequence[Page]) -> Place:
        """Return what is most likely to blame where nothing is written of it.

        A template, the folder of templates for several pages, or the source of one page; a page itself if need be.
        """
        kinds = {page.kind for page in pages}
        name = f"{pages[0].kind}.html" if len(kinds) == 1 else "base.html"
        if fault.rule != "large-page" and name in self._templates:
            return Place(self._templates[name].as_posix())
        if len(pages) > 1:
            return Place((self._folders.templates if self._templates else self._folders.root).as_posix())
        origin = pages[0].origin
        return Place(origin if Path(origin).is_file() else (self._folders.output / pages[0].path).as_posix())


def place_in(file: Path, text: str, forms: Iterable[str]) -> Place | None:
    """Return where in the text of a file something stands that may be written in several forms."""
    for form in forms:
        if form in text and (match := _as_written(form).search(text)):
            before = next((len(mark) for mark in _BEFORE if form.startswith(mark)), 0)
            return _place(file, text, match.start() + before)
    return None


@cache
def _as_written(sought: str) -> re.Pattern[str]:
    """Return what finds an address or an attribute that is no part of a longer one."""
    before = r"(?<![\w/.%-])" if re.match(r"[\w/.%-]", sought) else ""
    return re.compile(f"{before}{re.escape(sought)}(?![\\w/%-])")


def text_of(file: Path) -> str:
    """Return the text of a file, as far as there is one."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        # A page without a source of its own names what it is in its stead.
        return ""


def _place(file: Path, text: str, at: int) -> Place:
    return Place(file.as_posix(), text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
