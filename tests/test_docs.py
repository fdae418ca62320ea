"""The manual says what the code does."""

import re
import runpy
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from broadsheet.config import Settings
from broadsheet.read.settings import parse_settings

DOCS = Path(__file__).parents[1] / "docs"
PAGES = runpy.run_path(str(DOCS / "generate.py"))["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_code_gives(name):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run docs/generate.py"


def test_the_picture_of_the_house_names_every_module():
    package = Path(__file__).parents[1] / "src/broadsheet"
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    modules = [path.relative_to(package).as_posix() for path in package.rglob("*.py") if not path.name.startswith("__")]
    assert [module for module in modules if module.rpartition("/")[2] not in text] == []


def test_the_layout_of_the_house_lists_its_parts_in_the_order_of_the_layers():
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    layout = text.partition("```text\nsrc/broadsheet/\n")[2].partition("```")[0]
    parts = re.findall(r"^  (\w+)(?:/|\.py) ", layout, re.M)
    layers = runpy.run_path(str(DOCS / "generate.py"))["layers"]()
    # What has no line there: the way in, the theme, which is no part of that folder; and catalogues, which are no code.
    order = [name for layer in layers for name in sorted(layer) if name not in {"__main__", "templates"}]
    ranks = {name: rank for rank, layer in enumerate(layers) for name in layer}
    assert sorted(parts, key=lambda part: (ranks.get(part, len(layers)), part)) == [*order, "locale"]
    listed = [ranks[part] for part in parts if part != "locale"]
    assert listed == sorted(listed)


def test_the_picture_of_the_layers_has_a_row_for_every_layer_and_a_box_for_every_part_of_it():
    contracts = tomllib.loads((DOCS.parent / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (contract,) = [contract for contract in contracts if contract["type"] == "layers"]
    rows: dict[float, list[str]] = {}
    for box in ElementTree.parse(DOCS / "architecture.svg").iter("{http://www.w3.org/2000/svg}text"):
        if box.get("class") != "note":
            rows.setdefault(float(box.get("y")), []).append(box.text)
    drawn = [" | ".join(rows[y]) for y in sorted(rows)]
    assert drawn == [re.sub(r"[()]", "", layer) for layer in contract["layers"]]
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    assert f"`{' → '.join(drawn)}`" in page


ROOT = DOCS.parent
MANUAL = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted(DOCS.glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|/)([^)#]*)(?:#([^)]*))?\)")


def anchors(page: Path) -> set[str]:
    """Return what its headings are called in links, as GitHub has it."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", MANUAL, ids=lambda page: page.stem)
def test_every_link_of_the_manual_leads_somewhere(page):
    links = [(page.parent / path if path else page, anchor) for path, anchor in LINK.findall(page.read_text("utf-8"))]
    assert [path for path, _ in links if not path.exists()] == []
    assert [anchor for path, anchor in links if anchor and anchor not in anchors(path)] == []


def pages_of_the_manual() -> list[str]:
    return sorted(page.name for page in DOCS.glob("*.md") if not page.name.endswith(".intro.md"))


def test_the_index_of_the_manual_names_every_page_once():
    # In a list: what the first lines lead to besides is not counted.
    listed = "".join(re.findall(r"^[* ] .*\n", (DOCS / "README.md").read_text(encoding="utf-8"), re.M))
    named = [path for path, _ in LINK.findall(listed)]
    assert sorted(path for path in named if path.endswith(".md") and "/" not in path) == sorted(
        {*pages_of_the_manual()} - {"README.md"}
    )
    assert {"../SECURITY.md", "../CONTRIBUTING.md", "../CHANGELOG.md"} <= set(named)


@pytest.mark.parametrize("name", pages_of_the_manual())
def test_a_page_of_the_manual_is_plain_markdown_that_any_host_shows(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    assert re.findall(r"^ *(?:```\{|:::).*|\{[a-z-]+\}`", text, re.M) == []
    assert re.findall(r"^# .+", re.sub(r"^ *```.*?^ *```$", "", text, flags=re.M | re.S), re.M)[1:] == []


def test_the_pictures_of_the_manual_are_those_that_the_command_makes_and_all_are_shown():
    made = set(re.findall(r'(?:Shot|_keep)\(\s*"([\w-]+)"', (DOCS / "screenshots.py").read_text(encoding="utf-8")))
    assert {picture.name for picture in (DOCS / "screenshots").iterdir()} == {f"{name}.png" for name in made}
    text = "".join(page.read_text(encoding="utf-8") for page in MANUAL)
    shown = set(re.findall(r"!\[[^]]+\]\((?:docs/)?screenshots/([\w-]+)\.png\)", text))
    assert shown == made


def test_every_test_that_the_security_policy_names_is_there():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)
    }
    assert len(named) > 25
    assert named <= there
    assert [path for path in re.findall(r"`(tests/[\w/.]+)`", text) if not (ROOT / path).exists()] == []


def examples_of_settings(page: Path) -> list[str]:
    blocks = re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    return [
        block
        for block in blocks
        if isinstance(value := yaml.safe_load(block), dict) and value.keys() <= set(Settings.__struct_fields__)
    ]


def test_every_example_of_settings_in_the_manual_is_understood():
    # What is wrong with the examples of the rules is what they are about.
    examples = {page.name: examples_of_settings(page) for page in MANUAL if page.name != "check.md"}
    assert len(examples["publish.md"]) >= 9
    for name, blocks in examples.items():
        for block in blocks:
            parse_settings(block, name)


def test_no_page_of_the_manual_names_a_class_of_the_program():
    assert "<class" not in "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
