"""Brings the catalogues of the interface's words to what templates and code say: run it after a change; a test compares.

Messages that are new are added to every catalogue without a translation, those that nobody says any more are taken out,
and what is translated is compiled to what `broadsheet.words` reads. The files hang on nothing but their messages.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
CATALOGUES = ROOT / "src/broadsheet/locale"
_SPOKEN_BY = (("python", "src/broadsheet", "*.py"), ("jinja2.ext:babel_extract", "templates", "*.html"))
_JINJA = {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
# A comment that starts like this goes into the catalogues, above the message that it stands before.
_COMMENT = "Translators:"
_SAYING = {"_": None, "gettext": None, "ngettext": (1, 2)}


class _Catalog(Catalog):
    """A catalogue whose header tells neither times nor who made it; its plural forms are in the order of its file."""

    def __init__(self, language: str, plural_forms: str) -> None:
        super().__init__(language, header_comment=f"# The words of Broadsheet, language {language}.", fuzzy=False)
        self._forms = plural_forms

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self._forms),
        ]


def languages() -> list[str]:
    """Return the names of the locales that there are catalogues for."""
    return sorted(folder.name for folder in CATALOGUES.iterdir() if folder.is_dir())


def messages() -> Catalog:
    """Return all that templates and code say."""
    found = Catalog(fuzzy=False)
    for file, (_line, id, comments, _context) in _extracted():
        found.add(id, locations=[(file, 0)], auto_comments=comments)
    return found


def _extracted() -> Iterator[tuple[str, tuple[int, Any, list[str], str | None]]]:
    for method, folder, pattern in _SPOKEN_BY:
        for path in sorted((ROOT / folder).rglob(pattern)):
            options = _JINJA if "jinja2" in method else {}
            for message in extract_from_file(method, path, _SAYING, (_COMMENT,), options):
                yield path.relative_to(ROOT).as_posix(), message


def translated(language: str) -> Catalog:
    """Return the catalogue of a language as its file has it; what is marked as fuzzy is not translated."""
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str, said: Catalog) -> Catalog:
    """Return the catalogue of a language with all that is `said`, and nothing else."""
    known = translated(language)
    catalog = _Catalog(language, known.plural_forms)
    for message in said:
        if message.id:
            old = known.get(message.id if isinstance(message.id, str) else message.id[0])
            is_known = old and not old.fuzzy and old.id == message.id
            string = old.string if is_known else ("",) * known.num_plurals if message.pluralizable else ""
            catalog.add(message.id, string, message.locations, message.flags, message.auto_comments)
    return catalog


def is_translated(message: Message) -> bool:
    """Return whether a message is translated, in all its plural forms."""
    return all(message.string) if message.pluralizable else bool(message.string)


def po_text(catalog: Catalog) -> bytes:
    """Return the text of a catalogue's `.po` file."""
    file = BytesIO()
    write_po(file, catalog, width=120, sort_output=True, include_lineno=False)
    return file.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Return the bytes of a catalogue's `.mo` file: what is translated in part only is said in English."""
    compiled = _Catalog(str(catalog.locale), dict(catalog.mime_headers)["Plural-Forms"])
    for message in catalog:
        if message.id and is_translated(message):
            compiled.add(message.id, message.string)
    file = BytesIO()
    write_mo(file, compiled)
    return file.getvalue()


def po_file(language: str) -> Path:
    """Return where the catalogue of a language is."""
    return CATALOGUES / language / "LC_MESSAGES/broadsheet.po"


def main() -> int:
    """Update all catalogues and say what is left to translate."""
    said = messages()
    for language in languages():
        file = po_file(language)
        file.parent.mkdir(exist_ok=True)
        file.touch()
        catalog = updated(language, said)
        file.write_bytes(po_text(catalog))
        file.with_suffix(".mo").write_bytes(mo_bytes(catalog))
        missing = [message for message in catalog if not is_translated(message)]
        sys.stdout.write(f"{language}: {len(catalog)} messages, {len(missing)} without a translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
