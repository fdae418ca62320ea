"""The ledger: what it says comes back, and what somebody made of it harms nobody."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.publish.release import LEDGER, Item, Ledger, Sent, ledger_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PATHS = st.text("aß/. ~%", min_size=1, max_size=12)
LEDGERS = st.builds(
    Ledger,
    release=TEXT,
    published_at=TEXT,
    source=TEXT,
    index=TEXT,
    before=TEXT,
    files=st.dictionaries(PATHS, st.builds(Sent, TEXT, st.integers(0, 2**60), TEXT), max_size=4),
    sending=st.dictionaries(PATHS, TEXT, max_size=4),
    retired=st.dictionaries(PATHS, st.integers(0, 2**60), max_size=4),
)


def is_straight(path: str) -> bool:
    return not {"", ".", ".."} & set(path.split("/")) and not path.startswith(".broadsheet")


@given(LEDGERS)
def test_a_ledger_comes_back_as_it_was_written_but_for_paths_that_lead_out(ledger):
    read, remark = ledger_of(ledger.encoded())
    assert remark == ""
    assert read.files == {path: sent for path, sent in ledger.files.items() if is_straight(path)}
    assert read.sending == {path: mark for path, mark in ledger.sending.items() if is_straight(path)}
    assert msgspec.structs.replace(read, files={}, sending={}) == msgspec.structs.replace(ledger, files={}, sending={})


@given(LEDGERS, st.randoms(use_true_random=False))
def test_the_same_ledger_is_the_same_bytes_in_whatever_order_it_was_made(ledger, random):
    files = list(ledger.files.items())
    random.shuffle(files)
    assert msgspec.structs.replace(ledger, files=dict(files)).encoded() == ledger.encoded()


def test_where_there_is_none_it_is_empty_and_nothing_is_wrong():
    assert ledger_of(None) == (Ledger(), "")


@given(st.binary())
def test_what_is_no_ledger_is_an_empty_one_and_is_told(content):
    ledger, remark = ledger_of(content)
    assert ledger == Ledger()
    assert remark.startswith(LEDGER)


@given(LEDGERS, st.integers(0, 10**6), st.binary(min_size=1, max_size=3))
def test_a_ledger_that_was_damaged_is_read_or_told_and_never_leads_out(ledger, at, noise):
    content = ledger.encoded()
    at %= len(content)
    read, remark = ledger_of(content[:at] + noise + content[at + len(noise) :])
    assert all(map(is_straight, [*read.files, *read.sending]))
    assert remark == "" or read == Ledger()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b'"\xff"', b'{"release": "\xff"}', b'{"files": {"a": ["x"]}}', b"[" * 100_000]
)
def test_a_ledger_that_can_not_be_read_is_told(content):
    ledger, remark = ledger_of(content)
    assert ledger == Ledger()
    assert "is damaged" in remark


def test_a_ledger_of_another_version_is_told():
    ledger, remark = ledger_of(b'{"version": 2, "files": {"a": ["mark", 1]}}')
    assert ledger == Ledger()
    assert "another version" in remark


@pytest.mark.parametrize("path", ["../a", "/a", "a/../b", "a//b", "./a", "", "a/", ".broadsheet/x", LEDGER, "a\0b"])
def test_a_path_that_leads_out_or_to_our_own_files_is_none_of_the_ledgers(path):
    ledger = Ledger(files={path: Sent("mark", 1), "ok": Sent("mark", 1)}, sending={path: "mark", "ok": "mark"})
    read, _ = ledger_of(ledger.encoded())
    assert (list(read.files), list(read.sending)) == (["ok"], ["ok"])


def test_what_lies_somewhere_is_ours_with_the_mark_that_was_sent_or_is_being_sent():
    ledger = Ledger(files={"a": Sent("old", 1), "empty": Sent("", 1)}, sending={"a": "new", "b": "new"})
    assert [ledger.is_ours("a", mark) for mark in ("old", "new", "other", "")] == [True, True, False, False]
    assert [ledger.is_ours("b", mark) for mark in ("old", "new", "")] == [False, True, False]
    assert not ledger.is_ours("empty", "")
    assert not ledger.is_ours("c", "new")


def test_two_files_have_the_same_mark_when_they_are_served_alike():
    item = Item("a", "digest", 1, (("Cache-Control", "no-cache"),))
    assert item.mark == Item("b", "digest", 2, (("Cache-Control", "no-cache"),)).mark
    assert len({item.mark, Item("a", "digest", 1).mark, Item("a", "other", 1, item.headers).mark}) == 3
    assert Item("a", "digest", 1).mark == "digest"
