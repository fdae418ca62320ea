"""The texts of feeds to plain ones that are fit for records: titles, excerpts, names. Pure."""

import re

from broadsheet.render.text import excerpt_text, summary
from broadsheet.text import display_text

_LONGEST_TITLE = 250
_LONGEST_NAME = 100
# Of a whole article in HTML: far more than an excerpt shows.
_ENOUGH_HTML = 20_000
# What no reader sees; what is not closed goes on to the end.
_UNSEEN = re.compile(
    r"<(script|style|noscript|template|iframe|svg|math|head|title)\b[^<>]*>.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# These stand within words, too: no blank comes in their places.
_WITHIN_WORDS = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|o:p|q|s|samp|small|span|strike|strong|sub|sup|"
    r"time|u|var|wbr)(?:\s[^<>]*|/)?>",
    re.IGNORECASE,
)
_MOST_ESCAPES = 4
_WORDS = r"[^<>]{0,300}?"
# What programs that make feeds put behind an excerpt, in the languages that they do so in. An invitation counts only
# behind the end of a sentence, or what was cut: "to read more of them" is text.
_TAIL = re.compile(
    rf"""\s*(?:
    The\spost\s{_WORDS}\s(?:first\sappeared|appeared\sfirst)\son\s{_WORDS}
    |(?:Der\s)?Beitrag\s{_WORDS}\serschien\szuerst\sauf\s{_WORDS}
    |Cet\sarticle\s{_WORDS}\sest\sapparu\sen\spremier\ssur\s{_WORDS}
    |La\sentrada\s{_WORDS}\s(?:se\spublicó\sprimero|aparece\sprimero)\sen\s{_WORDS}
    |(?:^|(?<=[.!?…\])”’"»]\s))
       [\[(]?(?:Continue\sreading|Read\s(?:more|(?:the\s)?(?:full|whole)\s(?:article|story|post))|Keep\sreading
       |Learn\smore|Weiterlesen|Weiter\slesen|Lire\sla\ssuite|Leer\smás|Seguir\sleyendo)
       (?:\b{_WORDS})?[\])]?\s*[→»›>]*
    |[\[(]?\s*(?:\.\.\.+|…)\s*[\])]?
    |[→»›]+
    )\s*$""",
    re.VERBOSE,
)
_TAILS = 4
# So much of a text is looked at for what stands at its end.
_TAIL_CHARACTERS = 700
_SENTENCE_END = re.compile(r"[.!?](?:[\"'”’»)\]]*)(?=\s|$)|[。！？](?:[」』”’]*)")


def plain(raw: str) -> str:
    """Return a text for display that means the same however often entities are read in it."""
    for _ in range(_MOST_ESCAPES):
        text = display_text(raw)
        if text == raw:
            break
        raw = text
    return raw


def title_text(raw: str) -> str:
    """Return the title of an item, or of a feed."""
    return summary(plain(_WITHIN_WORDS.sub("", raw[:_ENOUGH_HTML])), _LONGEST_TITLE)


def name_text(raw: str) -> str:
    """Return the name of who published something."""
    return summary(plain(raw[:_ENOUGH_HTML]), _LONGEST_NAME)


def from_html(html: str) -> str:
    """Return the text that a reader sees of a piece of HTML, without what feeds put behind it."""
    text = whole = plain(_WITHIN_WORDS.sub("", _UNSEEN.sub(" ", html[:_ENOUGH_HTML])))
    for _ in range(_TAILS):
        head, tail = text[:-_TAIL_CHARACTERS], text[-_TAIL_CHARACTERS:]
        text = (head + _TAIL.sub("", tail)).rstrip()
    if text and text != whole and not _SENTENCE_END.search(text[-3:]):
        # There is more of it, as what stood there said.
        text += " …"
    return excerpt_text(text)


def excerpt_of(text: str, most: int) -> str:
    """Return the beginning of a text, at most so many characters: whole sentences, or else words and an ellipsis."""
    if len(text) <= most:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text[: most + 1]) if match.end() <= most]
    if ends and ends[-1] >= most // 2:
        return text[: ends[-1]]
    return summary(text, most - 2) if most > 2 else ""


def title_from(text: str) -> str:
    """Return a title for an item that has none: the first words of its text."""
    first = _SENTENCE_END.search(text, 0, 100)
    return text[: first.end()] if first else summary(text, 80)
