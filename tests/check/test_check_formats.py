"""What `check` prints for people and for programs, whatever files are called and texts say."""

import json
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from broadsheet.check.finding import Finding, Mend
from broadsheet.check.formats import as_github, as_json, documentation, rules_as_json
from broadsheet.check.places import Places, below_site
from broadsheet.check.report import Report, anchor
from broadsheet.check.rules import GROUPS, RULES
from broadsheet.check.sarif import as_sarif
from broadsheet.cli import checked
from broadsheet.cli.check import check
from broadsheet.problems import Place, Problem, Severity

SCHEMA = jsonschema.Draft202012Validator(json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text("utf-8")))
MANUAL = (Path(__file__).parents[2] / "docs/check.md").read_text("utf-8")
PLACES = Places(root="/repository", here="/repository/news")
RLO = "\N{RIGHT-TO-LEFT OVERRIDE}"
HOSTILE = (
    f"a::set-output name=x::y%0A\n::error file=b,line=1::no\r\x1b[31m\x9b{RLO}\u2028\udcff\0,: "
    "[now](https://evil.example) {0}"
)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=40), st.sampled_from([HOSTILE, "::error::x", "  ::stop-commands::x"])
)
NAMES = TEXTS.map(lambda text: text.replace("\0", "")).filter(lambda text: text.strip("/."))


def finding(message="it is wrong", file="my-site/_news/a.md", line=3, column=8, **others):
    fields = {"hint": "", "severity": Severity.WARNING, "rule": "heat", **others}
    return Finding(Problem(Place(file, line, column), message, **fields))


def report(*findings, rules=("yaml", "heat"), **others):
    return Report(findings, 7, rules, **others)


def text(*findings, width=100, most=None):
    return "\n".join(checked.findings(findings, width, most))


def without_colours(text):
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def commands(lines):
    """What a runner of GitHub makes of lines: commands with their properties and data."""
    found = []
    for line in "\n".join(lines).splitlines():
        name, properties, data = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line).groups()
        values = dict(part.split("=", 1) for part in properties.split(","))
        found.append((name, {key: decoded(value) for key, value in values.items()}, decoded(data)))
    return found


def decoded(text):
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_json_has_every_finding_with_its_place_its_hint_and_where_it_is_explained():
    told = Finding(
        Problem(Place("a.md", 3, 8), "it is “wrong”", "mend it", Severity.WARNING, "heat"), (Mend("a.md", (), None),)
    )
    whole = finding("no files", "my-site", 0, 0, severity=Severity.ERROR, rule="no-records")
    value = json.loads(as_json(report(told, whole, in_baseline=2, mended=1, is_complete=False)))
    assert value["version"] == 1
    assert value["findings"] == [
        {
            "rule": "heat",
            "severity": "warning",
            "file": "a.md",
            "line": 3,
            "column": 8,
            "message": "it is “wrong”",
            "hint": "mend it",
            "fixable": True,
            "documentation": "check.md#heat-a-warning",
        },
        {
            "rule": "no-records",
            "severity": "error",
            "file": "my-site",
            "line": None,
            "column": None,
            "message": "no files",
            "hint": None,
            "fixable": False,
            "documentation": "check.md#no-records-an-error",
        },
    ]
    assert value["summary"] == {
        "complete": False,
        "records": 7,
        "errors": 1,
        "warnings": 1,
        "notes": 0,
        "fixable": 1,
        "in_baseline": 2,
        "mended": 1,
    }


def test_the_manual_shows_and_explains_json_as_it_is():
    (shown,) = map(json.loads, re.findall(r"^```json\n(.*?)^```$", MANUAL, re.M | re.S))
    value = json.loads(as_json(report(finding())))
    assert list(shown) == list(value)
    assert list(shown["findings"][0]) == list(value["findings"][0])
    assert list(shown["summary"]) == list(value["summary"])
    (shape,) = shown["findings"]
    assert shape["documentation"] == documentation(shape["rule"])
    names = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", MANUAL, re.M)))
    told = {"version", "broadsheet", "findings", *value["findings"][0], *value["summary"]}
    plain = {"rule", "message", "summary", "records", "errors", "warnings", "notes"}
    assert told - plain <= set(names)


def test_the_recipes_of_the_manual_are_yaml_and_name_options_that_there_are():
    section = MANUAL.partition("## Output for programs")[2].partition("## Mending")[0]
    recipes = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", section, re.M | re.S)]
    assert len(recipes) == 3
    commands = re.findall(r"broadsheet check[^\n`|]*", " ".join(map(str, recipes)))
    options = {option for parameter in check.params for option in parameter.opts}
    used = {word for command in commands for word in re.findall(r"--[a-z-]+", command)}
    assert {"--format", "--quiet", "--baseline"} <= used <= options


def test_the_rules_are_told_as_json_too():
    told = json.loads(rules_as_json(tuple(RULES)))["rules"]
    assert [rule["rule"] for rule in told] == list(RULES)
    (heat,) = json.loads(rules_as_json(("heat",)))["rules"]
    assert (heat["group"], heat["severity"], heat["summary"]) == (
        "What a record means",
        "warning",
        RULES["heat"].summary,
    )


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_the_link_to_a_rule_is_what_its_heading_in_the_manual_comes_to(rule):
    article = "an" if rule.severity is Severity.ERROR else "a"
    heading = f"`{rule.name}`, {article} {rule.severity.value}"
    assert anchor(rule) == re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_github_gets_a_command_for_every_finding_the_worst_first_by_the_path_in_the_repository():
    note = finding("a note", "my-site/b.md", 0, 0, severity=Severity.NOTE, rule="search")
    error = finding("an error: 5 % of it", hint="mend it", severity=Severity.ERROR, rule="yaml")
    assert list(as_github(report(note, finding(), error), PLACES)) == [
        "::error file=news/my-site/_news/a.md,line=3,col=8,title=yaml::an error: 5 %25 of it%0Ahint: mend it",
        "::warning file=news/my-site/_news/a.md,line=3,col=8,title=heat::it is wrong",
        "::notice file=news/my-site/b.md,title=search::a note",
    ]


@given(NAMES, TEXTS, TEXTS)
def test_no_name_and_no_text_gives_github_another_command(name, message, hint):
    (told,) = commands(as_github(report(finding(message, name, hint=hint)), PLACES))
    command, properties, data = told
    assert (command, list(properties)) == ("warning", ["file", "line", "col", "title"])
    assert properties["title"] == "heat"
    shown = "".join(c if c.isprintable() or c in "\r\n" else "\ufffd" for c in PLACES.path(name))
    assert properties["file"] == shown
    assert data.isprintable() or "\n" in data or "\r" in data


def test_sarif_is_valid_and_says_where_and_how_bad_and_which_rule():
    note = finding("a note", "my-site", 0, 0, severity=Severity.NOTE, rule="search")
    error = finding("an error", "/elsewhere/ü b.yaml", severity=Severity.ERROR, rule="yaml", hint="mend it")
    value = json.loads(as_sarif(report(note, error, rules=tuple(RULES)), "my-site", PLACES))
    SCHEMA.validate(value)
    (run,) = value["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(RULES)
    assert run["columnKind"] == "unicodeCodePoints"
    first, second = run["results"]
    assert (first["level"], second["level"]) == ("note", "error")
    assert (first["ruleId"], list(RULES)[first["ruleIndex"]]) == ("search", "search")
    assert second["message"]["text"] == "an error\nhint: mend it"
    (place,) = (location["physicalLocation"] for location in first["locations"])
    assert place == {
        "artifactLocation": {"uri": "news/my-site", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 1},
    }
    (place,) = (location["physicalLocation"] for location in second["locations"])
    assert place == {
        "artifactLocation": {"uri": "file:///elsewhere/%C3%BC%20b.yaml"},
        "region": {"startLine": 3, "startColumn": 8},
    }


def test_a_finding_of_a_rule_that_was_not_asked_for_is_valid_sarif():
    # As one is that keeps a site from being looked at.
    value = json.loads(as_sarif(report(finding(rule="settings"), is_complete=False), "my-site", PLACES))
    SCHEMA.validate(value)
    assert "ruleIndex" not in value["runs"][0]["results"][0]
    assert value["runs"][0]["invocations"] == [{"executionSuccessful": False}]


@given(NAMES, TEXTS)
def test_every_name_and_text_is_valid_sarif_and_json_that_hides_nothing(name, message):
    told = report(finding(message, name))
    for encoded in (as_sarif(told, "my-site", PLACES), as_json(told)):
        assert all(line.isprintable() for line in encoded.split("\n"))
        encoded.encode()
    value = json.loads(as_sarif(told, "my-site", PLACES))
    SCHEMA.validate(value)
    location = value["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert re.fullmatch(r"[!-~]*", location["uri"])
    if "uriBaseId" in location:
        assert ":" not in location["uri"]
        bytes_of = re.sub(r"[\ud800-\udc7f\udd00-\udfff]", "\ufffd", PLACES.path(name))
        assert unquote_to_bytes(location["uri"]) == bytes_of.encode("utf-8", "surrogateescape")


def test_a_text_in_sarif_is_no_link_and_has_no_gap():
    value = json.loads(as_sarif(report(finding("see [this](https://evil.example) {0} {a}")), "my-site", PLACES))
    assert value["runs"][0]["results"][0]["message"]["text"] == "see [this] (https://evil.example) {{0}} {a}"


def test_a_fingerprint_stays_when_lines_move_and_tells_findings_that_are_alike_apart():
    def prints(*findings):
        results = json.loads(as_sarif(report(*findings), "my-site", PLACES))["runs"][0]["results"]
        return [result["partialFingerprints"]["broadsheetFinding/v1"] for result in results]

    here = prints(finding("twice, first in line 5"), finding("twice, first in line 5", line=9))
    assert prints(finding("twice, first in line 15", line=13), finding("twice, first in line 15", line=19)) == here
    assert len({*here, *prints(finding("other")), *prints(finding("twice, first in line 5", rule="yaml"))}) == 4


def test_paths_of_a_site_are_told_from_the_site_on_wherever_it_lies():
    assert below_site("my-site/_news/a.md", "my-site") == below_site("/srv/my-site/_news/a.md", "/srv/my-site")
    assert below_site("_news/a.md", ".") == "_news/a.md"
    assert below_site("my-site", "my-site") == below_site(".", ".") == "."
    assert below_site("my-site-2/a.md", "my-site") == "my-site-2/a.md"


def test_a_finding_for_people_is_a_line_with_its_place_an_excerpt_with_a_mark_and_a_hint(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("---\ntitle: Ü\nheat:\thot\n---\n", encoding="utf-8")
    told = finding(file=str(file), line=3, column=7, hint="write a number")
    again = finding("another", file=str(file), line=3, column=7, hint="write a number")
    note = finding("a note", file=str(file), line=1, column=1, severity=Severity.NOTE)
    assert without_colours(text(told, again, note)) == (
        f"{file}:3:7: warning: it is wrong  [heat]\n"
        "     3 | heat:   hot\n"
        "       |         ^\n"
        "  hint: write a number\n"
        f"{file}:3:7: warning: another  [heat]\n"
        "     3 | heat:   hot\n"
        "       |         ^\n"
        f"{file}:1:1: note: a note  [heat]"
    )


def test_files_stand_apart():
    told = without_colours(text(*(finding(file=name, line=0) for name in ("a.md", "a.md", "b.md"))))
    assert told.split("\n") == [
        "a.md: warning: it is wrong  [heat]",
        "a.md: warning: it is wrong  [heat]",
        "",
        "b.md: warning: it is wrong  [heat]",
    ]


@pytest.mark.parametrize("column", [1, 60, 300, 595, 600])
def test_of_a_long_line_the_part_around_the_place_is_shown(tmp_path, column):
    file = tmp_path / "a.md"
    line = "".join(chr(ord("a") + number % 26) for number in range(600))
    file.write_text(line + "\n", encoding="utf-8")
    _, shown, mark = without_colours(text(finding(file=str(file), line=1, column=column), width=80)).split("\n")
    assert len(shown) <= 80
    assert shown[mark.index("^")] == line[column - 1]


def test_wide_characters_keep_the_mark_in_its_place(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("標題: x\n", encoding="utf-8")
    _, shown, mark = without_colours(text(finding(file=str(file), line=1, column=5))).split("\n")
    assert (shown, mark) == ("     1 | 標題: x", "       |       ^")


@given(NAMES, TEXTS, TEXTS)
@example(":", "", "")
def test_no_name_and_no_text_drives_a_terminal_or_a_runner(name, message, hint):
    for line in without_colours(text(finding(message, name, hint=hint, line=0))).split("\n"):
        assert line.isprintable()
        assert not line.lstrip().startswith("::")


def test_of_thousands_of_one_kind_twenty_are_shown_but_every_error_is():
    warnings = [finding(file=f"{number}.md", line=0) for number in range(3000)]
    errors = [finding(file="z.md", line=0, severity=Severity.ERROR, rule="yaml")] * 30
    told = without_colours(text(*warnings, *errors, most=20))
    assert (told.count("[heat]"), told.count("[yaml]")) == (20, 30)
    assert text(*warnings).count("[heat]") == 3000
    lines = list(checked.summary(report(*warnings, *errors), 20))
    assert lines == [
        "    3,000  heat  (not all of them are shown: --only heat or --all does)",
        "       30  yaml",
        "7 records checked: 30 errors, 3,000 warnings, 0 notes",
    ]


def test_a_list_of_rules_has_every_rule_in_its_group():
    told = without_colours("\n".join(checked.rules(GROUPS)))
    for group, rules in GROUPS.items():
        section = told.partition(f"{group}\n")[2].partition("\n\n")[0].split("\n")
        assert [line.split()[:2] for line in section] == [[rule.name, rule.severity.value] for rule in rules]
