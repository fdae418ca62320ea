"""An arranged digest to the plan of all files that its output will hold: what renders them, and what is copied."""

from collections.abc import Container
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from broadsheet.config import Settings
from broadsheet.extras import missing
from broadsheet.last_build import CACHE_FOLDER
from broadsheet.make import Plan
from broadsheet.model import Site
from broadsheet.problems import Place, Problem, Severity, SiteError
from broadsheet.read.disk import Disk
from broadsheet.read.folders import Folders
from broadsheet.read.record_files import Progress
from broadsheet.read.source import StaticFile, read_static, read_templates, read_zones
from broadsheet.read.trace import Trace
from broadsheet.render.assets import themed
from broadsheet.render.headers import header_files
from broadsheet.render.pages import INDEX_PAGE, beside_pages
from broadsheet.render.pictures import pictures_from_elsewhere
from broadsheet.render.renderer import Renderer
from broadsheet.render.theme import theme_files
from broadsheet.stopwatch import Stopwatch

if TYPE_CHECKING:
    from broadsheet.pictures.gather import Gathered, Outside


class Aids(Struct, frozen=True):
    """What planning may use besides its inputs.

    `known` is what somebody looked at before, and since when (ns since 1970); `outside` is how pictures are fetched.
    """

    known: tuple[Trace, int] | None
    progress: Progress
    outside: "Outside | None"
    watch: Stopwatch

    def disk(self) -> Disk:
        """Return a disk that need not read again what is as it is known."""
        return Disk(*self.known) if self.known else Disk()


class Planned(Struct, frozen=True):
    """A plan, what is wrong with some of it, all that was looked at for it, and the pictures that were gathered."""

    plan: Plan
    problems: tuple[Problem, ...]
    trace: Trace
    gathered: "Gathered | None"


def plan_output(site: Site, folders: Folders, settings: Settings, now: datetime, aids: Aids) -> Planned:
    """Return the plan of everything that the output of `site` will hold. Raises `SiteError`."""
    with aids.watch("planning"):
        disk = aids.disk()
        static = read_static(folders, disk)
        defaults = theme_files()
    gathered = None
    if settings.images == "cache":
        with aids.watch("fetching pictures"):
            gathered = _gathered(site, {*defaults, *static}, folders, now, aids)
            site = structs.replace(site, pictures=gathered.pictures)
    with aids.watch("planning"):
        copies = gathered.files if gathered else {}
        theme: dict[str, StaticFile | bytes] = {
            **themed(defaults, settings),
            **header_files(settings),
            **copies,
        }
        renderer = Renderer(site, settings, theme)
        taken = (*renderer.pages, *([INDEX_PAGE] if settings.search else []))
        own, misplaced = beside_pages(static, taken, theme, folders.static.as_posix())
        files = {**theme, **own}
        templates = read_templates(folders, disk)
        plan = Plan(renderer, files, folders.templates, templates, read_zones(settings, disk))
        notes = (*_missing_logo(settings, files, folders), *_missing_pictures(gathered, folders))
        return Planned(plan, (*renderer.problems, *disk.problems, *misplaced, *notes), disk.trace, gathered)


def _gathered(site: Site, own: Container[str], folders: Folders, now: datetime, aids: Aids) -> "Gathered":
    """Return the pictures from elsewhere that pages show. Raises `SiteError` where nothing can make them fit.

    `own` has the paths of the site's own static files.
    """
    if lack := missing("images", "`images: cache`"):
        raise SiteError([Problem(Place(folders.root.as_posix()), *lack)])
    # Heavy, and few sites fetch.
    from broadsheet.pictures.gather import gather  # noqa: PLC0415
    from broadsheet.pictures.store import FOLDER  # noqa: PLC0415

    urls = pictures_from_elsewhere(site, own)
    return gather(urls, folders.root / CACHE_FOLDER / FOLDER, now, aids.disk(), aids.progress, aids.outside)


def _missing_pictures(gathered: "Gathered | None", folders: Folders) -> list[Problem]:
    if not gathered or not gathered.told:
        return []
    hint = "a drawing stands for them; they are tried again a day later"
    return [Problem(Place(folders.root.as_posix()), gathered.told, hint, Severity.NOTE)]


def _missing_logo(settings: Settings, files: Container[str], folders: Folders) -> list[Problem]:
    if settings.theme.logo is None or (logo := settings.theme.logo.lstrip("/")) in files:
        return []
    place = Place((folders.static / logo).as_posix())
    message = f"`theme.logo` is no file of the site: {settings.theme.logo}; the theme's own picture stands for it"
    return [Problem(place, message, "put it there, or correct the setting", Severity.WARNING, "missing-file")]
