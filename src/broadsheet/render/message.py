"""The form of an email (RFC 5322, 2045 to 2047): headers and parts, the same bytes everywhere."""

from base64 import b64encode, encodebytes
from binascii import b2a_qp
from collections.abc import Iterable

_WORD_BYTES = 42


def header(name: str, text: str, address: str = "") -> str:
    """Return a header, folded, with `text` in encoded words (RFC 2047) where it is not plain, and an `address`."""
    is_plain = text.isascii() and text.isprintable() and len(text) < 60 and "=?" not in text
    if is_plain and address:
        # A quoted string: its only special characters are these two.
        text = text.replace("\\", "\\\\").replace('"', '\\"')
        words = [f'"{text}"'] if text else []
    else:
        words = [text] if is_plain else [f"=?utf-8?b?{b64encode(part).decode()}?=" for part in _parts(text)]
    return f"{name}: " + "\r\n ".join([*words, address] if address else words)


def _parts(text: str) -> Iterable[bytes]:
    """Yield UTF-8 in pieces that fit into a word, none of which cuts a character."""
    part = b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(part) + len(encoded) > _WORD_BYTES:
            yield part
            part = b""
        part += encoded
    yield part


def alternative(headers: Iterable[str], boundary: str, parts: Iterable[tuple[str, str]]) -> bytes:
    """Return a message of `multipart/alternative`; `parts` are kinds of text with their content, the best last."""
    lines = [*headers, "MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', "", ""]
    message = "\r\n".join(lines).encode("ascii")
    for kind, text in parts:
        kind_line = f"Content-Type: text/{kind}; charset=utf-8"
        encoding, body = _encoded(text.replace("\r\n", "\n").replace("\n", "\r\n").encode())
        head = f"--{boundary}\r\n{kind_line}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        message += head.encode() + body + b"\r\n"
    return message + f"--{boundary}--\r\n".encode()


def _encoded(text: bytes) -> tuple[str, bytes]:
    """Return the shorter of the two ways to send bytes as lines: Latin letters stay readable, other scripts short."""
    printable = b2a_qp(text, istext=True)
    packed = encodebytes(text).replace(b"\n", b"\r\n")
    return ("base64", packed) if len(packed) < len(printable) else ("quoted-printable", printable)
