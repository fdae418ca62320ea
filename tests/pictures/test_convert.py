"""A picture's bytes to copies for pages: every kind that the web has, and every kind of harm."""

import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from struct import pack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from broadsheet.pictures.convert import MOST_PIXELS, bombs_refused, converted
from broadsheet.pictures.fetch import MissingError


def copies_of(data: bytes) -> dict[int, Image.Image]:
    with bombs_refused():
        return {width: Image.open(BytesIO(content)) for width, content in converted(data).copies}


def refused(data: bytes) -> str:
    with bombs_refused(), pytest.raises(MissingError) as caught:
        converted(data)
    return str(caught.value)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((2000, 1000), {480: 240, 960: 480}),
        ((960, 540), {480: 270, 960: 540}),
        ((700, 350), {480: 240, 700: 350}),
        ((480, 100), {480: 100}),
        ((100, 300), {100: 300}),
        ((1, 1), {1: 1}),
        ((5000, 1), {480: 1, 960: 1}),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_has_two_widths_at_most_and_is_never_enlarged(drawn, size, expected, kind):
    copies = copies_of(drawn(*size, kind=kind))
    assert {width: image.size for width, image in copies.items()} == {w: (w, h) for w, h in expected.items()}
    with bombs_refused():
        assert converted(drawn(*size, kind=kind)).height == list(expected.values())[-1]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", m) for m in ("RGB", "RGBA", "L", "LA", "P", "1")]
    + [("JPEG", m) for m in ("RGB", "L", "CMYK")]
    + [("GIF", m) for m in ("P", "L")]
    + [("WEBP", m) for m in ("RGB", "RGBA")],
)
def test_every_kind_of_picture_keeps_its_looks(drawn, kind, mode):
    image = copies_of(drawn(600, 400, kind=kind, mode=mode))[600]
    assert image.format == "WEBP"
    assert image.mode in {"RGB", "RGBA"}
    # Red grows to the bottom and green to the top, if they are told apart.
    ends = image.convert("RGB").resize((1, 20), Image.Resampling.BOX)
    top, bottom = ends.getpixel((0, 0)), ends.getpixel((0, 19))
    assert top[0] < 60
    assert bottom[0] > 190
    if mode not in {"L", "LA", "1"}:
        assert bottom[1] < 60
        assert top[1] > 190


def test_greys_of_sixteen_bits_keep_their_looks():
    image = Image.new("I;16", (300, 100), 40_000)
    assert copies_of(encoded(image, "PNG"))[300].convert("L").getpixel((5, 5)) == pytest.approx(40_000 / 257, abs=3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_stays_so(mode):
    image = Image.new("RGBA", (300, 100), (200, 20, 20, 0)).convert(mode)
    options = {"transparency": image.getpixel((0, 0))} if mode == "P" else {}
    found = copies_of(encoded(image, "PNG", **options))[300]
    assert found.mode == "RGBA"
    assert found.getpixel((5, 5))[3] == 0


def test_of_one_that_moves_the_first_frame_is_shown():
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        image = copies_of(data)[60]
        assert not getattr(image, "is_animated", False)
        assert image.convert("RGB").getpixel((30, 20))[0] > 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_as_its_camera_was_held(orientation):
    # Red on the left as it is meant to be seen.
    upright = Image.new("RGB", (1000, 400), "blue")
    upright.paste("red", (0, 0, 300, 400))
    undone = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undone[orientation]) if orientation in undone else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    copies = copies_of(encoded(stored, "JPEG", exif=exif, quality=95))
    assert [image.size for image in copies.values()] == [(480, 192), (960, 384)]
    for image in copies.values():
        assert image.convert("RGB").getpixel((20, 90))[0] > 200
        assert image.convert("RGB").getpixel((image.width - 20, 90))[2] > 200


def test_nothing_else_that_the_file_told_is_kept(drawn):
    exif = Image.Exif()
    exif[0x010E] = "taken in the kitchen of SECRET"
    data = drawn(kind="JPEG", exif=exif, icc_profile=b"PROFILE", comment=b"REMARK", xmp=b"<x>PACKET</x>")
    assert all(word in data for word in (b"SECRET", b"PROFILE", b"REMARK", b"PACKET"))
    with bombs_refused():
        for _, content in converted(data).copies:
            assert not any(word in content for word in (b"SECRET", b"PROFILE", b"REMARK", b"PACKET", b"EXIF", b"ICCP"))


def test_the_same_picture_gives_the_same_bytes(drawn):
    with bombs_refused():
        assert converted(drawn()) == converted(drawn())


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"%PDF-1.7", b"\x89PNG\r\n", bytes(1000)],
)
def test_what_is_no_picture_is_refused(data):
    assert refused(data) in {"no picture of a kind that is taken", "damaged"}


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "TGA", "PCX"])
def test_formats_that_are_not_of_the_web_are_refused(drawn, kind):
    assert refused(drawn(64, 64, kind=kind)) == "no picture of a kind that is taken"


def test_an_eps_file_which_is_a_program_is_not_run(drawn):
    assert refused(drawn(kind="EPS")) == "no picture of a kind that is taken"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_what_was_cut_off_is_refused(drawn, kind, part):
    data = drawn(kind=kind)
    assert refused(data[: int(len(data) * part)]) == "damaged"


def bomb(width: int, height: int) -> bytes:
    """A PNG of so many black pixels in next to no bytes, as far as anybody reads it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(10_001, 5_000), (15_000, 15_000), (2**31 - 1, 1), (2**31 - 1, 2**31 - 1)])
def test_a_picture_of_too_many_pixels_is_not_unfolded(size):
    assert size[0] * size[1] > MOST_PIXELS
    assert refused(bomb(*size)) == "more than 50 million pixels"


def test_large_pictures_are_unfolded_one_at_a_time(monkeypatch):
    large, small = (encoded(Image.new("1", size), "PNG") for size in ((5000, 2500), (50, 25)))
    under_way, most = [], []
    both = threading.Barrier(2)
    resize = Image.Image.resize

    def watched(image, size, *arguments, **options):
        if image.width > 2000:
            under_way.append(image)
            most.append(len(under_way))
            with suppress(threading.BrokenBarrierError):
                # Two at a time would meet here.
                both.wait(0.5)
            under_way.remove(image)
        return resize(image, size, *arguments, **options)

    monkeypatch.setattr(Image.Image, "resize", watched)
    with bombs_refused(), ThreadPoolExecutor(3) as executor:
        found = list(executor.map(converted, (large, large, small)))
    assert most == [1, 1]
    assert [picture.copies[-1][0] for picture in found] == [960, 960, 50]


def test_what_can_not_be_written_as_it_is_wanted_is_refused():
    assert refused(encoded(Image.new("1", (10, 40_000)), "PNG")) == "damaged"


def test_limits_of_others_stay_theirs():
    before = Image.MAX_IMAGE_PIXELS
    with bombs_refused():
        assert before != MOST_PIXELS == Image.MAX_IMAGE_PIXELS
    assert before == Image.MAX_IMAGE_PIXELS


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.data())
def test_whatever_harm_is_done_to_a_picture_it_is_refused_or_has_copies(drawn, kind, data):
    content = bytearray(drawn(40, 30, kind=kind))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with bombs_refused():
        try:
            found = converted(bytes(content[: data.draw(st.integers(0, len(content)))]))
        except MissingError:
            return
    assert found.copies
    assert found.height > 0
