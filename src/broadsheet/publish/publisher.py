"""Publishing as a command does it: a target is chosen, the site built, the plan made and done; and the way back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct, structs

from broadsheet.config import Settings
from broadsheet.pipeline import Means
from broadsheet.problems import Place, Problem, Severity, SiteError, reason
from broadsheet.publish.building import build_release
from broadsheet.publish.kept import Begun, Kept
from broadsheet.publish.opening import opened
from broadsheet.publish.plan import objections, overwriting
from broadsheet.publish.release import Ledger, noted
from broadsheet.publish.sending import Progress, Publishing, planned, send, verify
from broadsheet.publish.target import HoldsReleases, Patience, Say
from broadsheet.read.folders import Folders, find_folders, read_settings, settings_file
from broadsheet.targets import AnyTarget
from broadsheet.workers import Workers, usable_cores

if TYPE_CHECKING:
    from broadsheet.pictures.gather import Outside

_PATIENCE = Patience()
_EXAMPLE = "for example, in broadsheet.yaml: publish: {live: {kind: folder, path: /var/www/news}}"


class Chosen(Struct, frozen=True):
    """A target by its name, the site's settings for it, and where the site's parts lie."""

    name: str
    target: AnyTarget
    settings: Settings
    folders: Folders

    @property
    def kept(self) -> Kept:
        """The releases that were published there from here."""
        return Kept(self.folders.root, self.name)

    def urls(self, paths: list[str]) -> list[str]:
        """Return the addresses, as readers have them, of files of the output; without a `base_url` only their paths."""
        root = self.settings.absolute_root
        return [root + quote(path.removesuffix("index.html") if _is_index(path) else path) for path in paths]


class Ready(Struct, frozen=True):
    """A publish that may begin: what was chosen and planned, where it was built, and what was found on the way."""

    chosen: Chosen
    publishing: Publishing
    built: Path
    problems: tuple[Problem, ...]

    @property
    def objections(self) -> list[str]:
        """What speaks against it until somebody says yes."""
        return objections(self.publishing.plan, self.publishing.standing)

    def size(self, path: str) -> int:
        """Return the size in bytes of a file: of the one to be sent, else of the one that is there."""
        item = self.publishing.release.items.get(path)
        return item.size if item else self.publishing.standing.found[path].size


class Published(Struct, frozen=True):
    """What was done: the name of the release that readers have now, the paths that changed, and what went wrong."""

    release: str
    paths: list[str]
    problems: tuple[Problem, ...] = ()


def choose(site: Path, config: Path | None, name: str | None) -> Chosen:
    """Return the target called `name`, or the only one there is. Raises `SiteError`."""
    settings = read_settings(site, config)
    place = Place((config or settings_file(site)).as_posix())
    targets = settings.publish
    if not targets:
        raise SiteError([Problem(place, "no target is set to publish to", _EXAMPLE)])
    if name is None and len(targets) > 1:
        raise SiteError([Problem(place, "there is more than one target", f"name one of {', '.join(targets)}")])
    name = name or next(iter(targets))
    if name not in targets:
        raise SiteError([Problem(place, f"no target is called {name!r}", f"there is {', '.join(targets)}")])
    target = targets[name]
    settings = structs.replace(settings, base_url=target.base_url or settings.base_url)
    return Chosen(name, target, settings, find_folders(site, settings, None, config))


@contextmanager
def ready(
    chosen: Chosen, now: datetime, progress: Progress, say: Say | None, patience: Patience = _PATIENCE
) -> Iterator[Ready]:
    """Build the site as it is at `now`, look at the target and plan, and keep others away within a `with`.

    Without a `say` nothing at all is written, neither to the site nor to the target. Raises `SiteError`.
    """
    with ExitStack() as stack:
        built = stack.enter_context(chosen.kept.workplace() if say else _aside())
        means = Means(workers=Workers(usable_cores()), outside=None if say else _looking_only())
        began = datetime.now(UTC)
        release, result = build_release(chosen.folders, chosen.settings, now, built, progress, means)
        target = opened(chosen.target, chosen.folders, built, patience)
        moment = datetime.now(UTC)
        publishing = stack.enter_context(planned(release, target, moment, chosen.target.grace_days, say))
        if say and _is_since(publishing.standing.ledger, began):
            # What was built may be older than what is there by now. From here on nobody else publishes.
            say("somebody has published there since the site was built: it is built anew")
            shutil.rmtree(built)
            moment = datetime.now(UTC)
            release, result = build_release(
                chosen.folders, chosen.settings, now + (moment - began), built, progress, means
            )
            publishing = stack.enter_context(planned(release, target, moment, chosen.target.grace_days, None))
        remark = publishing.standing.remark
        notes = [Problem(Place(target.place), remark, severity=Severity.WARNING)] if remark else []
        yield Ready(chosen, publishing, built, (*result.problems, *notes))


def publish(ready: Ready, progress: Progress) -> Published:
    """Do what is planned, fetch back some of it and compare. Raises `SiteError`."""
    publishing, kept = ready.publishing, ready.chosen.kept
    paths = sorted({*_changed(publishing), *kept.begun().paths})
    kept.begin(Begun(paths))
    ledger = send(publishing, datetime.now(UTC), progress)
    problems = []
    # Also what was published already, should the process have ended before it was kept.
    if not isinstance(publishing.target, HoldsReleases) and ledger.release not in kept.names():
        release = structs.replace(publishing.release, name=ledger.release, before=ledger.before)
        try:
            kept.keep(release, ready.built)
        except OSError as error:
            message = f"the release can not be kept ({reason(error)}): `broadsheet rollback` will not find it"
            problems.append(Problem(Place(kept.folder.as_posix()), message, severity=Severity.WARNING))
    verify(publishing, progress)
    return Published(ledger.release, paths, tuple(problems))


def roll_back(chosen: Chosen, progress: Progress, say: Say, patience: Patience = _PATIENCE) -> Published:
    """Have the target show the release before. Raises `SiteError`."""
    with chosen.kept.workplace() as nothing_built:
        target = opened(chosen.target, chosen.folders, nothing_built, patience)
        if isinstance(target, HoldsReleases):
            name, paths = target.go_back(say)
            return Published(name, sorted({*paths, *chosen.kept.begun().paths}))
    ledger = target.standing({}).ledger
    name = chosen.kept.before(ledger, target.place)
    release = chosen.kept.load(name)
    target = opened(chosen.target, chosen.folders, chosen.kept.folder / name, patience)
    moment = datetime.now(UTC)
    with planned(release, target, moment, chosen.target.grace_days, say) as publishing:
        if publishing.standing.ledger.release != ledger.release:
            message = "somebody has published there just now"
            raise SiteError([Problem(Place(target.place), message, "look at it, and roll back again if need be")])
        plan = publishing.plan
        if plan.foreign:
            hint = "move away what is there, and roll back again"
            raise SiteError([Problem(Place(target.place), overwriting(plan.foreign), hint)])
        for item in (*plan.new, *plan.changed):
            # Damaged, it is better found before the first byte is sent.
            release.content(item)
        paths = sorted({*_changed(publishing), *chosen.kept.begun().paths})
        chosen.kept.begin(Begun(paths, ledger.release, name))
        send(publishing, moment, progress)
        chosen.kept.forget_after(name)
        verify(publishing, progress)
    return Published(name, paths)


def afterwards(chosen: Chosen, published: Published, output: IO[str]) -> list[Problem]:
    """Tell the hub which feeds changed, and run the commands that are to follow, which print to `output`.

    Return what went wrong: the site is published whatever they do.
    """
    if not published.paths:
        return []
    problems = _tell_and_run(chosen, published, output)
    chosen.kept.end()
    return problems


def _tell_and_run(chosen: Chosen, published: Published, output: IO[str]) -> list[Problem]:
    from broadsheet.publish.after import ping, run_commands  # noqa: PLC0415

    hub = chosen.settings.hub
    feeds = [path for path in published.paths if path.rpartition("/")[2] in {"feed.xml", "feed.json"}]
    problems = ping(hub, chosen.urls(feeds), _PATIENCE) if hub and feeds else []
    if not chosen.target.after:
        return problems
    with TemporaryDirectory(prefix="broadsheet-") as folder:
        urls = Path(folder) / "urls.txt"
        try:
            urls.write_text("".join(f"{url}\n" for url in chosen.urls(published.paths)), encoding="utf-8")
        except OSError as error:
            message = f"the commands under `after` were not run, for the addresses can not be written: {reason(error)}"
            hint = "the site is published: make room, and run them by hand"
            return [*problems, Problem(Place(urls.as_posix()), message, hint)]
        environment = {"BROADSHEET_TARGET": chosen.name, "BROADSHEET_URLS": str(urls)}
        return [*problems, *run_commands(chosen.target.after, chosen.folders.root, environment, output)]


def _is_since(ledger: Ledger, moment: datetime) -> bool:
    """Return whether a release was published after a `moment`, to the second, by the clock of who published."""
    return ledger.published_at > noted(moment)


def _changed(publishing: Publishing) -> set[str]:
    """Return the paths that readers see otherwise than after the last publish that came to its end."""
    plan, ledger = publishing.plan, publishing.standing.ledger
    known = ledger.files.keys() | ledger.sending.keys()
    # What one that was cut short has brought, and what it has deleted, nobody was told of.
    brought = ledger.sending.keys() & publishing.release.items.keys()
    gone = known - publishing.release.items.keys() - publishing.standing.found.keys()
    return {*(item.path for item in (*plan.new, *plan.changed)), *plan.deleted, *brought, *gone}


def _is_index(path: str) -> bool:
    return path == "index.html" or path.endswith("/index.html")


@contextmanager
def _aside() -> Iterator[Path]:
    with TemporaryDirectory(prefix="broadsheet-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "built"


def _looking_only() -> Outside:
    # Heavy, and only a look is without it: what would be fetched would be written to the site.
    from broadsheet.pictures.gather import Outside  # noqa: PLC0415

    return Outside(fetches=False)
