"""Writes the reference parts of the manual from the code: run it after a change; a test compares."""

import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import click
import msgspec

from broadsheet import cli, config, limits, schema, targets
from broadsheet.problems import counted
from broadsheet.read import raw
from broadsheet.render import stories_api, views

HERE = Path(__file__).parent
NOTE = "<!-- Made from the code by docs/generate.py. -->\n\n"


def settings_page() -> str:
    rows = _setting_rows(config.Settings, "")
    return (
        f"{NOTE}# Settings\n\nAll settings stand in `broadsheet.yaml` in the site's folder, as YAML; every one is optional, and one "
        "that is not known is an error.\nIn the table a dot leads into a group: `pages.size` is written as\n\n"
        "```yaml\npages:\n  size: 25\n```\n\n"
        f"{_table(rows)}\n## Sources\n\n"
        "`import.sources` lists the feeds that records are [imported](import.md) from. Most are an address alone, or a file; "
        "who has more to say of one writes a mapping:\n\n```yaml\nimport:\n  sources:\n"
        "    - https://press.example.org/feed.xml\n    - from: https://wire.example.org/atom.xml\n      topics: [Transport]\n```\n\n"
        f"{_table(_setting_rows(config.ImportSource, 'import.sources.'))}\n## Targets\n\n"
        "`publish` names the places that a site is [published](publish.md) to, each by a name of yours. The `kind` of a target says "
        "what it is:\n\n```yaml\npublish:\n  live:\n    kind: folder\n    path: /srv/www/news\n```\n\n"
        f"Every target may say:\n\n{_table(_setting_rows(targets.Target, 'publish.<name>.'))}{_target_tables()}"
    )


def _table(rows: list[str]) -> str:
    return "\n".join(["| setting | value | default | what it does |", "| --- | --- | --- | --- |", *rows, ""])


def _target_tables() -> str:
    parts = []
    common = {field.name for field in msgspec.structs.fields(targets.Target)}
    for kind in get_args(targets.AnyTarget):
        rows = _setting_rows(kind, "publish.<name>.", without=common)
        parts.append(f"\n### kind: {kind.__struct_config__.tag}\n\n{inspect.getdoc(kind)}\n\n{_table(rows)}")
    return "".join(parts)


def _setting_rows(kind: Any, prefix: str, without: Collection[str] = ()) -> list[str]:
    rows = []
    hints = get_type_hints(kind, include_extras=True)
    fields = [field for field in msgspec.structs.fields(kind) if field.name not in without]
    # What a kind of its own has comes before what it shares with others.
    for field in sorted(fields, key=lambda field: (not field.required, field.name not in kind.__annotations__)):
        if inspect.isclass(field.type) and issubclass(field.type, msgspec.Struct):
            rows += _setting_rows(field.type, f"{prefix}{field.encode_name}.")
        else:
            hint = hints[field.name]
            rows.append(
                f"| `{prefix}{field.encode_name}` | {_value(hint)} | {_default(field)} | {_description(hint)} |"
            )
    return rows


def _default(field: Any) -> str:
    if field.required:
        return "needed"
    if field.default in {None, msgspec.NODEFAULT, "", ()}:
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _description(hint: Any) -> str:
    metas = [meta for meta in getattr(hint, "__metadata__", ()) if meta.description]
    return str(metas[0].description) if metas else ""


def _value(hint: Any) -> str:
    if get_origin(hint) is Annotated:
        inner, *metas = get_args(hint)
        lows = [meta.ge for meta in metas if meta.ge is not None]
        return f"{_value(inner)} from {lows[0]}" if lows else _value(inner)
    if get_origin(hint) is dict:
        return "[targets](#targets) by name"
    if get_origin(hint) is tuple:
        return f"list of {_value(get_args(hint)[0])}"
    if get_origin(hint) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(hint))
    if get_origin(hint) in {Union, type(str | None)}:
        return " or ".join(_value(part) for part in get_args(hint) if part is not type(None))
    return {
        str: "text",
        int: "whole number",
        bool: "`true` or `false`",
        config.FooterLink: "links",
        config.ImportSource: "[source](#sources)",
    }.get(hint, str(hint))


def command_page() -> str:
    parts = [f"{NOTE}# The command line\n"]
    group = click.Context(cli.main, info_name="broadsheet", **cli.main.context_settings)
    parts.append(f"```text\n{cli.main.get_help(group)}\n```\n")
    parts += _commands(cli.main, group)
    parts.append(
        "## Exit status\n\n"
        "| status | meaning |\n| --- | --- |\n"
        "| 0 | the site is built; broken records were left out and reported |\n"
        "| 1 | nothing could be built, or there were errors or warnings under `--strict` |\n"
        "| 2 | the command line itself is wrong |\n"
    )
    return "\n".join(parts)


def _commands(group: click.Group, parent: click.Context) -> list[str]:
    parts = []
    for name, command in sorted(group.commands.items()):
        context = click.Context(command, info_name=name, parent=parent)
        parts.append(f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n")
        if isinstance(command, click.Group):
            parts += _commands(command, context)
    return parts


def templates_page() -> str:
    parts = [NOTE + (HERE / "templates.intro.md").read_text(encoding="utf-8")]
    parts += ["## What a page is given\n", "Every page has `site` and `page`; the rest depends on its kind.\n"]
    parts += ["| template | names |", "| --- | --- |"]
    for kind, names in views.NAMES.items():
        parts.append(f"| `{kind}.html` | {', '.join(f'`{name}`' for name in names)} |")
    parts += ["", "| name | meaning |", "| --- | --- |"]
    parts += [f"| `{name}` | {meaning} |" for name, meaning in views.MEANINGS.items()]
    for name, kind in vars(views).items():
        if inspect.isclass(kind) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct:
            hints = get_type_hints(kind, localns=vars(views))
            parts += [f"\n### {name}\n", inspect.getdoc(kind) or "", "", "| field | type |", "| --- | --- |"]
            parts += [f"| `{field.name}` | {_type_name(hints[field.name])} |" for field in msgspec.structs.fields(kind)]
    return "\n".join(parts) + "\n"


def _type_name(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return f"list of {_type_name(get_args(hint)[0])}"
    if get_origin(hint) in {Union, type(str | None)}:
        return " or ".join(_type_name(part) for part in get_args(hint))
    known = {str: "text", int: "number", bool: "true or false", views.Parts: "list of Markup", type(None): "none"}
    return known.get(hint, hint.__name__)


def limits_page() -> str:
    rows = [
        f"| {limit.what}{f', {limit.note}' if limit.note else ''} | {counted(limit.most, limit.unit)} | {limit.beyond} | {limit.why} |"
        for limit in limits.LIMITS
    ]
    return "\n".join([NOTE + (HERE / "limits.intro.md").read_text(encoding="utf-8"), *rows, ""])


# Tables within pages that people write, each between two marks.
_MADE = re.compile(r"(<!-- made by docs/generate\.py: (\w+) -->\n).*?(<!-- made -->\n)", re.S)


def with_tables(name: str) -> str:
    """Return a page as it is written, with the tables in it made anew."""
    text = (HERE / name).read_text(encoding="utf-8")
    return _MADE.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[3]}", text)


def _shape(kind: Any) -> str:
    rows = [f"| `{name}` | {_json_name(hint)} | {_description(hint)} |" for name, hint in _fields(kind)]
    return "\n".join(["| key | value | what it is |", "| --- | --- | --- |", *rows, ""])


def _fields(kind: Any) -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        yield field.encode_name, hints[field.name]


def _json_name(hint: Any) -> str:
    """Return what a type is called where a value of it stands in JSON."""
    if get_origin(hint) is Annotated:
        return _json_name(get_args(hint)[0])
    if get_origin(hint) is list:
        (item,) = get_args(hint)
        return f"list of {_PLURALS.get(item) or _json_name(item)}"
    if get_origin(hint) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(hint)[:-1]) + f" or `{get_args(hint)[-1]}`"
    if get_origin(hint) in {Union, type(str | None)}:
        return " or ".join(_json_name(part) for part in get_args(hint))
    known = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`", datetime: "time"}
    return {**known, type(None): "null"}.get(hint) or _SHAPES[hint]


_PLURALS = {
    str: "texts",
    stories_api.StoryJson: "[stories](#a-story)",
    stories_api.Report: "[reports](#a-report)",
    stories_api.TopicRef: "[topics](#a-topic-of-a-story)",
    stories_api.RelatedJson: "[related stories](#a-related-story)",
}
_SHAPES = {
    stories_api.Report: "[report](#a-report)",
    stories_api.HeatJson: "[heat](#the-heat-of-a-story)",
}


def _front_matter(kind: Any) -> str:
    """Return the table of the fields of a file's front matter, and of what stands in them."""
    rows = []
    for name, hint in _fields(kind):
        said = _description(hint)
        found = re.fullmatch(r"(.*) \(default: (.*)\)", said)
        what, missing = found.groups() if found else (said, "")
        rows.append(
            f"| `{name}` | {_yaml_name(hint)} | {what} | {'**needed**: without it the record is refused' if name in _NEEDED.get(kind, ()) else missing} |"
        )
    return "\n".join(["| field | value | what it is | when it is missing |", "| --- | --- | --- | --- |", *rows, ""])


_NEEDED = {raw.RawRecord: {"title"}}
_PARTS = {
    raw.RawImage: "[pictures](#a-picture)",
    raw.RawProvider: "[provider](#a-provider)",
    raw.RawCoverage: "[related items](#a-related-item)",
}


def _yaml_name(hint: Any) -> str:
    if get_origin(hint) is Annotated:
        inner, *metas = get_args(hint)
        forms = [meta.extra_json_schema for meta in metas]
        return "time" if raw.TIME_FORM in forms else "address" if raw.ADDRESS_FORM in forms else _yaml_name(inner)
    parts = [part for part in get_args(hint) if part is not type(None)]
    if get_origin(hint) is list:
        return f"list of {'names' if parts == [str | None] else _PARTS[get_args(parts[0])[0]]}"
    if float in parts:
        return "number"
    if parts:
        return " or ".join(_yaml_name(part) for part in parts)
    return {str: "text", int: "whole number", bool: "`true` or `false`"}.get(hint) or _PARTS[hint]


# The picture of the architecture: a row for each layer, and only downwards may a module import another.
_ROW, _GAP, _WIDTH, _SIDE, _TOP = 34, 8, 860, 18, 44
_STYLE = """<style>
svg { background: #fff }
text { font: 15px system-ui, sans-serif; fill: #1d2733; text-anchor: middle }
.note { font-size: 13px; fill: #52606d }
.part { fill: #f3f6f9; stroke: #8796a5 }
.step { fill: #dcebdc; stroke: #4d7c4d }
@media (prefers-color-scheme: dark) {
svg { background: #12181f }
text { fill: #e6edf3 }
.note { fill: #9fb0c0 }
.part { fill: #1e2731; stroke: #64748b }
.step { fill: #22402a; stroke: #6ba36b }
}
</style>"""
_STEPS = {"read", "arrange", "render", "write"}


def layers() -> list[list[str]]:
    """Return the layers of the import contract in pyproject.toml, from the top: the modules of each."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (contract,) = (contract for contract in contracts if contract["type"] == "layers")
    return [[name.strip(" ()") for name in layer.split("|")] for layer in contract["layers"]]


def layers_picture() -> str:
    """Return the layers as an SVG that shows on light and on dark pages."""
    rows = layers()
    height = _TOP + len(rows) * (_ROW + _GAP) - _GAP + _SIDE
    about = escape("; ".join(" and ".join(row) for row in rows))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="title about">',
            '<title id="title">The layers of Broadsheet</title>',
            f'<desc id="about">From the top: {about}.</desc>',
            _STYLE,
            f'<text class="note" x="{_WIDTH // 2}" y="26">A module imports only what stands below it, and nothing beside it.</text>',
            *(box for number, row in enumerate(rows) for box in _boxes(row, _TOP + number * (_ROW + _GAP))),
            "</svg>",
            "",
        ]
    )


def _boxes(row: list[str], y: int) -> Iterator[str]:
    """Yield the boxes of a layer, side by side; longer names have wider ones."""
    letters = sum(len(name) + 3 for name in row)
    room = (_WIDTH - 2 * _SIDE - (len(row) - 1) * _GAP) / letters
    x = float(_SIDE)
    for name in row:
        width = (len(name) + 3) * room
        box = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_ROW}" rx="5"'
        yield f'<rect class="{"step" if name in _STEPS else "part"}" {box}/>'
        # Some fonts have wider letters than there is room for.
        squeezed = f' textLength="{width - 8:.1f}" lengthAdjust="spacingAndGlyphs"' if len(name) * 8 > width - 8 else ""
        yield f'<text x="{x + width / 2:.1f}" y="{y + 22}"{squeezed}>{escape(name)}</text>'
        x += width + _GAP


def _layers() -> str:
    """Return the layers as a line, for those who can not see the picture."""
    return f"`{' → '.join(' | '.join(row) for row in layers())}`\n"


TABLES: dict[str, Callable[[], str]] = {
    "layers": _layers,
    "record": partial(_front_matter, raw.RawRecord),
    "related": partial(_front_matter, raw.RawCoverage),
    "provider": partial(_front_matter, raw.RawProvider),
    "picture": partial(_front_matter, raw.RawImage),
    "stories": partial(_shape, stories_api.StoriesJson),
    "story": partial(_shape, stories_api.StoryJson),
    "report": partial(_shape, stories_api.Report),
    "topic": partial(_shape, stories_api.TopicRef),
    "heat": partial(_shape, stories_api.HeatJson),
    "related_story": partial(_shape, stories_api.RelatedJson),
}

PAGES = {
    "settings.md": settings_page,
    "command.md": command_page,
    "templates.md": templates_page,
    "limits.md": limits_page,
    **{name: partial(with_tables, name) for name in ("api.md", "architecture.md", "records.md")},
    "architecture.svg": layers_picture,
    **{f"schemas/{name}.schema.json": partial(schema.schema_text, name) for name in schema.NAMES},
}


if __name__ == "__main__":
    stale = []
    for name, page in PAGES.items():
        path, made = HERE / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            stale.append(name)
            if "--check" not in sys.argv[1:]:
                path.parent.mkdir(exist_ok=True)
                path.write_text(made, encoding="utf-8")
    if "--check" in sys.argv[1:] and stale:
        sys.exit(f"not what the code gives: {', '.join(stale)}. Run: python docs/generate.py")
