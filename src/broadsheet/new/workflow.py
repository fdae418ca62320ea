"""A workflow that builds and publishes a site by itself: what it has to do, found in the settings and in git."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from broadsheet.config import Settings
from broadsheet.new import github, gitlab
from broadsheet.new.repository import Repository, find_repository
from broadsheet.new.steps import Work
from broadsheet.new.timetable import crontab
from broadsheet.problems import Place, Problem, SiteError, reason
from broadsheet.read.folders import SETTINGS_FILE, read_settings
from broadsheet.targets import AnyTarget, FolderTarget, GitTarget, ObjectTarget

Host = Literal["github", "gitlab"]

_INSTALLED = "see that `{command}` brings Broadsheet there; else delete the file, and have --install say how it is done"


class Wanted(Struct, frozen=True):
    """What somebody asks for; what is None is found out."""

    site: Path
    host: Host | None = None
    target: str | None = None
    install: str | None = None
    config: Path | None = None


class Made(Struct, frozen=True):
    """A workflow that was written: its file, the branch that it publishes, and what is left to be done by hand."""

    path: Path
    branch: str
    left_to_do: tuple[str, ...]


def new_workflow(wanted: Wanted, now: datetime) -> Made:
    """Write the workflow of a site into the repository that it is in. Raises `SiteError`."""
    settings = read_settings(wanted.site, wanted.config)
    repository = find_repository(wanted.site)
    host = wanted.host or ("gitlab" if "gitlab" in repository.origin.lower() else "github")
    maker = github if host == "github" else gitlab
    target = _target(wanted, settings)
    work = Work(
        site=_within(repository, wanted.site),
        config=_within(repository, wanted.config) if wanted.config else None,
        branch=repository.branch,
        install=wanted.install or _install(wanted.site, settings, target),
        crontab=crontab(settings, now),
        cuts_editions=settings.editions.period is not None,
        imports=bool(settings.import_.sources),
        name=wanted.target or "",
        target=target,
    )
    _check_texts(work, wanted)
    path = repository.root / maker.FILE
    _write(path, maker.workflow(work))
    installed = () if wanted.install else (_INSTALLED.format(command=work.install),)
    return Made(path, work.branch, (*installed, *maker.left_to_do(work), *_by_target(target)))


def _target(wanted: Wanted, settings: Settings) -> AnyTarget | None:
    if wanted.target is None:
        return None
    place = Place((wanted.config or wanted.site / SETTINGS_FILE).as_posix())
    target = settings.publish.get(wanted.target)
    if target is None:
        known = ", ".join(settings.publish) or "there is none: write one under `publish:`"
        raise SiteError([Problem(place, f"the settings know no target `{wanted.target}`", known)])
    if isinstance(target, FolderTarget):
        message = f"the target `{wanted.target}` is a folder of a machine of yours, which a workflow can not reach"
        raise SiteError([Problem(place, message, "publish to it by a timer of that machine")])
    if isinstance(target, GitTarget) and target.remote != "origin" and not _is_over_ssh(target.remote):
        message = f"a workflow can not push to `{target.remote}`, the remote of the target `{wanted.target}`"
        raise SiteError(
            [Problem(place, message, "to `origin`, or to an address for ssh such as git@example.org:us/site.git")]
        )
    return target


def _is_over_ssh(remote: str) -> bool:
    """Return whether a remote is an address for ssh, in either of the ways in which git has them."""
    if "://" in remote:
        return remote.startswith("ssh://")
    return ":" in remote.partition("/")[0]


def _install(site: Path, settings: Settings, target: AnyTarget | None) -> str:
    """Return the command that installs Broadsheet with the extras that publishing the site needs."""
    wanted = {
        "search": settings.search,
        "images": settings.images == "cache",
        "email": settings.editions.period is not None or any((site / "editions").glob("*.y*ml")),
        "import": bool(settings.import_.sources),
        "s3": isinstance(target, ObjectTarget),
    }
    extras = ",".join(name for name, is_needed in wanted.items() if is_needed)
    return f'pip install "broadsheet[{extras}]"' if extras else "pip install broadsheet"


def _within(repository: Repository, path: Path) -> str:
    """Return a path as one that starts at the root of the repository, with a dot."""
    try:
        inner = path.resolve().relative_to(repository.root).as_posix()
    except ValueError:
        message = f"lies outside of the repository {repository.root.as_posix()}, and a workflow can not reach it"
        raise SiteError([Problem(Place(path.as_posix()), message)]) from None
    return inner if inner == "." else f"./{inner}"


def _check_texts(work: Work, wanted: Wanted) -> None:
    """Refuse what no workflow can hold: line breaks, and other characters that nobody sees."""
    wrong = [text for text in (work.site, work.config or "", work.branch, work.install) if not text.isprintable()]
    if wrong:
        message = f"this has characters that can not stand in a workflow: {wrong[0]!r}"
        raise SiteError([Problem(Place(wanted.site.as_posix()), message)])


def _by_target(target: AnyTarget | None) -> list[str]:
    left = []
    if isinstance(target, GitTarget) and target.remote == "origin":
        left.append(f"once the branch is there: Settings → Pages → Deploy from a branch: {target.branch}")
    if target is not None and target.after:
        left.append("what the commands under `after` need besides has to be given to the last step")
    return left


def _write(path: Path, text: str) -> None:
    """Write a file where none is yet. Raises `SiteError`."""
    place = Place(path.as_posix())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        hint = "move it away first, or add to it by hand"
        raise SiteError([Problem(place, "is there already, and is not overwritten", hint)]) from None
    except OSError as error:
        raise SiteError([Problem(place, f"can not be written: {reason(error)}")]) from None
