"""The preview at work: what it shows meanwhile, and what it does with a bug of ours."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from broadsheet.serve.hosts import listen
from broadsheet.serve.preview import Preview
from broadsheet.serve.workshop import Order, Workshop
from broadsheet.workers import Workers

NOW = datetime(2024, 6, 1, tzinfo=UTC)


class BugError(Exception):
    pass


@pytest.mark.parametrize("place", ["change", "probe", "search_wanted"])
def test_a_bug_of_ours_ends_it_and_is_not_kept_quiet(tmp_path, record, monkeypatch, place):
    record(tmp_path / "site")

    def broken(*_):
        raise BugError

    workshop = Workshop(Order(tmp_path / "site", now=NOW), lambda: NOW, Workers())
    preview = Preview(workshop, lambda: NOW, lambda _: None, polls=False)
    preview.look()
    monkeypatch.setattr(workshop, place, broken)
    with pytest.raises(BugError):
        preview.serve(listen("127.0.0.1", 0), {"127.0.0.1"}, lambda: None)


def test_what_shows_how_far_it_is_is_gone_before_anything_is_told(tmp_path, record):
    record(tmp_path / "site")
    said = []

    @contextmanager
    def showing():
        yield lambda *step: said.append(step[0])
        said.append("gone")

    workshop = Workshop(Order(tmp_path / "site", now=NOW), lambda: NOW, Workers())
    preview = Preview(workshop, lambda: NOW, said.append, polls=False)
    preview.look(showing=showing())
    assert said[:-2] == ["reading records"] * len(said[:-2])
    assert said[-2] == "gone"
    assert [problem.rule for problem in said[-1].problems] == ["no-base-url"]


def test_a_bug_in_making_the_index_ends_it_too(tmp_path, record, monkeypatch):
    record(tmp_path / "site")
    (tmp_path / "site/broadsheet.yaml").write_text("search: true\n")

    def broken(*_):
        raise BugError

    monkeypatch.setattr("broadsheet.serve.searching.search_index", broken)
    workshop = Workshop(Order(tmp_path / "site", now=NOW), lambda: NOW, Workers())
    preview = Preview(workshop, lambda: NOW, lambda _: None, polls=False)
    preview.look()
    with pytest.raises(BugError):
        preview.serve(listen("127.0.0.1", 0), {"127.0.0.1"}, lambda: None)
