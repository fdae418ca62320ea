"""`_headers`: the HTTP headers of a site, for hosts that read such a file (Netlify, Cloudflare Pages). Pure."""

from broadsheet.config import Settings
from broadsheet.render.assets import ICON, SCRIPT, STYLE
from broadsheet.render.security import site_policy

FILE = "_headers"
_NOTE = "# Made by Broadsheet. A file of your own, static/_headers, takes its place.\n"
_OFF = ("camera", "microphone", "geolocation", "browsing-topics")
_YEAR = 365 * 24 * 3600
# What every page names with its version in the query: `asset_url`. Of the other static files some pages name the bare
# path, the style sheet its typefaces for one; and a rule sees no query.
_VERSIONED = (STYLE, SCRIPT, ICON)


def header_files(settings: Settings) -> dict[str, bytes]:
    """Return the file of the headers by its path in the output, or nothing where `settings` want none.

    It is no page: as a file of the theme it gives way to a static file of the same path.
    """
    if not settings.headers:
        return {}
    rules = {
        "*": {
            "Content-Security-Policy": site_policy(settings),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _OFF),
        },
        **{path: {"Cache-Control": f"public, max-age={_YEAR}, immutable"} for path in _VERSIONED},
    }
    return {FILE: (_NOTE + "".join(_rule(settings.base_path + path, rules[path]) for path in rules)).encode()}


def _rule(path: str, headers: dict[str, str]) -> str:
    return f"{path}\n" + "".join(f"  {name}: {value}\n" for name, value in headers.items())
