"""What a browser has to say against the pages that it shows."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request


def hear(page: "Page", complaints: list[str]) -> None:
    """Note what a page writes to the console, with what the browser adds to it, and the errors of its scripts."""
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))


def hear_of_requests(page: "Page", complaints: list[str]) -> None:
    """Note what a page asked for in vain."""

    def failed(request: "Request") -> None:
        # Whoever goes on to another page breaks off what was still on its way to this one, and that is as it should be.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"failed: {request.url}")

    page.on("requestfailed", failed)
