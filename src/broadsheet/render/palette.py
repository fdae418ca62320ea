"""Colours that can be read: an accent as its owner gave it, moved no further than contrast asks for. Pure."""

Colour = tuple[int, int, int]

# The theme's paper, which `broadsheet.css` has too: light, dark.
PAPERS = ("#fdfbf7", "#171614")
# WCAG 2.2, 1.4.3, level AA, for text.
_READABLE = 4.5
_STEPS = 100


def readable(colour: str, paper: str) -> str:
    """Return `colour`, mixed with as little black or white as makes text on `paper` readable, as `#rrggbb`."""
    own, ground = _rgb(colour), _rgb(paper)
    end = (0, 0, 0) if _luminance(ground) > _luminance((118, 118, 118)) else (255, 255, 255)
    for step in range(_STEPS):
        mixed = _mixed(own, end, step / _STEPS)
        if contrast(mixed, ground) >= _READABLE:
            return "#{:02x}{:02x}{:02x}".format(*mixed)
    return "#{:02x}{:02x}{:02x}".format(*end)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours by WCAG 2: from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _rgb(text: str) -> Colour:
    digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
