"""Hostile sites: whole small folders that mean harm, each with a statement of what it tries; how one is made and built.

A folder beside this file is one attack. Its `attack.yaml` says in words what the attacker tries (`attack`), and into
which outputs (`outputs`). What no checkout can carry is made of the statement too: `links` by their targets, `pipes`,
and empty-handed copies of a good file under odd `names`, percent-encoded. `refused` says that no site may be made of
it at all, `trusted` that nothing in it comes from a stranger, `preview` that it is looked at in a preview too, `asked`
what is typed into its search page, `root` where it is published, if not below `/daily/`.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

import msgspec
from msgspec import Struct

from test_bad_input import snapshot

FOLDER = Path(__file__).parent
STATEMENT = "attack.yaml"
OUTPUTS = {
    "api",
    "css",
    "email",
    "feed",
    "html attribute",
    "html text",
    "json feed",
    "json-ld",
    "markdown",
    "opml",
    "path",
    "search",
    "settings",
    "sitemap",
    "svg",
    "template",
    "url",
    "yaml",
}
NOW = "2024-06-01T00:00:00Z"
ISSUE = "2024-05-10"
# Stands in a file outside of the site, and nowhere else.
SECRET = "zanzibarsecret"
# Every output is switched on. No picture from elsewhere is shown, so that any request that leaves is the attacker's.
SETTINGS = """\
title: The Harbour Paper
description: What happens at the harbour
base_url: https://paper.example.org/daily/
search: true
images: none
api: {source_url: self, missing_web_url: page}
editions:
  period: weekly
  sender: The Harbour Paper <news@example.org>
  unsubscribe: https://paper.example.org/leave
"""
GOOD = "---\ntitle: A good report {}\npublishedDateTime: 2024-05-06T08:00:00Z\n---\n{}\n"


class Attack(Struct, forbid_unknown_fields=True):
    """What a statement says."""

    attack: str
    outputs: list[str]
    links: dict[str, str] = {}
    pipes: list[str] = []
    names: list[str] = []
    asked: list[str] = []
    root: str = "/daily/"
    refused: bool = False
    trusted: bool = False
    preview: bool = False


class Hostile(Struct):
    """A hostile site that was made, and what became of it.

    `output` lies below `served` as its links say; `told` are all problems; `changed` is what was not to change.
    """

    attack: Attack
    site: Path
    served: Path
    output: Path
    status: int
    told: str
    changed: list[str]


def names() -> list[str]:
    """The names of all attacks: every folder is one."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith(("_", ".")))


def statement(name: str) -> Attack:
    """What the attack `name` tries; an error where it does not say."""
    return msgspec.yaml.decode((FOLDER / name / STATEMENT).read_bytes(), type=Attack)


def made(name: str, folder: Path) -> Path:
    """Make the site of an attack, two folders deep in `folder`, with a secret outside of it, and return it."""
    attack, site = statement(name), folder / "made" / "site"
    shutil.copytree(FOLDER / name, site, ignore=shutil.ignore_patterns(STATEMENT))
    (folder / "outside").mkdir()
    (folder / "outside/secret.md").write_text(GOOD.format(SECRET, SECRET))
    if not any((site / settings).exists() for settings in ("broadsheet.yaml", "_config.yml")):
        (site / "broadsheet.yaml").write_text(SETTINGS)
    for number, encoded in enumerate(attack.names):
        path = Path(os.fsdecode(bytes(site) + b"/" + unquote_to_bytes(encoded)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GOOD.format(f"canary99{number:02}", ""))
    for place, target in attack.links.items():
        (site / place).parent.mkdir(parents=True, exist_ok=True)
        (site / place).symlink_to(target)
    for place in attack.pipes:
        (site / place).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(site / place)
    return site


def built(name: str, folder: Path) -> Hostile:
    """Make the site of an attack in `folder`, cut an issue of it, build it, and return what became of it."""
    attack, site = statement(name), made(name, folder)
    served = folder / "served"
    output = served / unquote(attack.root).strip("/")
    output.parent.mkdir(parents=True)
    before = snapshot(folder, served)
    cut = command("edition", site, "--date", ISSUE, "--now", NOW)
    assert "Traceback" not in cut.stderr, cut.stderr
    done = command("build", site, "--output", output, "--now", NOW)
    assert "Traceback" not in done.stderr, done.stderr
    changes = {path for path, _ in snapshot(folder, served).items() ^ before.items()}
    # The cache, and the issue that was cut.
    meant = (f"{site}/.broadsheet", f"{site}/editions/{ISSUE}.yaml")
    changed = sorted(path for path in changes if not path.startswith(meant) and path != f"{site}/editions")
    return Hostile(attack, site, served, output, done.returncode, cut.stderr + done.stderr, changed)


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does; an attack that makes it hang fails."""
    return subprocess.run(
        [sys.executable, "-m", "broadsheet", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def canaries(text: str) -> set[str]:
    """The words in `text` that stand for what an attacker wrote: none of them may be lost in silence."""
    return set(re.findall(r"canary[0-9]+", text))
