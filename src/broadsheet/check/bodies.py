"""Links and images in somebody's own Markdown that no page shows: their addresses are none that a page may have."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from broadsheet.check.origins import place_in, text_of
from broadsheet.model import Sources
from broadsheet.problems import Place, Problem
from broadsheet.render.text import site_link

_HINT = "begin with `/` for what is in the site, with `#`, `https://` or `mailto:`"


def lost_links(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with the addresses in the bodies of records and plain pages."""
    bodies = [(sources.shown_file(record), record.body) for record in sources.records if record.body]
    bodies += [(page.file, page.body) for page in sources.plain_pages]
    for file, body in bodies:
        # A link has one of them in Markdown; one in HTML is written by somebody who knows.
        if "](" in body or "]:" in body:
            yield from _lost_in(file, body)


def _lost_in(file: str, body: str) -> Iterator[Problem]:
    for what, address in dict.fromkeys(_addresses(body)):
        if site_link(address, "/") is None:
            plain = unquote(address)
            written = [start + form for form in (address, plain) for start in ("](", "]: ", "")]
            place = place_in(Path(file), text_of(Path(file)), written) or Place(file)
            message = f"the {what} `{address}` is left out: its address is none that a page may have"
            yield Problem(place, message, _HINT, rule="broken-link")


def _addresses(body: str) -> Iterable[tuple[str, str]]:
    """Yield the addresses of links and images, as a page would have them."""
    # Heavy, and few records have a body.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    for block in MarkdownIt("commonmark").enable("table").parse(body):
        for token in block.children or ():
            if token.type == "link_open" and token.attrGet("href"):
                yield "link", str(token.attrGet("href"))
            elif token.type == "image" and token.attrGet("src"):
                yield "image", str(token.attrGet("src"))
