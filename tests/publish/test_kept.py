"""The releases that are kept beside a site, for targets that keep none."""

import os

import pytest
from msgspec import structs

from broadsheet.model import OutputFile
from broadsheet.problems import SiteError
from broadsheet.publish.building import release_in
from broadsheet.publish.kept import Begun, Kept
from broadsheet.publish.release import Ledger
from broadsheet.write.output import Output

PLACE = "s3://herald"


@pytest.fixture
def kept(tmp_path):
    return Kept(tmp_path, "live")


def publish(kept, name, files):
    with kept.workplace() as built:
        output = Output(built)
        for path, content in files.items():
            output.add(OutputFile(path, content))
        output.commit()
        release = release_in(built, name=name, index=f"index of {name}", source="c0ffee")
        kept.keep(structs.replace(release, before=(kept.names() or [""])[-1]), built)


def before(kept, release, **facts):
    facts.setdefault("before", kept.load(release).before if release in kept.names() else "")
    return kept.before(Ledger(release=release, **facts), PLACE)


def refusal(kept, release, **facts):
    with pytest.raises(SiteError) as error:
        before(kept, release, **facts)
    return str(error.value)


def test_a_kept_release_is_what_was_built(kept):
    publish(kept, "1", {"index.html": b"one", "a/index.html": b"a"})
    release = kept.load("1")
    assert (release.name, release.index, release.source) == ("1", "index of 1", "c0ffee")
    assert {path: release.content(item) for path, item in release.items.items()} == {
        "index.html": b"one",
        "a/index.html": b"a",
    }
    assert [item.size for item in release.items.values()] == [1, 3]


def test_what_two_releases_have_alike_is_stored_once(kept):
    publish(kept, "1", {"index.html": b"one", "a.css": b"same"})
    publish(kept, "2", {"index.html": b"two", "a.css": b"same"})
    assert os.path.samefile(kept.folder / "1/a.css", kept.folder / "2/a.css")
    assert (kept.folder / "1/index.html").read_bytes() == b"one"
    assert kept.load("2").content(kept.load("2").items["a.css"]) == b"same"


def test_the_release_before_is_the_one_that_was_published_before(kept):
    for name in "123":
        publish(kept, name, {"index.html": name.encode()})
    assert before(kept, "3") == "2"
    assert before(kept, "2") == "1"
    assert "no release from before is kept here" in refusal(kept, "1")


def test_of_a_publish_that_was_cut_short_the_release_before_is_the_last_whole_one(kept):
    publish(kept, "1", {"index.html": b"1"})
    assert before(kept, "1", sending={"index.html": "mark"}) == "1"


def test_what_was_published_elsewhere_has_no_release_before_it_here(kept):
    publish(kept, "1", {"index.html": b"1"})
    assert f"{PLACE}: error: what is published there was not published from here" in refusal(kept, "2")


def test_a_release_that_somebody_went_back_from_is_never_gone_back_to(kept):
    for name in "123":
        publish(kept, name, {"index.html": name.encode()})
    kept.forget_after("2")
    publish(kept, "4", {"index.html": b"4"})
    assert before(kept, "4") == "2"


def test_only_the_last_few_are_kept(kept):
    for name in "12345":
        publish(kept, name, {"index.html": name.encode()})
    assert kept.names() == ["3", "4", "5"]


def test_nothing_is_left_of_a_release_that_was_not_published(kept):
    with kept.workplace() as built:
        built.mkdir()
    assert list(kept.folder.iterdir()) == []


def test_where_nothing_can_be_kept_a_release_is_built_all_the_same(kept, tmp_path):
    (tmp_path / ".broadsheet").write_text("in the way")
    with kept.workplace() as built:
        built.mkdir()
        assert tmp_path not in built.parents
        with pytest.raises(OSError, match="Read-only"):
            kept.keep(release_in(built, name="1"), built)


def test_a_damaged_release_is_told(kept):
    publish(kept, "1", {"index.html": b"one"})
    (kept.folder / "1/index.html").write_bytes(b"else")
    release = kept.load("1")
    with pytest.raises(SiteError, match="no longer what was built"):
        release.content(release.items["index.html"])
    for content in (b"{", b'{"index": "\xff"}', b'{"x": ' + b"[" * 100_000):
        (kept.folder / "1/.broadsheet-release.json").write_bytes(content)
        with pytest.raises(SiteError, match="the release is damaged"):
            kept.load("1")


@pytest.mark.parametrize("content", [b"{", b'{"back_to": "\xff"}', b'{"x": ' + b"[" * 100_000])
def test_damaged_notes_of_what_was_begun_say_that_nothing_was(kept, content):
    begun = Begun(back_to="1")
    kept.folder.mkdir(parents=True)
    kept.begin(begun)
    assert kept.begun() == begun
    (path,) = kept.folder.iterdir()
    path.write_bytes(content)
    assert kept.begun() == Begun()


def test_a_release_is_gone_back_to_only_where_it_is_the_one_before(kept):
    for name in "13":
        publish(kept, name, {"index.html": name.encode()})
    assert "the release before, 2, was not published from here, or is kept no longer" in refusal(kept, "3", before="2")


def test_a_release_that_was_published_and_not_kept_has_the_one_before_it(kept):
    publish(kept, "1", {"index.html": b"1"})
    assert before(kept, "2", before="1") == "1"


def test_a_clock_that_was_set_back_does_not_cost_the_release_before(kept):
    for name in ("7", "8", "9"):
        publish(kept, name, {"index.html": name.encode()})
    with kept.workplace() as built:
        output = Output(built)
        output.add(OutputFile("index.html", b"now"))
        output.commit()
        kept.keep(structs.replace(release_in(built, name="1"), before="9"), built)
    assert {"1", "9"} <= set(kept.names())
    assert kept.load("1").before == "9"


@pytest.mark.parametrize("name", ["", "..", "../../gone", "a/b"])
def test_a_name_that_leads_elsewhere_is_no_release(kept, name):
    with kept.workplace() as built:
        built.mkdir()
        with pytest.raises(OSError, match="Invalid argument"):
            kept.keep(release_in(built, name=name), built)


def test_a_release_whose_published_index_was_another_is_kept_as_it_was_built(kept):
    publish(kept, "1", {"pagefind/pagefind-entry.json": b"one"})
    with kept.workplace() as built:
        output = Output(built)
        output.add(OutputFile("pagefind/pagefind-entry.json", b"two"))
        output.commit()
        items = kept.load("1").items
        kept.keep(structs.replace(release_in(built, name="2"), items=items), built)
    release = kept.load("2")
    assert [release.content(item) for item in release.items.values()] == [b"two"]
