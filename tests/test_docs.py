"""The manual says what the code does."""

import re
import runpy
from pathlib import Path

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
