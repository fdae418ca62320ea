"""The theme: the default templates, a site's own in front of them, and the static files of both."""

import traceback
from hashlib import blake2b
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NoReturn

import jinja2
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from broadsheet.problems import Place, Problem, SiteError

_PACKAGE = "broadsheet.templates"
_DEFAULT = "default"


class Theme:
    """Templates by file name. A site's own template wins; `{% extends "default/story.html" %}` reaches the original."""

    def __init__(self, own_templates: Path | None = None) -> None:
        """Look into `own_templates` first, where there is such a folder."""
        default = PackageLoader(_PACKAGE, "")
        self._own = own_templates if own_templates and own_templates.is_dir() else None
        loaders = [FileSystemLoader(self._own, followlinks=False)] if self._own else []
        self._environment = Environment(
            loader=ChoiceLoader([*loaders, default, PrefixLoader({_DEFAULT: default})]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._templates: dict[str, jinja2.Template] = {}

    def render(self, name: str, context: dict[str, Any], page: str = "") -> Markup:
        """Return the template `name` filled with `context`; raises `SiteError` that names its line and `page`."""
        try:
            template = self._templates.get(name)
            if template is None:
                template = self._templates[name] = self._environment.get_template(name)
            return Markup(template.render(context))
        except jinja2.TemplateError as error:
            self._fail(name, page, error)
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            # Such an error is the template's when it was raised in its code, and ours anywhere else.
            if self._template_line(error) is None:
                raise
            self._fail(name, page, error)

    def _fail(self, name: str, page: str, error: Exception) -> NoReturn:
        file, line = name, 0
        if isinstance(error, jinja2.TemplateSyntaxError):
            file, line = error.filename or error.name or name, error.lineno
        elif isinstance(error, jinja2.TemplateNotFound):
            file, line = self._template_line(error) or (name, 0)
            error = jinja2.TemplateError(f"there is no template `{error.name}`")
        else:
            file, line = self._template_line(error) or (name, 0)
        hint = f"while rendering the page /{page}" if page else ""
        raise SiteError([Problem(Place(file, line, 1 if line else 0), f"template: {error}", hint)]) from error

    def _template_line(self, error: Exception) -> tuple[str, int] | None:
        """Return the template's file and line where `error` was raised, if its innermost frame is a template's."""
        frames = traceback.extract_tb(error.__traceback__)
        for frame in reversed(frames):
            if frame.filename.endswith(".html"):
                return frame.filename, frame.lineno or 0
            if "jinja2" not in frame.filename and "markupsafe" not in frame.filename:
                return None
        return None


def theme_files() -> dict[str, bytes]:
    """Return the default theme's static files by their path in the output."""
    return dict(sorted(_below(resources.files(_PACKAGE) / "static", "")))


def _below(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _below(entry, f"{prefix}{entry.name}/")
        elif not entry.name.startswith((".", "__")):
            found.append((prefix + entry.name, entry.read_bytes()))
    return found


def asset_url(path: str, content: bytes) -> str:
    """Return a static file's URL below the root: its version in the query, so that caches never show an old one."""
    return f"{path}?v={blake2b(content, digest_size=4).hexdigest()}"
