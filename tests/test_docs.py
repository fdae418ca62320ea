"""The manual says what the code does."""

import runpy
from pathlib import Path

import pytest

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


def test_no_page_of_the_manual_names_a_class_of_the_program():
    assert "<class" not in "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
