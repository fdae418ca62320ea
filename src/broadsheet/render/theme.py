"""The theme: the default templates, a site's own in front of them, and the static files of both."""

import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined, nodes
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from broadsheet import __version__
from broadsheet.files import digest_at
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.words import Words, words_of

_PACKAGE = "broadsheet.templates"
_DEFAULT = "default"
# Jinja says `'broadsheet.render.views.StoryView object' has no attribute 'x'`; the manual knows a StoryView.
_OF_A_VIEW = re.compile(r"'broadsheet\.[\w.]*?(\w+) object' has no")
# What can be raised by a template, or by our own code while one is filled.
_OF_TEMPLATES = (
    jinja2.TemplateError,
    UnicodeDecodeError,
    RecursionError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
)


class _CompiledDefaults(jinja2.FileSystemBytecodeCache):
    """Keeps the default templates compiled, where Python keeps our modules compiled, if it may.

    Those of a site are none of it: what a site brings along must never be run as code.
    """

    def __init__(self, package: str) -> None:
        super().__init__(os.path.join(package, "__pycache__"), f"{sys.implementation.cache_tag}-%s.cache")
        self._package = package

    def get_source_checksum(self, source: str) -> str:
        # The code also hangs on Jinja, and on how it is set up here.
        return super().get_source_checksum(f"{jinja2.__version__} {__version__} {source}")

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        if filename and os.path.dirname(filename) == self._package:
            return super().get_bucket(environment, name, filename, source)
        return Bucket(environment, "", "")

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.key and not sys.dont_write_bytecode:
            with suppress(OSError):
                os.makedirs(self.directory, exist_ok=True)
                super().dump_bytecode(bucket)


class _OwnTemplates(FileSystemLoader):
    """The templates of a folder, none but those that somebody has looked at, where that is known."""

    def __init__(self, folder: Path, digests: Mapping[str, str] | None) -> None:
        super().__init__(folder, followlinks=False)
        self._digests = digests

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if self._digests is not None and template not in self._digests:
            raise jinja2.TemplateNotFound(template)
        try:
            source = super().get_source(environment, template)
        except (OSError, jinja2.TemplateNotFound) as error:
            if self._digests is None:
                raise
            # Not the default one in its place: pages are known by this one.
            place = Place(os.path.join(self.searchpath[0], template))
            raise SiteError(
                [Problem(place, "the template has gone while the site was built", "build again")]
            ) from error
        if self._digests is not None and digest_at(source[1]) != self._digests[template]:
            # Pages are known by the digest that it had.
            problem = Problem(
                Place(source[1]), "the template was changed while the site was built", "build again", rule="template"
            )
            raise SiteError([problem])
        return source


class Theme:
    """Templates by file name. A site's own template wins; `{% extends "default/story.html" %}` reaches the original."""

    def __init__(
        self,
        own_templates: Path | None = None,
        digests: Mapping[str, str] | None = None,
        words: Words | None = None,
    ) -> None:
        """Look into `own_templates` first, where there is such a folder: for those in `digests` by name, or for all.

        `words` are the interface's in the site's language; without them it speaks English.
        """
        words = words or words_of("en")
        default = _default_loader()
        self._own = own_templates if own_templates and own_templates.is_dir() else None
        loaders = [_OwnTemplates(self._own, digests)] if self._own else []
        self._environment = Environment(
            loader=ChoiceLoader([*loaders, default, PrefixLoader({_DEFAULT: default})]),
            bytecode_cache=_CompiledDefaults(str(resources.files(_PACKAGE))),
            extensions=["jinja2.ext.i18n"],
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]
            words.gettext, words.ngettext, newstyle=True
        )
        self._environment.filters.update(number=words.number, span=words.span, listed=partial(_listed, words))
        self._templates: dict[str, jinja2.Template] = {}
        self._folders = [str(folder) for folder in (resources.files(_PACKAGE), self._own) if folder]
        # The URL of the front page below the root is the empty string.
        self._page: str | None = None

    @contextmanager
    def rendering(self, page: str) -> Iterator[None]:
        """Name `page`, a URL below the root, in the errors of everything that is rendered within."""
        self._page = page
        yield
        self._page = None

    def render(self, name: str, context: dict[str, Any]) -> Markup:
        """Return what `fill` does, as HTML that may stand in a page."""
        return Markup(self.fill(name, context))

    def prepare(self, names: Iterable[str]) -> None:
        """Load the templates `names`, for all processes that will render; what is wrong with one is told then."""
        for name in names:
            with suppress(jinja2.TemplateError, UnicodeDecodeError, RecursionError, SiteError):
                self._loaded(name)

    def _loaded(self, name: str) -> jinja2.Template:
        template = self._templates.get(name)
        if template is None:
            template = self._templates[name] = self._environment.get_template(name)
            # Copied for every card and page, which takes five times as long from Jinja's chain of mappings.
            template.globals = dict(template.globals)
        return template

    def default_names(self) -> list[str]:
        """Return the names of the default templates, as a site's own that takes the place of one is called."""
        return sorted(name for name in _default_loader().list_templates() if name.endswith(".html"))

    def global_names(self) -> set[str]:
        """Return the names that every template knows without being given them."""
        return set(self._environment.globals)

    def file(self, name: str) -> str:
        """Return the file that the template `name` is read from, as far as it can be told."""
        own = self._own / name if self._own else None
        return str(own) if own and own.is_file() else name

    def parsed(self, name: str) -> nodes.Template:
        """Return the syntax tree of the template `name`. Raises `SiteError` where it is none that can be used."""
        try:
            assert self._environment.loader is not None
            source, file, _ = self._environment.loader.get_source(self._environment, name)
            # Filters and tests that nobody knows are found only then.
            self._environment.compile(source, name, file)
            return self._environment.parse(source, name, file)
        except (jinja2.TemplateError, UnicodeDecodeError, RecursionError) as error:
            raise self._told(name, error) or error from error

    def fill(self, name: str, context: dict[str, Any]) -> str:
        """Return the template `name` filled with `context`; raises `SiteError` that names its line and the page."""
        try:
            return self._loaded(name).render(context)
        except _OF_TEMPLATES as error:
            raise self._told(name, error) or error from error

    def _told(self, name: str, error: Exception) -> SiteError | None:
        """Return what is wrong with the template `name`, or with one that it uses; None where the error is ours."""
        if isinstance(error, jinja2.TemplateSyntaxError):
            return self._error(Place(error.filename or error.name or name, error.lineno, 1), error)
        if isinstance(error, jinja2.TemplateNotFound):
            missing = jinja2.TemplateError(f"there is no template `{error.name}`")
            return self._error(self._place(error) or Place(name), missing)
        if isinstance(error, jinja2.TemplateError):
            return self._error(self._place(error) or Place(name), error)
        if isinstance(error, UnicodeDecodeError):
            return self._error(Place(self.file(name)), "it is not in the encoding UTF-8")
        if isinstance(error, RecursionError):
            hint = f"; the original of {name} is `default/{name}`"
            looping = self._place(error, anywhere=True) or Place(self.file(name))
            return self._error(looping, f"it includes or extends itself without end{hint}")
        # Such an error is the template's when it was raised in its code, and ours anywhere else.
        place = self._place(error)
        return self._error(place, error) if place else None

    def _error(self, place: Place, what: object) -> SiteError:
        hint = f"while rendering the page /{self._page}" if self._page is not None else ""
        told = _OF_A_VIEW.sub(r"\1 has no", str(what))
        return SiteError([Problem(place, f"template: {told}", hint, rule="template")])

    def _place(self, error: Exception, *, anywhere: bool = False) -> Place | None:
        """Return the template's file and line where `error` was raised, if its innermost frame is a template's.

        With `anywhere` the innermost of its frames that is a template's counts.
        """
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if any(frame.filename.startswith(folder) for folder in self._folders):
                return Place(frame.filename, frame.lineno or 0, 1)
            if not anywhere and not any(library in frame.filename for library in ("jinja2", "markupsafe")):
                return None
        return None


def _default_loader() -> PackageLoader:
    return PackageLoader(_PACKAGE, "")


def _listed(words: Words, parts: Iterable[Any], show: Callable[[Any], str] | None = None) -> Markup:
    """Return parts as one phrase; each as `show`, a template's macro, has it, where there is one."""
    return Markup(words.listed([str(escape(show(part) if show else part)) for part in parts]))


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


def asset_url(path: str, digest: str) -> str:
    """Return a static file's URL below the root: its version in the query, so that caches never show an old one."""
    return f"{quote(path)}?v={digest[:8]}"
