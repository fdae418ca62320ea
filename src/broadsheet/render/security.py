"""What pages allow browsers to do: their Content-Security-Policy, strict by construction."""

from base64 import b64encode
from hashlib import sha256

from broadsheet.config import Settings

# Runs before the first paint, so that who chose the dark look is not blinded on every page. The rest is in
# `theme/broadsheet.js`, which is deferred. No other script may stand in a page: the policy names this one by its hash.
EARLY_SCRIPT = (
    'try{const p=JSON.parse(localStorage.getItem("broadsheet")||"{}"),d=document.documentElement.dataset;'
    "p.look&&(d.look=p.look);p.size&&(d.size=p.size)}catch{}"
)
_EARLY_HASH = f"'sha256-{b64encode(sha256(EARLY_SCRIPT.encode()).digest()).decode()}'"
_VIDEO_HOST = "https://www.youtube-nocookie.com"


def page_policy(settings: Settings, kind: str, *, has_video: bool = False) -> str:
    """Return the Content-Security-Policy of a page of `kind`, for its `<meta>`: nothing that it has no use for."""
    searches = kind == "search"
    scripts = f"'self' {_EARLY_HASH}" + (" 'wasm-unsafe-eval'" if searches else "")
    rules = {
        "default-src": "'none'",
        "script-src": scripts,
        "style-src": "'self'",
        "img-src": _pictures(settings),
        "font-src": "'self'",
        # A script of ours asks for nothing; tools that look at a page do, for its robots.txt.
        "connect-src": "'self'",
        "frame-src": _VIDEO_HOST if has_video else "",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    return _policy(rules)


def site_policy(settings: Settings) -> str:
    """Return the policy for the HTTP headers of all that a site has: the outer bound of what its pages allow.

    A browser enforces it together with that of each page, which narrows it. Of styles it says nothing: an edition's
    email carries its own within, and has no policy of its own.
    """
    return _policy(
        {
            # A page that searches runs WebAssembly; every other one forbids it by its own policy.
            "script-src": f"'self' {_EARLY_HASH} 'wasm-unsafe-eval'",
            "img-src": _pictures(settings),
            "font-src": "'self'",
            "connect-src": "'self'",
            "frame-src": _VIDEO_HOST,
            "object-src": "'none'",
            "base-uri": "'none'",
            "form-action": "'self'",
            # What no `<meta>` can say: nobody shows a page within one of his own.
            "frame-ancestors": "'none'",
        }
    )


def _pictures(settings: Settings) -> str:
    return "'self' https: http:" if settings.images == "link" else "'self'"


def _policy(rules: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in rules.items() if value)
