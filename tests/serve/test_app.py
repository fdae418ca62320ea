"""The preview as a web application, asked in this process: what comes between two steps of one answer."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from running import running

from broadsheet.serve.app import application
from broadsheet.serve.hub import Hub
from broadsheet.serve.searching import Searching
from broadsheet.serve.workshop import Copy, Order, Workshop
from broadsheet.workers import Workers

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def asked(workshop: Workshop, path: str) -> str:
    """Return the page that a browser gets."""
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"accept", b"text/html")],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(application(workshop, Searching(lambda: None), Hub(), ())(scope, receive, send))
    return b"".join(message.get("body", b"") for message in sent).decode()


def test_a_page_that_is_older_than_a_style_is_not_said_to_have_it(record, tmp_path: Path):
    record(tmp_path / "_news")
    style = tmp_path / "static" / "theme" / "broadsheet.css"
    style.parent.mkdir(parents=True)
    style.write_text("body { color: black }")

    class Saved(Workshop):
        def copy(self, path: str) -> Copy | None:
            copy = super().copy(path)
            style.write_text("body { color: navy }")
            self.renew()
            return copy

    workshop = Saved(Order(tmp_path, now=NOW), lambda: NOW, Workers())
    workshop.renew()
    page = asked(workshop, "/")
    look = re.search('data-look="(.*?)"', page)
    assert look
    assert look[1] != workshop.standing.look


@pytest.mark.parametrize("base", ["", "/repo", "/m%C3%BCll%20100%25"])
def test_pages_whose_address_is_percent_encoded_are_told_what_they_are(base, record, tmp_path: Path):
    record(tmp_path / "site" / "_news", "2024-05-01-größe.md", topics=["Größe & Höhe"], publishedDateTime="2024-05-01")
    (tmp_path / "site" / "static").mkdir()
    (tmp_path / "site" / "static" / "100 %.html").write_text("<title>100 %</title>")
    (tmp_path / "site" / "broadsheet.yaml").write_text(f"base_url: https://example.org{base}\n")
    with running(tmp_path / "site", errors=tmp_path / "errors") as preview:
        assert preview.base == f"{base}/"
        answer = preview.ask("/")
        assert base == "" or answer.headers["location"] == f"{base}/"
        front = preview.ask(f"{base}/").body.decode()
        assert f'href="{base}/news/2024-05-01-gr%C3%B6%C3%9Fe/"' in front
        for path in (
            "/",
            "/news/2024-05-01-gr%C3%B6%C3%9Fe/",
            "/topics/gr%C3%B6%C3%9Fe-and-h%C3%B6he/",
            "/100%20%25.html",
        ):
            answer = preview.ask(base + path, "Accept: text/html")
            with preview.stream(quote(base + path, safe="")) as stream:
                state = stream.next()
            assert (answer.status, state["missing"]) == (200, ""), path
            assert f'data-page="{state["page"]}"' in answer.body.decode(), path
        with preview.stream(quote(f"{base}/topics/gr%C3%B6%C3%9Fe-hohe/", safe="")) as stream:
            assert stream.next()["nearby"][0]["url"] == f"{base}/topics/gr%C3%B6%C3%9Fe-and-h%C3%B6he/"
