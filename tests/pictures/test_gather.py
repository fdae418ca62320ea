"""All pictures of a site: fetched once, kept, tried again when it is time, and never the end of a build."""

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time_ns

import msgspec
import pytest

from broadsheet.files import save_cache
from broadsheet.model import Picture
from broadsheet.pictures import store
from broadsheet.pictures.fetch import Limits
from broadsheet.pictures.gather import Gathered, Outside, gather
from broadsheet.read.disk import Disk
from broadsheet.read.source import StaticFile
from broadsheet.read.trace import Trace

NOON = datetime(2024, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def permit(address: str) -> bool:
    return address == "127.0.0.1"


def run(
    folder: Path,
    *urls: str,
    now: datetime = NOON,
    outside: Outside | None = None,
    last: Gathered | None = None,
) -> Gathered:
    """Gather pictures, so long after the `last` time that all was settled then."""
    folder.mkdir(exist_ok=True)
    disk = Disk(last.trace, time_ns() + 10_000_000_000) if last else Disk()
    return gather(list(urls), folder / "images", now, disk, lambda *_: None, outside or Outside(permit))


def content(gathered: Gathered) -> dict[str, bytes]:
    found = {}
    for path, file in gathered.files.items():
        found[path] = file.source.read_bytes() if isinstance(file, StaticFile) else file
    return found


def test_a_picture_is_fetched_once(press, drawn, tmp_path):
    url = press.serve("/a.png", drawn(1000, 500))
    first = run(tmp_path / "c", url)
    again = run(tmp_path / "c", url)
    assert press.asked() == ["/a.png"]
    assert again == first
    picture = first.pictures[url]
    assert (picture.width, picture.height) == (960, 480)
    assert [width for width, _ in picture.copies] == [480, 960]
    assert [path for _, path in picture.copies] == list(first.files)
    assert all(path.startswith("images/") and path.endswith(f"-{width}.webp") for width, path in picture.copies)
    assert (first.missing, first.until, first.remark, first.told) == ({}, None, "", "")


def test_two_addresses_of_one_picture_share_its_files(press, drawn, tmp_path):
    one, two = press.serve("/a.png", drawn()), press.serve("/b.png", drawn())
    found = run(tmp_path / "c", one, two)
    assert found.pictures[one] == found.pictures[two]
    assert len(found.files) == 2


def test_two_folders_that_were_filled_alike_give_the_same_bytes(press, drawn, tmp_path):
    urls = [press.serve(f"/{number}.png", drawn(500 + number, 300)) for number in range(12)]
    one, two = run(tmp_path / "c", *urls), run(tmp_path / "d", *reversed(urls))
    assert content(one) == content(two)
    assert one.pictures == two.pictures


def test_pictures_that_can_not_be_had_are_counted_by_the_reason(press, drawn, tmp_path):
    urls = [
        press.serve("/a.png", drawn()),
        *(press.url(f"/no-{number}.png") for number in range(3)),
        press.serve("/page", b"<html>", "text/html"),
        press.serve("/page.png", b"<html>"),
        "http://127.0.0.2:1/x.png",
        press.serve("/half.png", drawn()[:500]),
    ]
    found = run(tmp_path / "c", *urls)
    assert list(found.pictures) == urls[:1]
    assert found.missing == {
        "status 404": 3,
        "no picture of a kind that is taken": 2,
        "an address that is not public": 1,
        "damaged": 1,
    }
    assert found.told == (
        "7 of 8 pictures from elsewhere can not be had: status 404 (3), no picture of a kind that is taken (2), "
        "an address that is not public (1), other reasons (1)"
    )


def test_what_could_not_be_had_is_tried_again_when_a_day_has_passed(press, drawn, tmp_path):
    url = press.url("/a.png")
    first = run(tmp_path / "c", url)
    assert (first.since, first.until) == (NOON, NOON + DAY)
    press.serve("/a.png", drawn())
    just_before = run(tmp_path / "c", url, now=NOON + DAY - timedelta(seconds=1))
    assert just_before == first
    assert len(press.requests) == 1
    after = run(tmp_path / "c", url, now=NOON + DAY)
    assert url in after.pictures
    assert after.until is None
    assert len(press.requests) == 2


def test_a_clock_that_went_back_does_not_put_off_a_picture_for_years(press, drawn, tmp_path):
    url = press.url("/a.png")
    run(tmp_path / "c", url, now=NOON + 3650 * DAY)
    press.serve("/a.png", drawn())
    assert url in run(tmp_path / "c", url).pictures


@pytest.mark.parametrize("is_known", [False, True], ids=["unknown", "known"])
@pytest.mark.parametrize("harm", ["cut", "flipped", "gone", "folder"])
def test_a_file_that_was_damaged_is_fetched_again(press, drawn, tmp_path, is_known, harm):
    url = press.serve("/a.png", drawn())
    last = run(tmp_path / "c", url)
    before = content(last)
    path = sorted((tmp_path / "c/images").glob("*.webp"))[0]
    data = bytearray(path.read_bytes())
    if harm == "cut":
        path.write_bytes(data[:50])
    elif harm == "flipped":
        data[40] ^= 1
        path.write_bytes(data)
    else:
        path.unlink()
        if harm == "folder":
            for other in (tmp_path / "c/images").iterdir():
                other.unlink()
            (tmp_path / "c/images").rmdir()
    assert content(run(tmp_path / "c", url, last=last if is_known else None)) == before
    assert len(press.requests) == 2


@pytest.mark.parametrize("at", [0, 5, 30, 60, 80, -1])
def test_a_damaged_list_of_what_is_kept_is_as_good_as_none(press, drawn, tmp_path, at):
    url = press.serve("/a.png", drawn())
    before = content(run(tmp_path / "c", url))
    index = tmp_path / "c/images/index"
    data = bytearray(index.read_bytes())
    data[at] ^= 255
    index.write_bytes(data)
    assert content(run(tmp_path / "c", url)) == before
    assert len(press.requests) == 2


@pytest.mark.parametrize(
    "forged",
    [
        [{"http://a.example/": [[], 5]}, {}],
        [{"http://a.example/": [[["../../../escaped.webp", 5, "00"]], 5]}, {}],
        [{"http://a.example/": [[[f"{'0' * 32}-5.webp/../../x", 5, "00"]], 5]}, {}],
        [{}, {"http://a.example/": ["why", "2024-05-01T00:00:00", "2024-05-01T00:00:00"]}],
    ],
)
def test_a_list_of_what_is_kept_that_was_forged_is_as_good_as_none(tmp_path, forged):
    save_cache(tmp_path / "index", store._KEY, msgspec.msgpack.encode(forged))
    kept = store.Store(tmp_path, Disk())
    assert kept.picture("http://a.example/") is None
    assert kept.failure("http://a.example/", datetime(2024, 5, 1, tzinfo=UTC)) is None


def test_files_with_other_times_are_still_known_by_their_content(press, drawn, tmp_path):
    url = press.serve("/a.png", drawn())
    before = run(tmp_path / "c", url)
    for path in (tmp_path / "c/images").iterdir():
        os.utime(path, (1_500_000_000, 1_500_000_000))
    assert content(run(tmp_path / "c", url, last=before)) == content(before)
    assert press.asked() == ["/a.png"]


def test_what_is_known_by_its_stamp_is_not_read_again(press, drawn, tmp_path):
    url = press.serve("/a.png", drawn())
    first = run(tmp_path / "c", url)
    second = run(tmp_path / "c", url, last=first)
    assert second.trace.files == first.trace.files
    assert all(second.trace.files[path] is seen for path, seen in first.trace.files.items())
    assert len(first.trace.files) == 3


def no_folder(path: Path) -> None:
    path.write_text("in the way")


def link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    elsewhere.mkdir()
    path.symlink_to(elsewhere)


@pytest.mark.parametrize("obstacle", [no_folder, link])
@pytest.mark.parametrize("where", [".broadsheet", ".broadsheet/images"])
def test_where_nothing_can_be_kept_the_pictures_are_there_all_the_same(press, drawn, tmp_path, obstacle, where):
    (tmp_path / ".broadsheet").mkdir() if "/" in where else None
    obstacle(tmp_path / where)
    url = press.serve("/a.png", drawn())
    found = gather([url], tmp_path / ".broadsheet/images", NOON, Disk(), lambda *_: None, Outside(permit))
    assert found.remark
    assert len(found.files) == 2
    kept = gather([url], tmp_path / "c", NOON, Disk(), lambda *_: None, Outside(permit))
    assert content(found) == content(kept)
    assert list(tmp_path.rglob("elsewhere/*")) == []


def test_nothing_is_asked_for_and_nothing_written_where_there_is_no_picture(tmp_path):
    found = run(tmp_path / "c")
    assert found == Gathered({}, {}, {}, 0, None, None, "", Trace())
    assert not (tmp_path / "c/images").exists()


def test_no_more_than_two_at_a_time_are_asked_of_one_host(press, drawn, tmp_path):
    lock, here, most = threading.Lock(), [0], [0]
    picture = drawn(20, 20)
    turns = threading.Barrier(2)

    def answer(request):
        with lock:
            here[0] += 1
            most[0] = max(most[0], here[0])
        # All that may come have come when two wait here.
        turns.wait(30)
        with lock:
            here[0] -= 1
        request.send_response(200)
        request.end_headers()
        request.wfile.write(picture)

    urls = [press.url(f"/{number}.png") for number in range(12)]
    press.answers = dict.fromkeys((f"/{number}.png" for number in range(12)), answer)
    assert len(run(tmp_path / "c", *urls).pictures) == 12
    assert most[0] == 2


def test_when_the_time_for_all_is_over_the_next_build_goes_on(press, drawn, tmp_path):
    def never(request):
        press.over.wait(30)

    picture = drawn(20, 20)
    urls = [press.url(f"/{number}.png") for number in range(6)]
    press.answers = dict.fromkeys((f"/{number}.png" for number in range(6)), never)
    found = run(tmp_path / "c", *urls, outside=Outside(permit, Limits(), 0.2))
    assert found.missing == {"not reached before the time for all was over": 6}
    for url in urls:
        press.serve(url.rpartition("/")[2].join(("/", "")), picture)
    # The very same build, done again, tells the same.
    assert run(tmp_path / "c", *urls) == found
    assert len(run(tmp_path / "c", *urls, now=NOON + timedelta(seconds=1)).pictures) == 6


def test_who_gets_tired_of_waiting_keeps_what_was_had(press, drawn, tmp_path):
    urls = [press.serve(f"/{number}.png", drawn(20 + number, 20)) for number in range(9)]

    def tired(step, done, total):
        if done == 4:
            raise KeyboardInterrupt

    (tmp_path / "c").mkdir()
    with pytest.raises(KeyboardInterrupt):
        gather(urls, tmp_path / "c/images", NOON, Disk(), tired, Outside(permit))
    assert len(run(tmp_path / "c", *urls).pictures) == 9
    asked = press.asked()
    # What was had is not asked for again.
    assert sum(asked.count(path) == 1 for path in set(asked)) >= 4


def test_pictures_come_in_the_order_that_they_are_wanted_in(press, drawn, tmp_path):
    urls = [press.serve(f"/{number}.png", drawn(20 + number, 20)) for number in range(5)]
    found = run(tmp_path / "c", *reversed(urls))
    assert list(found.pictures) == urls[::-1]
    assert all(isinstance(picture, Picture) for picture in found.pictures.values())
