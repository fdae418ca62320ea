"""What can be wrong with the settings of imports. Pure."""

import re
from typing import Protocol

from broadsheet.config import Import, ImportSource
from broadsheet.problems import Problem
from broadsheet.text import display_text, feed_url, has_login, is_language
from broadsheet.yaml_text import Document

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?://|[^\\/])").match


class _Add(Protocol):
    def __call__(self, field: str, message: str, hint: str = "") -> None: ...


def is_web_address(text: str) -> bool:
    """Return whether a text is meant as an address, and not as the name of a file: it starts with a scheme."""
    # One letter is a drive.
    return bool(_SCHEME(text)) and text.find(":") > 1


def wrong_imports(settings: Import, document: Document) -> list[Problem]:
    """Return a problem for every setting of an import that says nothing usable."""
    wrong: list[Problem] = []
    first: dict[str, int] = {}
    for at, entry in enumerate(settings.sources):
        source = entry if isinstance(entry, ImportSource) else ImportSource(source=entry)
        path = ("import", "sources", at)

        def add(field: str, message: str, hint: str = "", path: tuple[str | int, ...] = path) -> None:
            inner = (*path, field)
            wrong.append(Problem(document.place(inner if inner in document.places else path), message, hint))

        _wrong_source(source, add)
        known = first.setdefault(source.source.strip(), at)
        if known != at:
            add("from", f"`import.sources` has {source.source.strip()} twice", "keep one of them")
    return wrong


def _wrong_source(source: ImportSource, add: _Add) -> None:
    text = source.source.strip()
    if not text or "\0" in text:
        add("from", "`import.sources` has an entry that names no feed", "write its address, or the name of a file")
    elif is_web_address(text):
        url = feed_url(text)
        if url is None:
            add("from", f"`import.sources` has what is no http or https address: {text}")
        elif has_login(url):
            add("from", "`import.sources` has an address with a name or a password", "no password is sent to feeds")
    if source.language is not None and not is_language(source.language):
        add("language", f"`import.sources.language` is no language tag: {source.language}", "for example en, pt-BR")
    if source.name is not None and not display_text(source.name):
        add("name", "`import.sources.name` is empty", "leave it out, and the feed's own name is taken")
    if any(not display_text(topic) for topic in source.topics):
        add("topics", "`import.sources.topics` has a topic without a name", "remove it")
