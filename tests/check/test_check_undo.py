from pathlib import Path

import pytest

from broadsheet.check.undo import Change, Undo, undone

BEFORE, AFTER = b"a: 1\n", b"a: 2\n"


@pytest.fixture
def site(tmp_path):
    site = tmp_path / "site"
    (site / "deep").mkdir(parents=True)
    for name in ("a", "deep/b", "c"):
        (site / name).write_bytes(BEFORE)
    return site


def change(site: Path, name: str, before: bytes = BEFORE, after: bytes = AFTER) -> Change:
    return Change(f"site/{name}", (site / name).resolve(), before, after)


def contents(site: Path) -> list[bytes]:
    return [(site / name).read_bytes() for name in ("a", "deep/b", "c")]


def test_what_one_run_wrote_in_several_rounds_is_undone_at_once(site):
    undo = Undo(site)
    assert undo.write([change(site, "a"), change(site, "deep/b")]) == (["site/a", "site/deep/b"], ())
    assert undo.write([change(site, "a", AFTER, b"a: 3\n"), change(site, "c")]) == (["site/a", "site/c"], ())
    assert contents(site) == [b"a: 3\n", AFTER, AFTER]
    put_back, problems = undone(site)
    assert (len(put_back), problems) == (3, ())
    assert contents(site) == [BEFORE] * 3


def test_a_run_that_was_cut_short_is_undone_as_far_as_it_came(site):
    Undo(site).write([change(site, "a"), change(site, "deep/b")])
    # As if it had not come so far.
    (site / "deep/b").write_bytes(BEFORE)
    _, problems = undone(site)
    assert problems == ()
    assert contents(site) == [BEFORE] * 3
    assert undone(site) is None


def test_a_round_that_was_cut_short_is_undone_to_what_was_before_the_run(site):
    undo = Undo(site)
    undo.write([change(site, "a")])
    undo.write([change(site, "a", AFTER, b"a: 3\n")])
    (site / "a").write_bytes(AFTER)
    assert undone(site)[1] == ()
    assert contents(site) == [BEFORE] * 3


def test_a_file_that_was_written_by_somebody_else_meanwhile_stays(site):
    (site / "a").write_bytes(b"theirs")
    written, (problem,) = Undo(site).write([change(site, "a"), change(site, "c")])
    assert written == ["site/c"]
    assert str(problem) == "site/a: warning: the file stays as it is: it has changed since"
    assert contents(site) == [b"theirs", BEFORE, AFTER]


def test_a_file_that_is_gone_is_told_and_not_made_again(site):
    Undo(site).write([change(site, "a"), change(site, "c")])
    (site / "a").unlink()
    put_back, (problem,) = undone(site)
    assert put_back == [(site / "c").as_posix()]
    assert "it is not there any more" in str(problem)
    assert not (site / "a").exists()


def test_a_kept_original_that_is_damaged_is_not_put_back(site):
    Undo(site).write([change(site, "a")])
    (site / ".broadsheet/undo/1/files/a").write_bytes(b"a:")
    _, (problem,) = undone(site)
    assert "what was kept of it is damaged" in str(problem)
    assert contents(site) == [AFTER, BEFORE, BEFORE]


def test_the_last_twenty_fixes_are_kept(site):
    for number in range(22):
        Undo(site).write([change(site, "a", f"a: {number}\n".encode(), f"a: {number + 1}\n".encode())])
        (site / "a").write_bytes(f"a: {number + 1}\n".encode())
    kept = sorted(int(path.name) for path in (site / ".broadsheet/undo").iterdir() if path.is_dir())
    assert kept == list(range(3, 23))


def test_the_kept_files_are_no_part_of_the_site_s_repository(site):
    Undo(site).write([change(site, "a")])
    assert (site / ".broadsheet/.gitignore").read_text() == "*\n"
