"""The JSON Schemas: they are ones, they take what the program takes, and they refuse what its types refuse."""

import json
import re
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
import ryml
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from broadsheet import schema
from broadsheet.cli import main
from broadsheet.config import Settings
from broadsheet.limits import LIST, TITLE
from broadsheet.problems import SiteError
from broadsheet.read.editions import RawEdition, parse_edition
from broadsheet.read.front_matter import FrontMatter, split
from broadsheet.read.overrides import RawOverrides
from broadsheet.read.raw import RawRecord
from broadsheet.read.settings import parse_settings
from broadsheet.read.taxonomy import RawOrganization, RawTopic
from broadsheet.typed import typed
from broadsheet.yaml_text import parse_yaml

ROOT = Path(__file__).parents[1]
KINDS: dict[str, Any] = {
    "record": RawRecord,
    "topic": RawTopic,
    "organization": RawOrganization,
    "settings": Settings,
    "edition": RawEdition,
    "overrides": RawOverrides,
}
VALIDATORS = {name: Draft202012Validator(schema.schema(name)) for name in schema.NAMES}


def complaints(name: str, value: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATORS[name].iter_errors(value)]


def front_matter(path: Path) -> object:
    parts = split(path.read_bytes(), path.name)
    assert isinstance(parts, FrontMatter)
    return parse_yaml(parts.yaml.decode(), path.name).value


def values_of(name: str, site: Path) -> list[object]:
    """What the files of a kind hold, in a site of the Jekyll layout or the example site."""
    records = "records" if (site / "records").is_dir() else "_news"
    match name:
        case "record":
            return [front_matter(path) for path in site.glob(f"{records}/**/*.md")]
        case "organization":
            return [front_matter(path) for path in site.glob("_data/organizations/*.md")]
        case "topic":
            pattern = "_data/topics/*.yaml"
        case _:
            pattern = {"edition": "editions/*.yaml", "settings": "broadsheet.yaml"}[name]
    return [parse_yaml(path.read_text(encoding="utf-8"), path.name).value for path in site.glob(pattern)]


@pytest.mark.parametrize("name", schema.NAMES)
def test_a_schema_is_one(name):
    made = schema.schema(name)
    Draft202012Validator.check_schema(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["$id"] == f"urn:broadsheet:schema:{name}"
    assert made["title"]
    assert set(KINDS) == set(schema.NAMES)


@pytest.mark.parametrize("name", schema.NAMES)
def test_every_field_has_a_description(name):
    made = schema.schema(name)
    parts = [made, *made.get("$defs", {}).values()]
    for part in parts:
        assert part["description"]
        for field, value in part["properties"].items():
            ref = value.get("$ref", "").rpartition("/")[2]
            described = value.get("description") or made["$defs"].get(ref, {}).get("description")
            # What a target is, and the parts of a link, say their names.
            assert described or field in {"kind", "name", "url"}, field


@pytest.mark.parametrize("name", schema.NAMES)
def test_the_command_prints_it(name):
    printed = CliRunner().invoke(main, ["schema", name])
    assert printed.exit_code == 0
    assert printed.stdout.isascii()
    assert json.loads(printed.stdout) == schema.schema(name)
    assert printed.stdout == (ROOT / f"docs/schemas/{name}.schema.json").read_text(encoding="utf-8")


def test_the_command_knows_every_schema():
    refused = CliRunner().invoke(main, ["schema", "page"])
    assert refused.exit_code == 2
    assert all(f"'{name}'" in refused.stderr for name in schema.NAMES)


@pytest.mark.parametrize("name", ["record", "topic", "organization", "settings", "edition"])
def test_every_file_of_the_example_site_is_as_its_schema_says(name):
    values = values_of(name, ROOT / "site")
    assert values
    assert [found for value in values for found in complaints(name, value)] == []


@pytest.mark.parametrize("site", ["powerapps", "azure-2020h1"])
@pytest.mark.parametrize("name", ["topic", "organization"])
def test_every_real_file_is_as_its_schema_says(corpus, site, name):
    values = values_of(name, corpus / site)
    assert values
    assert [found for value in values for found in complaints(name, value)] == []


@pytest.mark.parametrize(
    ("site", "step"),
    [("powerapps", 1), ("azure-2020h1", 30), pytest.param("azure-2020h1", 1, marks=pytest.mark.slow)],
)
def test_every_real_record_is_as_its_schema_says(corpus, site, step):
    known: set[str] = set()
    files = sorted((corpus / site / "_news").rglob("*.md"))[::step]
    assert files
    for path in files:
        parts = split(path.read_bytes(), path.name)
        assert isinstance(parts, FrontMatter)
        value = json.loads(ryml.emit_json(ryml.parse_in_arena(parts.yaml)))
        # Lists repeat the items of others many times over.
        items = {json.dumps(item): item for item in value.get("related", ())}
        new = [item for text, item in items.items() if text not in known]
        known.update(items)
        assert complaints("record", {**value, "related": new}) == [], path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("record", {}),
        ("record", {"title": None}),
        ("record", {"title": "  "}),
        ("record", {"title": 2024}),
        ("record", {"title": "a" * (TITLE.most + 1)}),
        ("record", {"title": "A", "topics": "Trams"}),
        ("record", {"title": "A", "topics": ["a"] * (LIST.most + 1)}),
        ("record", {"title": "A", "related": [{"title": ["B"]}]}),
        ("topic", {"_id": "trams"}),
        ("organization", {"name": "A"}),
        ("organization", {"domain": " ", "name": "A"}),
        ("settings", {"titel": "A"}),
        ("settings", {"pages": {"sizes": 1}}),
        ("settings", {"pages": {"size": 0}}),
        ("settings", {"theme": {"accent": None}}),
        ("settings", {"theme": {"accent": "red"}}),
        ("settings", {"theme": {"logo": "//example.org/logo.svg"}}),
        ("settings", {"editions": {"time": "24:00"}}),
        ("settings", {"base_url": "ftp://example.org/"}),
        ("settings", {"publish": {"live": {"path": "/srv"}}}),
        ("settings", {"publish": {"live": {"kind": "folder"}}}),
        ("settings", {"publish": {"live": {"kind": "folder", "path": "/srv", "bucket": "a"}}}),
        ("edition", {"date": "2024-05-31"}),
        ("overrides", {"pins": []}),
    ],
)
def test_a_schema_refuses_what_is_wrong(name, value):
    assert complaints(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("record", {"title": "A", "secured": "x", "unknown": [1]}),
        ("record", {"title": "A", "topics": ["A", None], "related": [None], "images": None, "heat": None}),
        ("record", {"title": "A", "split": True, "join": ["a", None]}),
        ("record", {"title": "A", "publishedDateTime": "2024-05-31", "webUrl": ""}),
        ("topic", {"name": "A", "taxonomy": "topic"}),
        ("organization", {"_id": "example.org"}),
        ("organization", {"domain": None, "_id": "example.org"}),
        ("settings", {}),
        ("settings", {"title": None, "stories": {"detect": "suggest"}}),
        ("overrides", {"split": ["a", ["b", "c"], None]}),
    ],
)
def test_a_schema_takes_what_the_program_takes(name, value):
    assert complaints(name, value) == []


# Documents of any shape, near to what a type reads

ODD = st.sampled_from([None, True, 0, -1, 2.5, "x", "", [], {}, ["x"], [None], {"x": 1}, [[]]])
TEXTS = [
    *("x", "", " ", "UTC", "Nowhere/At-all", "07:00", "24:00", "7:00", "en", "de-AT", "english language"),
    *("https://example.org/", "HTTPS://example.org/a b", "http://example.org/?q", "ftp://example.org/", "/logo.svg"),
    *("//example.org/a", "/../a", "#9a2f1f", "#FFF", "#12345", "red", "example.org,2026", "Example,26", "a,2026-01"),
    *("gh-pages", "user@host:/srv", "Serif", "1 Serif", "2024-05-31", "2024-05-31T08:00:00Z", "mailto:a@example.org"),
]


def rarely(odd: st.SearchStrategy[Any], usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 11).flatmap(lambda number: usual if number else odd)


def values(kind: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911
    """Values of a type, as YAML has them, and now and then others."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return values(arguments[0])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is dict:
        return st.dictionaries(st.sampled_from(["live", "a b", "news"]), rarely(ODD, values(arguments[1])), max_size=2)
    if origin in {list, tuple}:
        return st.lists(rarely(ODD, values(arguments[0])), max_size=3)
    if arguments:
        return st.one_of(*map(values, arguments))
    if issubclass(kind, msgspec.Struct):
        return structs(kind)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: st.sampled_from(TEXTS),
        int: st.sampled_from([-1, 0, 1, 7, 1000, 1001, 3650, 100_000, 100_001]),
        float: st.sampled_from([0.5, 640.25]),
        bool: st.booleans(),
        NoneType: st.none(),
    }
    return plain[kind]


def structs(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind, include_extras=True)
    fields = {field.encode_name: rarely(ODD, values(hints[field.name])) for field in msgspec.structs.fields(kind)}
    required = {field.encode_name for field in msgspec.structs.fields(kind) if field.required}
    if kind.__struct_config__.tag is not None:
        fields["kind"] = rarely(st.sampled_from(["folders", None]), st.just(kind.__struct_config__.tag))
        required.add("kind")
    always = {name: fields[name] for name in required}
    more = {name: strategy for name, strategy in fields.items() if name not in required}
    # Few at once, so that many documents are right as a whole.
    chosen = st.lists(st.sampled_from(sorted(more)), max_size=4, unique=True) if more else st.just([])
    usual = chosen.flatmap(lambda names: st.fixed_dictionaries({**always, **{name: more[name] for name in names}}))
    without = usual.map(lambda value: dict(list(value.items())[1:]))
    unknown = usual.map(lambda value: {**value, "colour": "red"})
    return st.integers(0, 19).flatmap(lambda number: {0: without, 1: unknown}.get(number, usual))


def document(value: object) -> Any:
    return parse_yaml(json.dumps(value), "a.yaml")


FEW = settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", schema.NAMES)
def test_what_the_types_refuse_the_schema_refuses(name):
    seen = {True: 0, False: 0}

    @FEW
    @given(structs(KINDS[name]))
    def check(value):
        raw, _ = typed(document(value), KINDS[name])
        seen[raw is not None] += 1
        if raw is None:
            assert complaints(name, value), value

    check()
    assert min(seen.values()) > 0


# What reading says of settings that a schema can not: it takes knowledge of the world, of other settings, or of URLs.
BEYOND = [
    r"`(publish\.[^`]*\.)?(base_url|web_url|endpoint)` is no address",
    r"`feeds\.hub` is no address that anybody may read",
    r"`feeds\.authority` is no domain and date",
    r"the time zone .* is not known",
    r"the language .* is no language tag",
    r"`theme\.(logo|fonts\.\w+)` is no",
    r"the link ",
    r"a weekly edition has one weekday|a monthly edition has no weekdays|`editions\.weekdays` names no day",
    r"`editions\.(sections|sender|unsubscribe)` ",
    r"a target can not be called",
    r"`publish\.[^`]*` (is|has|holds|leads) ",
]


@FEW
@given(structs(Settings))
def test_what_the_schema_of_settings_takes_is_read_but_for_what_no_schema_can_say(value):
    try:
        parse_settings(json.dumps(value), "broadsheet.yaml")
    except SiteError as error:
        if not complaints("settings", value):
            messages = [problem.message for problem in error.problems]
            assert [message for message in messages if not any(re.match(known, message) for known in BEYOND)] == []


@FEW
@given(structs(Settings))
def test_settings_that_are_read_are_as_their_schema_says(value):
    try:
        parse_settings(json.dumps(value), "broadsheet.yaml")
    except SiteError:
        return
    assert complaints("settings", value) == []


@FEW
@given(structs(RawEdition))
def test_an_issue_that_is_read_is_as_its_schema_says(value):
    edition, _ = parse_edition(json.dumps(value).encode(), "2024-05-31.yaml")
    if edition is not None:
        assert complaints("edition", value) == []


# Hints for editors, and the manual

HINT = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")


@pytest.mark.parametrize("path", [ROOT / "site/broadsheet.yaml", *sorted(ROOT.glob("site/_data/topics/*.yaml"))])
def test_every_file_of_the_example_site_names_its_schema_in_its_first_line(path):
    hint = HINT.match(path.read_text(encoding="utf-8"))
    assert hint
    made = json.loads((path.parent / hint[1]).read_text(encoding="utf-8"))
    assert made == schema.schema("settings" if path.name == "broadsheet.yaml" else "topic")


@pytest.mark.parametrize(("host", "file"), [("github", ".github/workflows/publish.yml"), ("gitlab", ".gitlab-ci.yml")])
def test_a_new_workflow_names_its_schema_in_its_first_line(record, tmp_path, host, file):
    import subprocess

    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", tmp_path], check=True)
    record(tmp_path / "_news")
    made = CliRunner().invoke(main, ["new", "workflow", str(tmp_path), "--host", host])
    assert made.exit_code == 0, made.output
    text = (tmp_path / file).read_text(encoding="utf-8")
    hint = HINT.match(text)
    assert hint
    assert hint[1] in (ROOT / f"src/broadsheet/new/{host}.py").read_text(encoding="utf-8")
    assert isinstance(yaml.safe_load(text), dict)


@pytest.mark.parametrize(("kind", "page"), [(RawRecord, "records.md"), (RawTopic, "records.md")])
def test_the_manual_names_every_field(kind, page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    # Kept for programs of the sources, and read by nobody here.
    unsaid = {"hashtags", "images", "services"} if kind is RawTopic else set()
    names = {field.encode_name for field in msgspec.structs.fields(kind)} - unsaid
    assert {name for name in names if f"`{name}`" not in text} == set()
