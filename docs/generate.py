"""Writes the reference parts of the manual from the code: run it after a change; a test compares."""

import inspect
import sys
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import click
import msgspec

from broadsheet import cli, config, limits, schema, targets
from broadsheet.problems import counted
from broadsheet.render import views

HERE = Path(__file__).parent
NOTE = "<!-- Made from the code by docs/generate.py. -->\n\n"


def settings_page() -> str:
    rows = _setting_rows(config.Settings, "")
    return (
        f"{NOTE}# Settings\n\nAll settings stand in `broadsheet.yaml` in the site's folder, as YAML; every one is optional, and one "
        "that is not known is an error.\nIn the table a dot leads into a group: `pages.size` is written as\n\n"
        "```yaml\npages:\n  size: 25\n```\n\n"
        f"{_table(rows)}\n## Targets\n\n"
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
            rows += _setting_rows(field.type, f"{prefix}{field.name}.")
        else:
            hint = hints[field.name]
            rows.append(f"| `{prefix}{field.name}` | {_value(hint)} | {_default(field)} | {_description(hint)} |")
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
    return {str: "text", int: "whole number", bool: "`true` or `false`", config.FooterLink: "links"}.get(
        hint, str(hint)
    )


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


PAGES = {
    "settings.md": settings_page,
    "command.md": command_page,
    "templates.md": templates_page,
    "limits.md": limits_page,
    **{f"schemas/{name}.schema.json": partial(schema.schema_text, name) for name in schema.NAMES},
}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).parent.mkdir(exist_ok=True)
        (HERE / name).write_text(page(), encoding="utf-8")
    sys.exit(0)
