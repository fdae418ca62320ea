"""`docs/check.md` explains every rule, and each of its examples is found by the rule that it stands under."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadsheet.check.checker import Order, check
from broadsheet.check.links import RULES as LINK_RULES
from broadsheet.check.rules import GROUPS, RULES
from broadsheet.workers import Workers

PAGE = (Path(__file__).parents[2] / "docs/check.md").read_text(encoding="utf-8")
SECTIONS = {
    name: (severity, text)
    for name, severity, text in re.findall(
        r"^#### `([\w-]+)`, an? (\w+)\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
}
# An example is the content of a file; without a name, the front matter of a record.
EXAMPLES = [
    (name, re.findall(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    for name, (_, text) in SECTIONS.items()
    # Their examples need hosts that answer: tests/links runs them.
    if name not in LINK_RULES
]
HEAD = {"title": "Trams run all night from May", "publishedDateTime": "2024-05-31T08:00:00Z"}
NOW = datetime(2024, 6, 1, tzinfo=UTC)
RECORD = "_news/2024-05-31-a.md"


def write(site: Path, files: list[tuple[str, str, str]]) -> None:
    """Write the files of an example, and a good record beside them: a site needs one."""
    good = 'title: "A harbour ferry for cyclists"\npublishedDateTime: 2024-05-30T08:00:00Z\n'
    for kind, name, text in [("yaml", "_news/2024-05-30-good.md", f"---\n{good}---\n"), *files]:
        path = site / (name or RECORD)
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "link":
            path.symlink_to(text.strip())
        elif kind == "escaped":
            path.write_bytes(text.encode().decode("unicode_escape").encode("latin-1"))
        else:
            path.write_text(text if name else front_matter(text), encoding="utf-8")


def front_matter(text: str) -> str:
    lacking = [f"{key}: {value}\n" for key, value in HEAD.items() if not re.search(rf"^{key}:", text, re.MULTILINE)]
    return f"---\n{''.join(lacking)}{text}---\n"


def test_every_rule_is_explained_in_the_order_of_the_list_with_its_severity():
    assert list(SECTIONS) == list(RULES)
    assert {name: severity for name, (severity, _) in SECTIONS.items()} == {
        name: rule.severity.value for name, rule in RULES.items()
    }
    assert re.findall(r"^### (.*)$", PAGE.partition("\n## The rules\n")[2], re.MULTILINE) == list(GROUPS)


@pytest.mark.parametrize(("rule", "files"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_the_example_of_a_rule_is_found_by_it(rule, files, tmp_path):
    assert files, f"the rule {rule} has no example"
    write(tmp_path / "site", files)
    checked = check(Order(tmp_path / "site", NOW, only=frozenset({rule})), Workers())
    assert RULES[rule].severity in {finding.problem.severity for finding in checked.findings}
    assert {finding.rule for finding in checked.findings} == {rule}
