"""Broadsheet turns a folder of news records into a static news digest.

What is listed here is for programs, and stays: `build` and `load`, and what they take, return and raise. All of it is
imported when it is asked for, so that the command starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from broadsheet.api import Digest, build, load
    from broadsheet.last_build import BuildResult
    from broadsheet.model import Coverage, Edition, Record, Site, Source, Story, Topic
    from broadsheet.problems import Place, Problem, Severity, SiteError

__version__ = "0.1.0"
__all__ = [
    "BuildResult",
    "Coverage",
    "Digest",
    "Edition",
    "Place",
    "Problem",
    "Record",
    "Severity",
    "Site",
    "SiteError",
    "Source",
    "Story",
    "Topic",
    "__version__",
    "build",
    "load",
]

_HOMES = {
    "api": ("Digest", "build", "load"),
    "last_build": ("BuildResult",),
    "model": ("Coverage", "Edition", "Record", "Site", "Source", "Story", "Topic"),
    "problems": ("Place", "Problem", "Severity", "SiteError"),
}


def __getattr__(name: str) -> object:
    """Import what is asked for."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"broadsheet.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List what is public."""
    return __all__
