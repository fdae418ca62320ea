"""A folder of this machine as a target: which of its two forms it takes, and where none may be."""

import os
from pathlib import Path

from broadsheet.last_build import CACHE_FOLDER
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.publish.folder.in_place import InPlace
from broadsheet.publish.folder.switched import Switched, releases_of, served_release
from broadsheet.publish.folder.tree import telling
from broadsheet.read.folders import Folders
from broadsheet.targets import FolderTarget


def folder_target(settings: FolderTarget, folders: Folders) -> InPlace | Switched:
    """Return the target that the `settings` ask for, of the site that `folders` are about. Writes nothing.

    Raises `SiteError` where the path is no place for a site: it holds or lies in sources, or something stands there.
    """
    # An absolute path, or one of a home folder, is not below the site's.
    path = folders.root / os.path.expanduser(settings.path)
    with telling(str(path)):
        # The path itself may be a link that is switched; `..` at its end is no name for one.
        path = path if path.name not in {"", ".."} else path.resolve()
        link = path.parent.resolve() / path.name
        served = served_release(link)
        _check_path(path, (link, path.resolve()), folders)
        problem = _problem_of(path, served, settings.releases)
        if problem is not None:
            raise SiteError([problem])
        is_switched = not os.path.lexists(path) if settings.releases is None else settings.releases
        if served or is_switched:
            _check_path(path, (releases_of(link),), folders)
            return Switched(path, settings.keep)
    return InPlace(path)


def _problem_of(path: Path, served: str, releases: bool | None) -> Problem | None:
    """Return what speaks against what stands at `path`; `served` names the release that it is a link to."""
    message = hint = ""
    if path.is_symlink() and not path.exists():
        message, hint = f"a link stands here that leads nowhere: {os.readlink(path)}", "mend it or remove it"
    elif path.exists() and not path.is_dir():
        message, hint = "a file stands here, not a folder", "choose another path"
    elif served and releases is False:
        message = "a link to a release stands here, and the setting is `releases: false`"
        hint = "remove the link, or the setting"
    elif releases and not served and path.is_symlink():
        message = f"a link stands here that leads to no release of ours: {os.readlink(path)}"
        hint = "remove the link, or the setting `releases`"
    elif releases and not served and path.exists():
        message = "a folder stands where a link to releases goes"
        hint = "move the folder away, or remove the setting `releases`"
    return Problem(Place(str(path)), message, hint) if message else None


def _check_path(path: Path, places: tuple[Path, ...], folders: Folders) -> None:
    """Refuse `places` that hold sources of the site, or lie where builds read or write."""
    for place in places:
        for source in (folders.root, *folders.sources):
            inner = source.resolve()
            if inner == place or place in inner.parents:
                message = f"the target holds the sources of the site: {source.as_posix()}"
                raise SiteError([Problem(Place(str(path)), message, "choose another path")])
        if ".git" in place.parts:
            raise SiteError([Problem(Place(str(path)), "the target lies in git's own folder", "choose another path")])
        for source in (*folders.sources, folders.output, folders.root / CACHE_FOLDER):
            outer = source.resolve()
            if outer == place or outer in place.parents:
                message = f"the target lies in a folder that builds need: {source.as_posix()}"
                raise SiteError([Problem(Place(str(path)), message, "choose another path")])
