"""A picture's bytes to copies for pages, by Pillow: WebP in two widths, without whatever else the file told."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import BytesIO
from threading import Lock

from msgspec import Struct
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from broadsheet.pictures.fetch import MissingError

# Cards are some 300 to 480 CSS pixels wide, the picture of a story up to 700: the second is for those, and for screens
# with two pixels for each.
WIDTHS = (480, 960)
# What cameras take; four bytes of memory for each.
MOST_PIXELS = 50_000_000
# One that unfolds to more than these waits until no other does: it takes most of a gigabyte, in however few bytes it
# came. Hardly a photograph is among them: JPEG files are unfolded at a fraction of their size.
_LARGE = 12_000_000
_one_large_at_a_time = Lock()
# Drawings are programs for a browser, and Pillow's other formats are of no web.
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_QUALITY = 80
# Of 0 (fast) to 6 (small): a higher one saves four per cent and takes half as long again.
_METHOD = 2
# Orientations by which a picture lies on its side.
_ON_ITS_SIDE = {5, 6, 7, 8}


class Converted(Struct, frozen=True):
    """The copies of a picture by their widths in pixels, the widest last, and the height of that."""

    copies: tuple[tuple[int, bytes], ...]
    height: int


@contextmanager
def bombs_refused() -> Iterator[None]:
    """Let Pillow refuse, within a `with`, pictures of more pixels than it can be meant to unfold.

    For the whole process: enter it before threads that convert are started.
    """
    # Not by two threads at once later.
    Image.init()
    most = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Of a damaged part that it can do without.
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = most


def converted(data: bytes) -> Converted:
    """Return the copies of a picture, of its first frame, upright, never enlarged. Raises `MissingError`."""
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as image:
            return _copies(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise MissingError(f"more than {MOST_PIXELS / 1e6:g} million pixels") from None
    except UnidentifiedImageError:
        raise MissingError("no picture of a kind that is taken") from None
    except Exception:
        # Decoders of hostile bytes raise whatever the bytes make them raise.
        raise MissingError("damaged") from None


def _copies(image: Image.Image) -> Converted:
    lies = image.getexif().get(ExifTags.Base.Orientation) in _ON_ITS_SIDE
    width, height = reversed(image.size) if lies else image.size
    widths = [*(some for some in WIDTHS if some < width), *([width] if width <= WIDTHS[-1] else [])]
    box = (widths[-1], max(1, round(height * widths[-1] / width)))
    # A JPEG file can be unfolded at a fraction of its size.
    image.draft(None, box[::-1] if lies else box)
    sizes = [(some, max(1, round(height * some / width))) for some in widths]
    with _one_large_at_a_time if image.width * image.height > _LARGE else nullcontext():
        return Converted(_resized(image, sizes), box[1])


def _resized(image: Image.Image, sizes: list[tuple[int, int]]) -> tuple[tuple[int, bytes], ...]:
    """Return the copies of a picture in `sizes`, width and height, the widest last; the picture is used up."""
    # A copy of all its pixels that nobody needs would be as large as it is.
    ImageOps.exif_transpose(image, in_place=True)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    plain = _eight_bits(image)
    plain = plain if plain.mode == mode else plain.convert(mode)
    copies = []
    for size in reversed(sizes):
        plain = plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        copies.append((size[0], _encoded(plain)))
    return tuple(reversed(copies))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture whose greys are those of a byte: Pillow would cut off what is brighter."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    return image


def _encoded(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY, method=_METHOD, icc_profile=b"", exif=b"", xmp=b"")
    return buffer.getvalue()
