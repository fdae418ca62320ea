"""What the engine makes of publishes that were cut short, one after the other: nothing of ours becomes foreign."""

import pytest
from folders import NOW, content_of, publish, target_at
from releases import release_of

from broadsheet.publish.sending import Release, planned, send


class CutError(Exception):
    """The line is dead."""


def cut_short(path, release: Release, at: str) -> None:
    """Publish until the file `at` would be sent."""

    def content(item):
        if item.path == at:
            raise CutError
        return release.content(item)

    cut = Release(release.name, release.items, content, release.index)
    with planned(cut, target_at(path, releases=False), NOW, 0, print) as publishing, pytest.raises(CutError):
        send(publishing, NOW, lambda step, done, total: None)


def test_a_page_that_two_publishes_which_were_cut_short_have_brought_is_still_ours(quick):
    www = quick / "www"
    base = {"index.html": b"1", "z.html": b""}
    publish(www, release_of("one", base), releases=False)
    cut_short(www, release_of("two", {**base, "a.html": b"two", "b.html": b""}), "b.html")
    cut_short(www, release_of("three", {**base, "a.html": b"three"}), "a.html")
    assert content_of(www)["a.html"] == b"two"
    plan = publish(www, release_of("four", base), releases=False)
    assert (plan.deleted, plan.left) == (("a.html",), ())
    assert content_of(www) == base


def test_an_index_of_which_a_publish_that_was_cut_short_has_replaced_a_part_is_sent_anew(quick):
    """What stands for the index in the ledger is that of the release before, and its parts are of both."""
    www = quick / "www"

    def files(word):
        return {
            "index.html": word,
            "pagefind/fragment/" + word.decode(): word,
            "pagefind/pagefind-entry.json": word,
            "pagefind/pagefind.js": b"",
        }

    one = release_of("one", files(b"alpha"), index="of alpha")
    publish(www, one, releases=False)
    cut_short(www, release_of("two", files(b"beta"), index="of beta"), "index.html")
    assert content_of(www)["pagefind/pagefind-entry.json"] == b"beta"
    publish(www, one, releases=False, grace=0)
    assert content_of(www) == files(b"alpha")


def test_an_index_that_was_made_of_the_same_entries_stays_whatever_its_bytes(quick):
    www = quick / "www"
    index = {"pagefind/fragment/one": b"1", "pagefind/pagefind-entry.json": b"1"}
    publish(www, release_of("one", {"index.html": b"1", **index}, index="same"), releases=False)
    other = {"pagefind/fragment/two": b"2", "pagefind/pagefind-entry.json": b"2"}
    plan = publish(www, release_of("two", {"index.html": b"2", **other}, index="same"), releases=False)
    assert [item.path for item in plan.changed] == ["index.html"]
    assert content_of(www) == {"index.html": b"2", **index}
    (www / "pagefind/fragment/one").unlink()
    publish(www, release_of("two", {"index.html": b"2", **other}, index="same"), releases=False, grace=0)
    assert content_of(www) == {"index.html": b"2", **other}
