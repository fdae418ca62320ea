"""The text of `broadsheet.yaml`, or of a Jekyll checkout's `_config.yml`, to settings. Pure."""

import re
from urllib.parse import quote, urlsplit

from msgspec import structs

from broadsheet.config import Settings, Theme, is_time_zone
from broadsheet.problems import Problem, SiteError
from broadsheet.read.fields import is_local_path
from broadsheet.read.importing import wrong_imports
from broadsheet.read.publishing import wrong_targets
from broadsheet.read.schedule import wrong_schedule
from broadsheet.text import (
    clean_url,
    display_name,
    display_text,
    has_login,
    is_base_url,
    is_language,
    no_base_url,
)
from broadsheet.typed import typed
from broadsheet.yaml_text import LAST_COUNTS, Document, YamlError, parse_yaml

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})").fullmatch
# Without quotes every word is an identifier: a digit begins none.
_WORD = r"-?[^\W\d][\w-]*"
_FAMILY = rf"(?:{_WORD}(?: {_WORD})*|\"[\w -]+\"|'[\w -]+')"
_FONT_FAMILY = re.compile(rf"{_FAMILY}(?: *, *{_FAMILY})*").fullmatch
_AUTHORITY = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?,[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?").fullmatch


def parse_settings(text: str, file: str) -> Settings:
    """Return the settings that `text` (the content of `file`, YAML) makes. Raises `SiteError` with every problem."""
    try:
        document = parse_yaml(text, file)
    except YamlError as error:
        raise SiteError([error.problem]) from None
    if document.value is None:
        return Settings()
    settings, problems = typed(document, Settings)
    # A record may be shown with one of two values; which of two settings is meant only its owner knows.
    wrong = [Problem(again.place, again.message.removesuffix(LAST_COUNTS), again.hint) for again in document.warnings]
    wrong += problems if settings is None else _wrong_values(settings, document)
    if settings is None or wrong:
        raise SiteError(wrong)
    return _with_clean_texts(settings)


def parse_jekyll_settings(text: str, file: str) -> Settings:
    """Return the settings that a `_config.yml` gives: its title, description, url, baseurl, locale and topic.

    Such a file belongs to another program: what it holds besides is no concern of ours. Raises `SiteError`.
    """
    try:
        document = parse_yaml(text, file)
    except YamlError as error:
        raise SiteError([error.problem]) from None
    values = document.value if isinstance(document.value, dict) else {}

    def text_of(name: str) -> str | None:
        value = values.get(name)
        return str(value).strip() or None if isinstance(value, str | int) else None

    url, path = text_of("url") or "", (text_of("baseurl") or "").strip("/")
    base_url = f"{url.rstrip('/')}/{path}".rstrip("/") + "/"
    if url and not is_base_url(base_url):
        message = f"`url` is {no_base_url(url)}: {url}"
        raise SiteError([Problem(document.place(("url",)), message)])
    language = (text_of("locale") or text_of("lang") or "").partition(".")[0].replace("_", "-")
    settings = Settings(
        title=text_of("title"),
        description=text_of("description"),
        # Without an address of its own a checkout still says below which path it is published.
        base_url=base_url if url else f"/{quote(path)}/" if path else None,
        language=language if is_language(language) else "en",
        topic=text_of("topic"),
    )
    return _with_clean_texts(settings)


def _with_clean_texts(settings: Settings) -> Settings:
    """Return `settings` with texts that are fit to show: an escape in YAML can hide any character."""
    return structs.replace(
        settings,
        title=display_name(settings.title or "") or None,
        description=display_text(settings.description or "") or None,
    )


def with_base_url(settings: Settings, base_url: str) -> Settings:
    """Return `settings` for a site published at `base_url`. Raises `ValueError` when that is no http(s) address."""
    if not is_base_url(base_url):
        raise ValueError(f"{base_url!r} is {no_base_url(base_url)}")
    return structs.replace(settings, base_url=base_url)


def _wrong_values(settings: Settings, document: Document) -> list[Problem]:
    wrong = []
    for name, key in (("base_url", "url"), ("web_url", "web_url")):
        url = getattr(settings, name)
        if url is not None and not is_base_url(url):
            place = document.place((name,) if (name,) in document.places else (key,))
            wrong.append(Problem(place, f"`{name}` is {no_base_url(url)}: {url}"))
    wrong += [
        Problem(document.place((name,)), f"`{name}` is no name of a folder")
        for name in ("records", "data", "output")
        if "\0" in (getattr(settings, name) or "")
    ]
    wrong += wrong_schedule(settings.editions, document)
    wrong += wrong_imports(settings.import_, document)
    wrong += wrong_targets(settings.publish, document)
    for path, part in ((("time_zone",), settings), (("api", "time_zone"), settings.api)):
        if not is_time_zone(part.time_zone):
            message = f"the time zone {part.time_zone!r} is not known"
            wrong.append(Problem(document.place(path), message, "for example Europe/Berlin"))
    if not _AUTHORITY(settings.feeds.authority):
        place = document.place(("feeds", "authority"))
        message = f"`feeds.authority` is no domain and date: {settings.feeds.authority}"
        wrong.append(Problem(place, message, "for example example.org,2026"))
    if settings.feeds.hub is not None and not _is_public_url(settings.feeds.hub):
        place = document.place(("feeds", "hub"))
        message = f"`feeds.hub` is no address that anybody may read: {settings.feeds.hub}"
        wrong.append(Problem(place, message, "for example https://pubsubhubbub.appspot.com/"))
    wrong += _wrong_theme(settings.theme, document)
    if not is_language(settings.language):
        place = document.place(("language",))
        wrong.append(
            Problem(place, f"the language {settings.language!r} is no language tag", "for example en or pt-BR")
        )
    return wrong


def _is_public_url(url: str) -> bool:
    """Return whether `url` is a clean one, without a fragment, a name or a password: feeds show it to everybody."""
    return clean_url(url) == url and not urlsplit(url).fragment and not has_login(url)


def _wrong_theme(theme: Theme, document: Document) -> list[Problem]:
    wrong = []
    accent = ("theme", "accent")
    if theme.accent is None and accent in document.places:
        message = "`theme.accent` is empty: after a blank, `#` starts a comment"
        wrong.append(Problem(document.place(accent), message, 'write it as "#9a2f1f", with its quotes'))
    elif theme.accent is not None and not _COLOUR(theme.accent):
        message = f"`theme.accent` is no colour: {theme.accent}"
        wrong.append(Problem(document.place(accent), message, 'write it as "#9a2f1f"'))
    for name in ("text", "headings", "labels"):
        family = getattr(theme.fonts, name)
        if family is not None and not _FONT_FAMILY(family):
            message = f"`theme.fonts.{name}` is no list of typefaces: {family}"
            hint = 'names as in CSS, with commas between, any with a digit in quotes: Charter, "Source Sans 3", serif'
            wrong.append(Problem(document.place(("theme", "fonts", name)), message, hint))
    if theme.logo is not None and not is_local_path(theme.logo):
        message = f"`theme.logo` is no file of the site: {theme.logo}"
        wrong.append(Problem(document.place(("theme", "logo")), message, "put it into static/, and write /logo.svg"))
    for number, link in enumerate(theme.footer):
        if not display_text(link.name):
            place = document.place(("theme", "footer", number, "name"))
            wrong.append(
                Problem(place, f"the link to {link.url} has no name", "give it one: nobody sees a link without")
            )
        if clean_url(link.url) is None and not is_local_path(link.url) and not link.url.startswith("mailto:"):
            place = document.place(("theme", "footer", number, "url"))
            message = f"the link `{link.name}` leads nowhere: {link.url}"
            wrong.append(Problem(place, message, "a page of the site starts with `/`, others with https:// or mailto:"))
    return wrong
