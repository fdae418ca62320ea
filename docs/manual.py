"""Make a site of the manual: `make docs` runs this.

The pages are plain Markdown, as a code host shows them. What makes a site of them is added here, to a copy: the table of
contents, which is the index `docs/README.md`, and pages of the manual that lie elsewhere in the repository.
"""

import re
import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import build_main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
ICON = ROOT / "templates/static/theme/icon.svg"
# The icon's colour on paper, and one that is bright enough for the dark.
LIGHT, DARK = "#a8341f", "#ee9683"
# Sphinx makes a page of that name itself.
TAKEN = {"search": "search-page"}

_GROUP = re.compile(r"^## (.+)\n((?:(?!## ).*\n?)*)", re.M)
_LINK = re.compile(r"(\[[^]\[]*(?:\[[^]]*\][^]\[]*)*\])\((?!https?:|mailto:|/)([^)#\s]*)(#[^)\s]*)?\)")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.S)
_FENCED = re.compile(r"(^ *```.*?^ *```$)", re.M | re.S)


def groups() -> dict[str, list[Path]]:
    """Return the pages of the manual in the order of its index, by the index's headings."""
    found = {}
    for title, listed in _GROUP.findall(INDEX.read_text(encoding="utf-8")):
        pages = [(DOCS / path).resolve() for _, path, _ in _LINK.findall(listed) if path.endswith(".md")]
        # Of one that is missing, Sphinx says where the link to it stands.
        found[title] = [page for page in pages if page.is_file()]
    return found


def lay_out(folder: Path) -> None:
    """Write into `folder` what Sphinx reads."""
    names = {page: _name(page) for pages in groups().values() for page in pages}
    names[INDEX] = "index"
    for page, name in names.items():
        text, beside = _fitted(page, names)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
        for file in beside:
            (folder / file.relative_to(DOCS)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / file.relative_to(DOCS))
    with (folder / "index.md").open("a", encoding="utf-8") as index:
        for title, pages in groups().items():
            entries = "\n".join(names[page] for page in pages)
            index.write(f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{entries}\n```\n")
    icon = ICON.read_text(encoding="utf-8")
    (folder / "static").mkdir()
    shutil.copy(DOCS / "manual.css", folder / "static")
    (folder / "static/light.svg").write_text(icon, encoding="utf-8")
    (folder / "static/dark.svg").write_text(icon.replace(LIGHT, DARK), encoding="utf-8")


def _name(page: Path) -> str:
    """Return what a page is called in the site: its stem; a README has its folder's name."""
    path = page.relative_to(DOCS if page.is_relative_to(DOCS) else ROOT)
    name = "-".join((path.parent if path.stem == "README" else path.with_suffix("")).parts).lower()
    return TAKEN.get(name, name)


def _fitted(page: Path, names: dict[Path, str]) -> tuple[str, set[Path]]:
    """Return a page's text without comments, its links as they are in the site, and the files that it leads to.

    What is neither in the manual nor in its folder is no link in the site.
    """
    beside: set[Path] = set()

    def fitted(link: re.Match[str]) -> str:
        text, path, anchor = link.groups()
        target = (page.parent / path).resolve()
        if path and target in names:
            return f"{text}({names[target]}.md{anchor or ''})"
        if not path or not target.exists():
            return link[0]
        if target.is_relative_to(DOCS) and target.is_file():
            beside.add(target)
            return f"{text}({target.relative_to(DOCS).as_posix()})"
        return text[1:-1]

    parts = _FENCED.split(page.read_text(encoding="utf-8"))
    fit = [part if index % 2 else _LINK.sub(fitted, _COMMENT.sub("", part)) for index, part in enumerate(parts)]
    return "".join(fit), beside


def build(folder: Path) -> int:
    """Build the site into `folder`/site, from scratch; return the exit status, which is not 0 after a warning."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = folder / "pages"
    pages.mkdir(parents=True)
    lay_out(pages)
    strict = ["--quiet", "--fail-on-warning", "--keep-going", "--nitpicky"]
    logos = ["-D", f"html_static_path={pages / 'static'}", "-D", f"html_favicon={pages / 'static/light.svg'}"]
    return build_main(
        [
            *strict,
            *logos,
            "--conf-dir",
            str(DOCS),
            "--doctree-dir",
            str(folder / "doctrees"),
            str(pages),
            str(folder / "site"),
        ]
    )


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".tools/docs").resolve()
    status = build(target)
    if not status:
        print(f"The manual: {target / 'site/index.html'}")  # noqa: T201
    sys.exit(status)
