"""What can be wrong with the settings of the editions. Pure."""

import re
from datetime import time

from broadsheet.config import Editions, is_time_zone
from broadsheet.problems import Problem
from broadsheet.yaml_text import Document

_TIME = re.compile(r"[0-2][0-9]:[0-5][0-9]").fullmatch
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+[A-Za-z0-9]").fullmatch
_ADDRESS = re.compile(r"(?:https?://|mailto:)[!-;=?-~]+", re.IGNORECASE).fullmatch
# What mail services replace: {{name}}, {name}, %%name%%, *|NAME|*, [name].
_PLACEHOLDER = re.compile(r"\{\{? ?[\w.]+ ?\}?\}|%%?[\w.]+%%?|\*\|[\w:]+\|\*|\[[\w.]+\]", re.ASCII).fullmatch
# A line of an email has at most 998 characters; an address 254.
_LONGEST = 900
_LONGEST_MAILBOX = 254


def wrong_schedule(editions: Editions, document: Document) -> list[Problem]:
    """Return a problem for every setting of the editions that says nothing usable."""
    wrong: list[Problem] = []

    def add(name: str, message: str, hint: str) -> None:
        wrong.append(Problem(document.place(("editions", name)), message, hint))

    if not _is_time(editions.time):
        add("time", f"`editions.time` is no time of day: {editions.time[:40]}", 'for example "07:00"')
    if editions.time_zone and not is_time_zone(editions.time_zone):
        add("time_zone", f"the time zone {editions.time_zone!r} is not known", "for example Europe/Berlin")
    days = editions.weekdays
    if days is not None and editions.period == "monthly":
        add("weekdays", "a monthly edition has no weekdays: it is cut on the first of the month", "remove them")
    elif days is not None and editions.period == "weekly" and len(set(days)) != 1:
        add("weekdays", "a weekly edition has one weekday", "for example [fri]")
    elif days is not None and not days:
        add("weekdays", "`editions.weekdays` names no day", "remove it for every day")
    if any(not name.strip() for name in editions.sections or ()):
        add("sections", "`editions.sections` has a name that is empty", "remove it")
    if editions.sender is not None and not _is_sender(editions.sender):
        add("sender", "`editions.sender` is no address of an email", "for example The Daily Tram <news@example.org>")
    if editions.unsubscribe is not None and not _is_unsubscribe(editions.unsubscribe):
        message = "`editions.unsubscribe` is no address: https, mailto, or a placeholder"
        add("unsubscribe", message, "for example {{unsubscribe_url}}, in quotes")
    return wrong


def _is_time(text: str) -> bool:
    return bool(_TIME(text)) and text < "24" and time.fromisoformat(text) is not None


def _is_sender(text: str) -> bool:
    # Only who sends editions needs it.
    from email.utils import parseaddr  # noqa: PLC0415

    address = parseaddr(text)[1] if len(text) <= _LONGEST and text.isprintable() else ""
    return len(address) <= _LONGEST_MAILBOX and bool(_MAILBOX(address))


def _is_unsubscribe(text: str) -> bool:
    return len(text) <= _LONGEST and bool(_ADDRESS(text) or _PLACEHOLDER(text))
