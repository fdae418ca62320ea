"""Text as the world writes it, made fit to show, to link, to compare and to name a folder. Pure."""

import html
import re
import unicodedata
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from html.entities import html5
from string import ascii_letters, digits
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

# How many answers are remembered. Every step goes through all texts of a site in turn: fewer than it has are none.
_REMEMBERED = 65_536

# The element names of HTML: `<MSFT.O>` and `<3` are text, `<br/>` is a tag.
_TAGS = (
    "a abbr address article aside audio b bdi bdo big blockquote br button caption center cite code dd del details "
    "dfn div dl dt em embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i iframe img input ins "
    "kbd label li link main mark meta nav noscript object ol option p picture pre q s samp script section select "
    "small source span strike strong style sub summary sup svg table tbody td textarea tfoot th thead time title tr "
    "u ul var video wbr"
)
_TAG = re.compile(rf"</?(?:{'|'.join(_TAGS.split())})(?:\s[^<>]*|/)?>", re.IGNORECASE)
_COMMENT = re.compile("<!--.*?-->", re.DOTALL)
# Python refuses to read a number of thousands of digits; no character has one of eight.
_HUGE_ENTITY = re.compile("&#[0-9]{8,};?")
# What turns the direction of all text after it: HTML and mail programs isolate texts from each other without it.
_TURNING = "\u202a-\u202e\u2066-\u2069"
# Soft hyphen, zero-width characters and marks, separators, byte-order mark, control characters but blanks, and what
# Unicode calls no character at all.
_NO_CHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane * 0x10000 + 0xFFFE + last) for plane in range(17) for last in (0, 1)
)
_CONTROLS = f"\x00-\x08\x0e-\x1f\x7f-\x9f{_NO_CHARACTERS}"
_INVISIBLE = re.compile(f"[\u00ad\u200b\u200c\u200e\u200f\u2028\u2029\ufeff{_TURNING}{_CONTROLS}]")
_CONTROL = re.compile(f"[\x0b\x0c{_CONTROLS}]")
_JOINER = re.compile(
    "(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2600-\u27bf\U0001f000-\U0001faff])"
)
_HIDDEN = re.compile(f"{_INVISIBLE.pattern}|{_JOINER.pattern}")
_BLANKS = re.compile(r"\s+")
_PLAIN = re.compile(r"[!-%'-;=?-~]+(?: [!-%'-;=?-~]+)*").fullmatch

# What most addresses are, a host, a path and maybe a query: nothing to mend, to refuse or to take apart with care.
_PAIR = r"[\w.~-]+=[\w.~-]*"
_PLAIN_URL = re.compile(
    r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)((?:/[!$%'()*+,\-./0-9:;=@A-Z_a-z~]*)?)"
    rf"(?:\?({_PAIR}(?:&{_PAIR})*))?",
    re.ASCII,
).fullmatch
# Without the semicolon it is the name of a field: `?x=1&copy=2`.
_REFERENCE = re.compile(r"&(#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
_NOT_IN_URL = re.compile(r"[^!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]")
_FEED_SCHEME = re.compile(r"feed:(?:(?://)?(https?:.*)|//(.*))", re.IGNORECASE | re.DOTALL).fullmatch
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(f"{ascii_letters}{digits}-._~")
_HOST_CHARACTERS = 253
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?)*").fullmatch
# An address of IPv6 is all there is of a host: what stands beside it names another one to some.
_IN_BRACKETS = re.compile(r"\[[0-9A-Fa-f:.]+\](?::[0-9]*)?").fullmatch
_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|mc_[ce]id|ocid|cmpid|WT\.mc_id)", re.IGNORECASE).fullmatch

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*").fullmatch

# Names that some system keeps for devices, and the one that every folder of a site keeps for its page.
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?|index\.html", re.IGNORECASE
).fullmatch
_NOT_IN_NAME = re.compile(rf"[{_CONTROLS}\u200b-\u200f\u2028\u2029\ufeff{_TURNING}<>:\"/\\|?*#%\s]+")
_SPELLED_OUT = str.maketrans({"&": " and ", "+": " plus ", "#": " sharp ", "@": " at "})
_NAME_BYTES = 200


@lru_cache(maxsize=_REMEMBERED)
def display_text(raw: str) -> str:
    """Return `raw` as readers should see it (plain text, still to be escaped): RECORDS section 2, "Text for display".

    Entities are unescaped at most twice, real tags and invisible characters go, blanks collapse.
    """
    if _PLAIN(raw):
        return raw
    text = unescaped(unescaped(raw))
    text = _TAG.sub(" ", _without_comments(text)) if "<" in text else text
    text = without_hidden(text)
    return _BLANKS.sub(" ", _encodable(text)).strip()


def without_hidden(text: str) -> str:
    """Return a text without the characters that nobody sees; a joiner within an emoji stays."""
    return _JOINER.sub("", _INVISIBLE.sub("", text))


def hidden_characters(text: str) -> list[str]:
    """Return the characters of a text that nobody sees, in order."""
    return _HIDDEN.findall(text)


def tags_in(text: str) -> list[str]:
    """Return the HTML tags that a text for display loses, in order."""
    return _TAG.findall(text)


def without_controls(text: str) -> str:
    """Return a longer text without what no page may hold: control characters but tabs and line ends."""
    return _CONTROL.sub("", text)


def _encodable(text: str) -> str:
    # A lone surrogate can be written in an escape, but not in UTF-8.
    return text.encode("utf-8", "replace").decode("utf-8")


def unescaped(text: str) -> str:
    """Return a text with its character references read, once; a name counts as one only up to its semicolon."""
    return _REFERENCE.sub(_referred, _HUGE_ENTITY.sub("\ufffd", text)) if "&" in text else text


def references_in(text: str) -> list[str]:
    """Return the character references of a text that stand for a character, in order; `&nosuch;` stands for none."""
    return [match[0] for match in _REFERENCE.finditer(text) if _referred(match) != match[0]] if "&" in text else []


def _without_comments(text: str) -> str:
    # Up to the last end of a comment only: each that starts there ends, so none is searched for in vain.
    end = text.rfind("-->") + len("-->")
    return _COMMENT.sub(" ", text[:end]) + text[end:] if end >= len("-->") else text


def display_name(raw: str) -> str:
    """Return a name for display, or as it is written when it is nothing but a tag: a name is never lost."""
    return display_text(raw) or _BLANKS.sub(" ", _INVISIBLE.sub("", _encodable(raw))).strip()


@lru_cache(maxsize=_REMEMBERED)
def clean_url(raw: str) -> str | None:
    """Return `raw` as a link that is safe to put on a page, or None: only `http` and `https` with a host are links."""
    # After `&` the name of a character can stand.
    if "&" not in raw and _PLAIN_URL(raw):
        return raw
    url = raw.strip()
    if "&" in url:
        url = _REFERENCE.sub(_referred, url)
    url = _NOT_IN_URL.sub(_percent, url)
    scheme, colon, _ = url.partition(":")
    if not colon or scheme.lower() not in {"http", "https"}:
        return None
    try:
        parts = urlsplit(url)
        if "[" in parts.netloc and not _IN_BRACKETS(parts.netloc.rpartition("@")[2]):
            return None
        if not parts.hostname or not (parts.port is None or parts.port):
            return None
        return _with_plain_host(parts).geturl() if "%" in parts.netloc else url
    except ValueError:
        return None


def _with_plain_host(parts: SplitResult) -> SplitResult:
    """Return a URL with its host as the network knows it, or as it is where that can not be told."""
    login, at, place = parts.netloc.rpartition("@")
    name, colon, port = place.partition(":")
    host = ascii_host(unquote(name))
    is_name = _HOST(host.removesuffix("."))
    return parts._replace(netloc=f"{login}{at}{host}{colon}{port}") if is_name else parts


def ascii_host(name: str) -> str:
    """Return a host's name as the network knows it, `xn--bcher-kva.example`; the empty string where it has none."""
    if name.isascii():
        return name.lower()
    if len(name) > _HOST_CHARACTERS:
        return ""
    import idna  # noqa: PLC0415

    try:
        return idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        # The rules of today have no names with symbols, those of yesterday had, and some hosts are called so still.
        with suppress(UnicodeError):
            return name.encode("idna").decode().lower()
        return ""


def feed_url(text: str) -> str | None:
    """Return the clean address that a text is, also as feed readers have it (`feed:…`), or None."""
    if match := _FEED_SCHEME(text.strip()):
        text = match[1] if match[1] else f"http://{match[2]}"
    return clean_url(text)


def linked_url(base: str, reference: str) -> str | None:
    """Return where a reference leads to from the page at `base`, as a clean address; None where that is none."""
    try:
        return clean_url(urljoin(base, reference))
    except ValueError:
        return None


def has_login(url: str) -> bool:
    """Return whether a clean URL holds a name or a password."""
    return "@" in urlsplit(url).netloc


def no_base_url(url: str) -> str:
    """Return what an address is called that fails `is_base_url`."""
    clean = clean_url(url)
    if clean and clean != url and is_base_url(clean):
        return f"to be written as {clean}"
    return "no address that starts with http:// or https://, without query, name and password"


def is_base_url(url: str) -> bool:
    """Return whether links can start with `url`: a clean one, without query and fragment, and without a password."""
    if clean_url(url) != url:
        return False
    parts = urlsplit(url)
    return not parts.query and not parts.fragment and not has_login(url)


def _referred(match: re.Match[str]) -> str:
    name = match[1]
    return html.unescape(match[0]) if name.startswith("#") else html5.get(name, match[0])


def _percent(match: re.Match[str]) -> str:
    character = match.group()
    return quote(character.encode("utf-8", "replace")) if character not in "\t\n\r" else ""


def url_host(url: str) -> str:
    """Return the lower-case host of a clean URL without `www.`, or the empty string."""
    if plain := _PLAIN_URL(url):
        return plain[1].removeprefix("www.")
    try:
        return (urlsplit(url).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""


@lru_cache(maxsize=_REMEMBERED)
def url_key(url: str) -> str:
    """Return what two clean URLs of one page have in common: no scheme, `www.`, tracking, fragment, last slash.

    Escapes are as RFC 3986 section 6.2.2 has them: `%c3` is `%C3`, and `%7E` a tilde.
    """
    if plain := _PLAIN_URL(url):
        pairs = [pair for pair in plain[3].split("&") if not _TRACKING(pair.partition("=")[0])] if plain[3] else []
        path = _with_usual_escapes(plain[2]).rstrip("/")
        return plain[1].removeprefix("www.") + path + ("?" + "&".join(pairs) if pairs else "")
    parts = urlsplit(url)
    query = parts.query
    if query:
        named = parse_qsl(query, keep_blank_values=True)
        query = "?" + urlencode([pair for pair in named if not _TRACKING(pair[0])])
    return (url_host(url) + _with_usual_escapes(parts.path).rstrip("/") + query).rstrip("?")


def _with_usual_escapes(path: str) -> str:
    return _ESCAPE.sub(_usual_escape, path) if "%" in path else path


def _usual_escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


@lru_cache(maxsize=_REMEMBERED)
def clean_domain(raw: str) -> str:
    """Return `raw` as a lower-case domain without `www.`, or the empty string when it is none."""
    domain = ascii_host(raw.strip()).removeprefix("www.")
    return domain if _HOST(domain) and not _RESERVED(domain) else ""


def source_domain(domain: str, url: str) -> str:
    """Return the domain that a source's page is named by: the provider's, else the host of the report's raw `url`."""
    return clean_domain(domain) or clean_domain(url_host(clean_url(url) or ""))


def is_language(tag: str) -> bool:
    """Return whether `tag` is a language tag as in HTML's `lang`: `en`, `pt-BR`."""
    return _LANGUAGE(tag) is not None


def folder_name(stem: str) -> str:
    """Return `stem` as one path segment that every file system and URL takes; equal to `stem` when that already is.

    The result is never empty, never `.` or `..`, in Unicode form NFC, and at most 200 bytes long.
    """
    name = _NOT_IN_NAME.sub("-", unicodedata.normalize("NFC", stem).encode("utf-8", "replace").decode())
    name = name.rstrip(". ").lstrip(".")
    if not name.strip("-_."):
        return f"untitled-{digest(stem)}"
    if _RESERVED(name):
        # What counts for a device is all before the first dot.
        name = re.sub(r"^[^.]+", r"\g<0>-", name)
    if len(name.encode()) > _NAME_BYTES:
        name = name.encode()[: _NAME_BYTES - 9].decode("utf-8", "ignore") + "-" + digest(stem)
    return name


def slugify(name: str) -> str:
    """Return a lower-case path segment for a name: `C#` gives `c-sharp`, `Ünïcode & Co` gives `ünïcode-and-co`."""
    spelled_out = unicodedata.normalize("NFC", display_name(name)).lower().translate(_SPELLED_OUT)
    # Marks belong to their letters: without them a word of many scripts falls apart.
    kept = (character if unicodedata.category(character)[0] in "LNM" else " " for character in spelled_out)
    words = "-".join("".join(kept).split())
    # Without a letter it goes by all that it holds, so that two such names are two.
    return folder_name(words) if any(map(str.isalnum, words)) else f"untitled-{digest(name)}"


def path_key(path: str) -> str:
    """Return what two paths share when some file system takes them for one: case and Unicode form are folded."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def topic_key(name: str) -> str:
    """Return what two spellings of a topic's raw name have in common: no case, no Unicode form, only what is shown."""
    return path_key(display_name(name))


def folders_above(path: str) -> list[str]:
    """Return the folders that the file at `path` lies in, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def digest(text: str) -> str:
    """Return eight hexadecimal digits that stand for `text`, the same on every machine."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
