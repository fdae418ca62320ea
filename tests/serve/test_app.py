"""The preview as a web application, asked in this process: what comes between two steps of one answer."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
