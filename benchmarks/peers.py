"""How each generator is told to build a site: a prepared folder, a command, an output folder, and what it caches.

Settings and templates lie in `peers/NAME/`. All of this happens before the clock starts.
"""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from subprocess import run

import install

TEMPLATES = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Build:
    """One command that builds one site; `caches` is what a cold start deletes besides the output."""

    command: tuple[str, ...]
    folder: Path
    output: Path
    caches: tuple[Path, ...] = ()

    def clean(self) -> None:
        for path in (self.output, *self.caches):
            shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True)
class Peer:
    """A generator; `prepare(site, folder)` makes its own `folder` ready for the site that lies in `site`."""

    name: str
    label: str
    prepare: Callable[[Path, Path], Build]
    version: Callable[[], str]


def broadsheet_command() -> str:
    return str(Path(sys.executable).with_name("broadsheet"))


def _copy_templates(name: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(TEMPLATES / name, folder, ignore=shutil.ignore_patterns("__pycache__"))


def _broadsheet(site: Path, folder: Path) -> Build:
    _copy_templates("broadsheet", folder)
    for part in ("_news", "_data"):
        if (site / part).is_dir():
            (folder / part).symlink_to(site / part)
    command = (broadsheet_command(), "build", str(folder), "--quiet")
    return Build(command, folder, folder / "public", (folder / ".broadsheet",))


def _broadsheet_theme(site: Path, folder: Path) -> Build:
    build = _broadsheet(site, folder)
    shutil.rmtree(folder / "templates")
    return build


def _hugo(site: Path, folder: Path) -> Build:
    _copy_templates("hugo", folder)
    settings = folder / "hugo.toml"
    settings.write_text(settings.read_text().replace("@records@", str(site / "_news")))
    output, cache = folder / "output", folder / "cache"
    options = ("--source", folder, "--destination", output, "--cacheDir", cache, "--noBuildLock", "--quiet")
    return Build((str(install.hugo()), *map(str, options)), folder, output, (cache, folder / "resources"))


def _eleventy(site: Path, folder: Path) -> Build:
    _copy_templates("eleventy", folder)
    (folder / "input" / "site" / "records").symlink_to(site / "_news")
    command = ("node", str(install.eleventy() / "cmd.cjs"), "--output=output", "--quiet")
    return Build(command, folder, folder / "output", (folder / ".cache",))


def _pelican(site: Path, folder: Path) -> Build:
    _copy_templates("pelican", folder)
    (folder / "records").symlink_to(site / "_news")
    command = (str(install.python()), "-m", "pelican", "-s", "pelicanconf.py", "-o", "output", "--quiet")
    return Build(command, folder, folder / "output", (folder / "cache",))


def _jekyll(site: Path, folder: Path) -> Build:
    _copy_templates("jekyll", folder)
    (folder / "_news").symlink_to(site / "_news")
    command = ("jekyll", "build", "--quiet", "--unpublished", "--destination", "output")
    return Build(command, folder, folder / "output", (folder / ".jekyll-cache",))


def _plain(site: Path, folder: Path) -> Build:
    _copy_templates("plain", folder)
    command = (sys.executable, "build.py", str(site / "_news"), "output")
    return Build(command, folder, folder / "output")


def _says(*command: str | Path) -> str:
    return run([str(part) for part in command], check=True, capture_output=True, text=True).stdout.strip()


def _hugo_version() -> str:
    return _says(install.hugo(), "version").split()[1].partition("-")[0].removeprefix("v")


def _pelican_version() -> str:
    return f"{_says(install.python(), '-m', 'pelican', '--version')}, with PyYAML's C loader"


def _eleventy_version() -> str:
    return f"{install.ELEVENTY.rpartition('@')[2]} on Node {_says('node', '--version').removeprefix('v')}"


def _broadsheet_version() -> str:
    return f"{version('broadsheet')} on Python {sys.version.partition(' ')[0]}"


def _plain_version() -> str:
    return f"PyYAML {version('pyyaml')} (C loader), Jinja {version('jinja2')}"


BROADSHEET = Peer("broadsheet", "Broadsheet", _broadsheet, _broadsheet_version)
OWN_THEME = Peer("broadsheet-theme", "Broadsheet, own theme", _broadsheet_theme, _broadsheet_version)
HUGO = Peer("hugo", "Hugo", _hugo, _hugo_version)
OURS = (BROADSHEET, OWN_THEME)
ALL = (
    *OURS,
    HUGO,
    Peer("eleventy", "Eleventy", _eleventy, _eleventy_version),
    Peer("pelican", "Pelican", _pelican, _pelican_version),
    Peer("jekyll", "Jekyll", _jekyll, lambda: _says("jekyll", "--version").rpartition(" ")[2]),
    Peer("plain", "Plain script", _plain, _plain_version),
)


def present(names: Sequence[str]) -> tuple[Peer, ...]:
    """Return Broadsheet, in both ways, and those of the peers called `names` that are installed."""
    missing = install.missing()
    return tuple(peer for peer in ALL if peer in OURS or (peer.name in names and peer.name not in missing))
