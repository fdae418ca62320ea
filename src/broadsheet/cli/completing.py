"""What a shell is offered where a word is to be completed: names of the site, and of the program.

A shell asks at every press of a key: it is answered quickly, with nothing printed, and with nothing where a site is
broken or is none.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from broadsheet.read.folders import Folders

    Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

# What every shell takes for one word as it stands.
_is_word = re.compile(r"[\w@%+=.,/-]+").fullmatch


def _completing(names: Callable[[click.Context], Iterable[tuple[str, str]]]) -> Complete:
    """Return what completes a word by `names`, each with what it is."""

    def complete(context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
        try:
            found = list(names(context))
        # Whatever it is that is broken: the shell would print it into the line that somebody is writing.
        except Exception:
            return []
        return [
            CompletionItem(name, help=what or None) for name, what in found if name.startswith(start) and _is_word(name)
        ]

    return complete


def _site(context: click.Context) -> Path:
    """Return the folder that is named so far, the last one of several, else the current one."""
    # Behind an option that still lacks its value arguments are not told apart yet.
    named = [*context.args, *(context.params.get("arguments") or ())]
    folders = [Path(text) for text in named if Path(text).is_dir()]
    return folders[-1] if folders else Path(context.params.get("site") or ".")


def _folders(context: click.Context) -> Folders:
    from broadsheet.read.folders import find_folders, read_settings  # noqa: PLC0415

    site, config = _site(context), context.params.get("config")
    return find_folders(site, read_settings(site, config), None, config)


def _topics(context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield every topic by a name that is one word: its own, or else its page's."""
    from broadsheet.new.record import topic_id  # noqa: PLC0415
    from broadsheet.read.disk import Disk  # noqa: PLC0415
    from broadsheet.read.source import read_topics  # noqa: PLC0415

    for topic in read_topics(_folders(context), Disk())[0]:
        yield (topic.name if _is_word(topic.name) else topic_id(topic)), topic.name


def _records(context: click.Context) -> Iterator[tuple[str, str]]:
    from broadsheet.read.disk import Disk  # noqa: PLC0415

    folders = _folders(context)
    inner = frozenset(path.resolve() for path in (folders.output, *folders.sources))
    for file in Disk().walk(folders.records, ".md", inner if folders.records == folders.root else frozenset()):
        yield file.rpartition("/")[2].removesuffix(".md"), ""


def _targets(context: click.Context) -> Iterator[tuple[str, str]]:
    from broadsheet.read.folders import read_settings  # noqa: PLC0415

    for name, target in read_settings(_site(context), context.params.get("config")).publish.items():
        yield name, str(type(target).__struct_config__.tag)


def _rules(_context: click.Context) -> Iterator[tuple[str, str]]:
    from broadsheet.check.rules import RULES  # noqa: PLC0415

    return ((rule.name, rule.summary) for rule in RULES.values())


complete_topics = _completing(_topics)
complete_records = _completing(_records)
complete_targets = _completing(_targets)
complete_rules = _completing(_rules)


def complete_site_or_target(context: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Offer the targets of the site, and folders where a site is still to be named."""
    folders = [] if context.params.get("arguments") else [CompletionItem(start, type="dir")]
    # In bash folders take the place of all that was offered before them.
    return [*folders, *complete_targets(context, parameter, start)]
