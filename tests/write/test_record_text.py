"""What is written of a record is what is read of it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.model import Coverage, Image, Provider, Record
from broadsheet.read.front_matter import FrontMatter, split
from broadsheet.read.records import RecordReader
from broadsheet.write.record import record_text, write_record
from strategies import record_files

FILE = "2024-05-31-a.md"
TIME = datetime(2024, 5, 31, 8, tzinfo=UTC)
RECORD = Record(
    file=FILE,
    slug="2024-05-31-a",
    title='"Night trams": all #1 of them',
    published_at=TIME,
    excerpt="They run till five.\nOn Fridays.",
    web_url="https://press.example.org/night-trams",
    original_url="https://press.example.org/night-trams",
    quality=0,
    heat=40,
    published=False,
    draft=True,
    updated_at=TIME,
    locale="en",
    tags=("No", "trams"),
    provider=Provider("The Press", "press.example.org", (Image("https://press.example.org/logo.png", 10, 10),)),
    topics=("Transport", "null", "C#"),
    images=(Image("/tram.png", 640, 480, "A tram", is_cached=True),),
    related=(
        Coverage(
            "Trams: all night",
            TIME,
            web_url="https://wire.example.org/1",
            provider=Provider("Wire: Local", "wire.example.org"),
            quality=3,
        ),
        Coverage("No address", TIME, type="video"),
    ),
    aliases=("2024-05-30-a",),
    split=("2024-05-29-b",),
    body="More of it.\n",
)


def parts_of(text: str) -> FrontMatter:
    parts = split(text.encode("utf-8"), FILE)
    assert isinstance(parts, FrontMatter)
    return parts


def test_a_record_with_everything_is_read_as_it_was_written_by_both_ways_of_reading() -> None:
    record, problems = RecordReader().reference(parts_of(record_text(RECORD)), FILE)

    assert (record, problems) == (RECORD, ())


def test_what_a_feed_gives_is_read_the_fast_way() -> None:
    text = record_text(structs.replace(RECORD, split=()))

    assert RecordReader().fast(parts_of(text), FILE) is not None


@given(record_files())
def test_any_record_that_can_be_read_is_read_the_same_after_it_is_written(data: bytes) -> None:
    record, _ = RecordReader().read(data, FILE)
    if record is not None:
        again, problems = RecordReader().read(record_text(record).encode("utf-8", "surrogatepass"), FILE)

        assert again == record, problems


@given(st.text(), st.text(min_size=1), st.text())
def test_any_text_is_kept(title: str, name: str, excerpt: str) -> None:
    wanted = Record(FILE, "2024-05-31-a", f"x{title}", TIME, excerpt=excerpt, topics=(name,), tags=(name,))

    assert RecordReader().reference(parts_of(record_text(wanted)), FILE)[0] == wanted


def test_a_file_that_is_there_is_never_written_over(tmp_path) -> None:
    path = write_record(tmp_path, "2024-05-31-a", RECORD)
    path.write_text("edited")

    with pytest.raises(FileExistsError):
        write_record(tmp_path, "2024-05-31-a", RECORD)

    assert [file.read_text() for file in tmp_path.iterdir()] == ["edited"]
