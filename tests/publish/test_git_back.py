"""From a published branch back to the release before."""

import re
from datetime import timedelta

import pytest
from pushed import NOW, A, B, Hub, publish

from broadsheet.problems import SiteError
from broadsheet.publish.git.history import Commit, Entry, Files, message_back, message_of, release_before, way_back
from broadsheet.publish.release import LEDGER, Ledger, Sent, ledger_of
from broadsheet.publish.target import HoldsReleases

C = B | {"index.html": b"C", "news/c/index.html": b"C"}
PICTURES = {path: content for path, content in (A | B).items() if path.startswith("images/")}


@pytest.fixture
def hub(tmp_path) -> Hub:
    """One whose server leaves out files: those of older releases are not there when a commit is made of them."""
    return Hub(tmp_path, filters=True)


def target_of(hub: Hub, **settings):
    return hub.target(remote=hub.path.as_uri(), **settings)


def test_it_goes_back_as_often_as_there_are_releases(hub):
    for name, files in (("one", A), ("two", B), ("three", C)):
        publish(target_of(hub), name, files)
    said: list[str] = []
    assert isinstance(target_of(hub), HoldsReleases)
    assert target_of(hub).go_back(said.append) == ("two", ["index.html", "news/c/index.html"])
    assert said == ["going back to two"]
    assert hub.tree() == B | PICTURES
    name, paths = target_of(hub).go_back(said.append)
    assert (name, paths) == ("one", ["index.html", "news/b/index.html", "news/gone/index.html"])
    assert hub.tree() == A | PICTURES
    with pytest.raises(SiteError, match="no release before"):
        target_of(hub).go_back(said.append)
    assert len(hub.commits()) == 5


def test_after_going_back_a_publish_is_as_any_other(hub):
    publish(target_of(hub), "one", A)
    publish(target_of(hub), "two", B)
    target_of(hub).go_back(print)
    sent, _ = publish(target_of(hub), "one again", A)
    assert sent == []
    sent, _ = publish(target_of(hub), "three", C)
    assert sorted(sent) == ["index.html", "news/b/index.html", "news/c/index.html"]
    assert hub.tree() == C | PICTURES
    assert target_of(hub).go_back(print)[0] == "one", "two was gone back from"


def test_pictures_of_the_release_gone_back_from_go_when_their_time_has_come(hub):
    publish(target_of(hub), "one", A)
    publish(target_of(hub), "two", B)
    target_of(hub).go_back(print)
    assert hub.tree() == A | PICTURES
    publish(target_of(hub), "three", A | {"index.html": b"new"}, NOW + timedelta(days=30))
    assert hub.tree() == A | {"index.html": b"new"}


def test_what_others_did_since_stays(hub):
    publish(target_of(hub), "one", A)
    publish(target_of(hub), "two", B)
    hub.edit({"CNAME": "news.example.org", "news/gone/index.html": "theirs", "news/b/index.html": "theirs"})
    hub.edit({"README.md": "Hello"})
    target_of(hub).go_back(print)
    assert hub.tree() == A | PICTURES | {
        "CNAME": b"news.example.org",
        "README.md": b"Hello",
        "news/gone/index.html": b"theirs",
        "news/b/index.html": b"theirs",
    }


def test_as_much_history_is_brought_as_it_takes(hub):
    publish(target_of(hub), "one", A)
    publish(target_of(hub), "two", B)
    for number in range(9):
        hub.edit({"README.md": str(number)})
    assert target_of(hub).go_back(print)[0] == "one"


def test_a_branch_without_history_has_no_way_back(hub):
    publish(target_of(hub, force=True), "one", A)
    publish(target_of(hub, force=True), "two", B)
    with pytest.raises(SiteError, match="`force: true`"):
        target_of(hub, force=True).go_back(print)
    with pytest.raises(SiteError, match="no release before"):
        target_of(hub).go_back(print)


@pytest.mark.parametrize("branch", ["empty", "foreign"])
def test_a_branch_that_was_never_published_has_no_way_back(hub, branch):
    if branch == "foreign":
        hub.edit({"README.md": "Hello"})
    with pytest.raises(SiteError, match="no release before"):
        target_of(hub).go_back(print)


def test_a_push_in_between_is_not_overrun(hub):
    publish(target_of(hub), "one", A)
    publish(target_of(hub), "two", B)
    with pytest.raises(SiteError, match="meanwhile"):
        target_of(hub).go_back(lambda _: hub.edit({"README.md": "Meanwhile"}))
    assert hub.tree()["index.html"] == B["index.html"]


def test_a_release_with_a_damaged_ledger_is_none_to_go_back_to(hub):
    publish(target_of(hub), "one", A)
    hub.edit({LEDGER: "{"})
    # As if the release had been published so.
    who = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    hub.environment |= who
    message = message_of(Ledger(release="broken"))
    commit = hub.git(hub.path, "commit-tree", "gh-pages^{tree}", "-p", "gh-pages", "-F", "-", given=message).strip()
    hub.git(hub.path, "update-ref", "refs/heads/gh-pages", commit)
    publish(target_of(hub), "three", B)
    with pytest.raises(SiteError, match="the release before can not be told"):
        target_of(hub).go_back(print)


def test_the_ledger_that_comes_back_is_that_of_the_release(hub):
    _, one = publish(target_of(hub), "one", {"index.html": b"1"})
    publish(target_of(hub), "two", {"index.html": b"2"})
    target_of(hub).go_back(print)
    assert ledger_of(hub.tree(all_files=True)[LEDGER]) == (one, "")


def test_a_release_is_told_by_what_its_commit_says():
    ledger = Ledger(release="R")
    history = [
        Commit("4" * 40, message_of(ledger)),
        Commit("9" * 40, "By hand"),
        Commit("3" * 40, message_back(ledger, "1" * 40)),
        Commit("2" * 40, message_of(Ledger(release="R", source="abc"))),
        Commit("1" * 40, message_of(Ledger(release="R", source="abc"))),
    ]
    assert release_before(history) == "1" * 40
    assert release_before(history[1:]) == ""
    assert release_before(history[:3]) == "", "the commit it went back to has to be known"
    assert release_before(history[3:]) == "1" * 40
    assert release_before(history[1:4]) == ""
    assert release_before([]) == ""
    assert re.match(
        r"Publish R\n\nBuilt from abc\.\n\nBroadsheet-Release: R\nBroadsheet-Source: abc\n$", history[3].message
    )


def test_times_since_which_assets_are_out_of_use_are_kept():
    sent = Sent("m", 1, "1")
    entry = Entry("100644", "1")
    now = Files({"a.css": entry, "b.css": entry}, Ledger(files={"a.css": sent, "b.css": sent}, retired={"a.css": 5}))
    then = Files({"c.css": entry}, Ledger(files={"c.css": sent}, retired={"c.css": 7}))
    changes, ledger = way_back(now, then, 100)
    assert changes == {"c.css": "1"}
    assert ledger.retired == {"a.css": 5, "b.css": 100, "c.css": 7}
