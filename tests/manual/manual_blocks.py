"""What a page of the manual holds for its reader's hands: its code blocks, and the directives before them, in order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

# What stands for itself, in the order of the page, and what is said of the next block.
STEPS = ("site", "fresh", "run", "replace", "with")
TRAITS = ("file", "output", "status", "picture")

_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_DIRECTIVE = re.compile(rf"({'|'.join(STEPS + TRAITS)})(?::\s*(.*)|\s*\n(.*))?", re.DOTALL)
_ENDINGS = "cfg conf css html ini js json md opml po py service sh svg timer toml txt xml yaml yml".split()
_PATH = rf"(?:[\w@.-]+/)*[\w@.-]*\.(?:{'|'.join(_ENDINGS)})"
_NAMING_LINE = re.compile(rf"(?:#|//|<!--|{{#|/\*)\s*({_PATH})\s*(?:-->|#}}|\*/)?")
_SPAN = re.compile(rf"`({_PATH})`")
# Blocks of the tool that makes a site of the manual, which hold no code.
_TEXT = {"inline", "heading_open", "hr", "table_open"}
_OF_THE_TOOL = ("{toctree}", "{include}", "{contents}")


class PageError(AssertionError):
    """A block that can not be run, or that does not do what its page says; `line` counts the lines of it, from 1."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Directive:
    """A comment that does something by itself, at its place in the page."""

    page: str
    line: int
    kind: str
    text: str


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, what directives say of it, and the sentence that it stands under."""

    page: str
    line: int
    language: str
    text: str
    traits: dict[str, str] = field(default_factory=dict)
    before: str = ""

    @property
    def name(self) -> str | None:
        """The path of the file that it is, where the page names one."""
        if "file" in self.traits:
            return self.traits["file"]
        if found := _NAMING_LINE.fullmatch(self.text.partition("\n")[0].strip()):
            return found[1]
        spans = _SPAN.findall(self.before) if self.before.endswith(":") else []
        return spans[-1] if spans else None


def steps(path: Path, page: str) -> list[Block | Directive]:
    """Return the blocks and directives of a page; `page` is how messages name it."""
    return list(_steps(MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8")), page))


def _steps(tokens: list[Token], page: str) -> Iterator[Block | Directive]:
    traits: dict[str, str] = {}
    before, at = "", 0
    for token in tokens:
        at = token.map[0] + 1 if token.map else at
        if token.type == "fence":
            if not token.info.startswith(_OF_THE_TOOL):
                yield Block(page, at, token.info.strip(), token.content, traits, before)
            traits, before = {}, ""
        elif token.type == "html_block":
            found = _directives(token.content)
            traits = {**traits, **{kind: text for kind, text in found if kind in TRAITS}}
            yield from (Directive(page, at, kind, text) for kind, text in found if kind not in TRAITS)
        elif token.type == "code_block":
            raise PageError(f"{page}:{at}: code stands between fences, which say its language, and is not indented")
        elif token.type in _TEXT:
            _see_no_traits(traits, f"{page}:{at}")
            before = token.content
    _see_no_traits(traits, f"{page}:{at}")


def _see_no_traits(traits: dict[str, str], at: str) -> None:
    if traits:
        raise PageError(f"{at}: no block follows on the directive {', '.join(traits)}")


def _directives(html: str) -> list[tuple[str, str]]:
    found = (_DIRECTIVE.fullmatch(comment.strip()) for comment in _COMMENT.findall(html))
    return [(one[1], (one[2] or one[3] or "").strip()) for one in found if one]
