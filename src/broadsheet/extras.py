"""What the extras of the package bring, and what is said where something that they bring is wanted and is not there."""

from collections.abc import Sequence
from importlib.util import find_spec

# For each extra the modules that are imported, and what people call the package that has it.
BRINGS = {
    "check": {"ftfy": "ftfy", "protego": "protego", "selectolax": "selectolax"},
    "email": {"css_inline": "css-inline"},
    "images": {"PIL": "Pillow"},
    "import": {"feedparser": "feedparser"},
    "s3": {"obstore": "obstore"},
    "search": {"pagefind_bin": "Pagefind"},
    "serve": {"starlette": "starlette", "uvicorn": "uvicorn", "watchfiles": "watchfiles"},
}


def missing(extra: str, what: str) -> tuple[str, str] | None:
    """Return a message that `what` needs what an extra brings, with a hint, or None where all of that is installed."""
    names = [name for module, name in BRINGS[extra].items() if find_spec(module) is None]
    return told(extra, what, names) if names else None


def told(extra: str, what: str, names: Sequence[str]) -> tuple[str, str]:
    """Return the message that `what` needs packages, by `names`, that are not installed, and the hint that mends it."""
    verb = "is" if len(names) == 1 else "are"
    return f"{what} needs {' and '.join(names)}, which {verb} not installed", f'pip install "broadsheet[{extra}]"'
