"""The search index of a preview, made aside."""

from pathlib import Path
from threading import Event

import pytest

from broadsheet.model import OutputFile
from broadsheet.serve import searching
from broadsheet.serve.searching import Searching


def test_an_index_that_is_ready_when_nobody_wants_it_any_more_is_not_sent(monkeypatch: pytest.MonkeyPatch):
    done = Event()
    made = Searching(done.set)

    def overtaken(*_) -> list[OutputFile]:
        made.want(None)
        return [OutputFile("pagefind/pagefind.js", b"index")]

    monkeypatch.setattr(searching, "search_index", overtaken)
    made.want(((), "en", Path("site")))
    assert done.wait(30)
    assert made.content("pagefind/pagefind.js") is None
