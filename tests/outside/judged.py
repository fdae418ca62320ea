"""What the outside judges look at: which sites, built how, and which page of each kind."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from host import serving

ROOT = Path(__file__).parents[2]

SEARCH = True
NO_PICTURES = True

# The files that make a kind of page. Of several the largest is judged: it is the hardest to get right.
KINDS = {
    "front": "index.html",
    "topic": "topics/*/index.html",
    "story": "news/*/index.html",
    "edition": "editions/*/index.html",
    **({"search": "search/index.html"} if SEARCH else {}),
}

SITES = ["example", "powerapps"]
# Those whose pages need nothing of other hosts.
SELF_CONTAINED_SITES = [name for name in SITES if NO_PICTURES or name != "powerapps"]

BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    # Nothing leaves this machine, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

Build = Callable[..., Path]
Cut = Callable[..., object]


@dataclass(frozen=True)
class Judged:
    """A built site that is being served."""

    folder: Path
    address: str

    def page(self, kind: str) -> str:
        """Return the address of the page of a kind; an AssertionError where there is none."""
        found = sorted(self.folder.glob(KINDS[kind]), key=lambda path: (path.stat().st_size, path))
        assert found, f"the site has no {KINDS[kind]}"
        path = found[-1].relative_to(self.folder).parent.as_posix()
        return self.address + (f"{path}/" if path != "." else "")


@contextmanager
def judged_site(name: str, folder: Path, records: Path | None, build: Build, cut: Cut) -> Iterator[Judged]:
    """Make a site in an empty folder, of `records` where they are given, build it, and serve it for the context."""
    if records:
        _make_site_of(records, folder / "site", cut)
    else:
        _copy_example(folder / "site", **({"language": "ar"} if name == "right-to-left" else {}))
    with serving(folder / "out") as address:
        yield Judged(build(folder / "site", folder / "out", "--base-url", address), address)


def _copy_example(site: Path, **settings: str) -> None:
    shutil.copytree(ROOT / "site", site, ignore=shutil.ignore_patterns("public", ".broadsheet"))
    file = site / "broadsheet.yaml"
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump({**written, **settings}, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _make_site_of(records: Path, site: Path, cut: Cut) -> None:
    """Make a site of real records about Power Apps, with an issue of a busy week."""
    site.mkdir()
    for part in ("_news", "_data"):
        (site / part).symlink_to(records / part, target_is_directory=True)
    settings = {
        "title": "Power Apps news",
        "description": "What is written about Power Apps.",
        "language": "en",
        "editions": {"period": "weekly"},
        **({"images": "none"} if NO_PICTURES else {}),
        **({"search": True} if SEARCH else {}),
    }
    (site / "broadsheet.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    cut(site, "--date", "2021-08-30")
