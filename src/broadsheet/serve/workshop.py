"""The site as it stands now: read, arranged and planned anew after every change. Nothing of it is written anywhere."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import RLock
from time import time_ns
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from broadsheet.arrange.aboutness import Remembered
from broadsheet.config import Settings
from broadsheet.last_build import CACHE_FOLDER
from broadsheet.model import Sources
from broadsheet.pipeline import Assembled, all_looked_at, assemble
from broadsheet.planning import Aids, plan_output
from broadsheet.problems import Problem, SiteError
from broadsheet.read.cache import RecordCache
from broadsheet.read.disk import Disk, walked_again
from broadsheet.read.folders import Folders, find_folders, read_settings
from broadsheet.read.record_files import Progress, silent
from broadsheet.read.source import ReadResult, read_site
from broadsheet.read.trace import Trace, all_of, as_of_now, look_again
from broadsheet.render.theme import Theme
from broadsheet.serve.last_good import with_last_good
from broadsheet.serve.searching import Wanted
from broadsheet.serve.standing import Recent, Standing
from broadsheet.stopwatch import Stopwatch
from broadsheet.toolchain import toolchain
from broadsheet.workers import Workers

if TYPE_CHECKING:
    from broadsheet.pictures.gather import Outside

_MOST_TRIED = 8


class Order(Struct, frozen=True):
    """What a preview shows: a site, its settings' file if it is another, drafts or not, at which time if not now."""

    site: Path
    config: Path | None = None
    drafts: bool = False
    now: datetime | None = None


class Copy(Struct, frozen=True):
    """The bytes of a file of the output, what stands for them if it is a page, and whether they are of now.

    What is not of now is the last that could be made.
    """

    content: bytes
    mark: str = ""
    is_current: bool = True


class Workshop:
    """Keeps a site as it stands, from one look at its sources to the next. Any thread may ask, one renews."""

    def __init__(
        self, order: Order, clock: Callable[[], datetime], workers: Workers, outside: "Outside | None" = None
    ) -> None:
        """Know nothing yet: `renew` looks for the first time. `clock` tells the time (aware).

        `outside` is how `fetch` gets pictures from elsewhere.
        """
        self.order = order
        self.round = 0
        self.standing: Standing | None = None
        self.failure: tuple[Problem, ...] = ()
        self.folders: Folders | None = None
        self._clock = clock
        self._workers = workers
        self._outside = outside
        self._keeps_pictures = True
        self._one_at_a_time = RLock()
        self._trace, self._looked_ns = Trace(), 0
        self._last_good_trace = Trace()
        self._cache: tuple[Path, RecordCache] | None = None
        self._good = Sources()
        self._remembered = Remembered()
        self._theme: tuple[object, Theme] | None = None
        self._probed: object = None
        self._last_pages = Recent()

    # Looking

    def change(self) -> str:
        """Return the path of something that is no longer as it was looked at, the empty string when all is."""
        started_ns = time_ns()
        changed, trace = look_again(self._trace, self._looked_ns, walked_again)
        if not changed and trace is not self._trace:
            self._trace, self._looked_ns = trace, started_ns
        return changed

    def places(self) -> set[str]:
        """Return the folders that hold all sources, none of them twice: where changes are to be watched for."""
        order = self.order
        outside = [order.config.parent] if order.config else []
        found = {str(path.resolve()) for path in (order.site, *outside)}
        if self.folders:
            found |= {str(path.resolve()) for path in self.folders.sources if path.is_dir()}
        return {path for path in found if not any(Path(other) in Path(path).parents for other in found)}

    @property
    def until(self) -> datetime | None:
        """When the site will be another by the mere course of time, None for never."""
        # What can not be used now is not mended by time: the last good site would be out of date again and again.
        if self.standing is None or self.failure or self.order.now:
            return None
        return self.standing.site.until

    def renew(self, progress: Progress = silent) -> None:
        """Look at the sources, and stand as they say. What can not be used leaves the site as it stood."""
        started_ns, disk, read = time_ns(), Disk(), None
        try:
            settings = read_settings(self.order.site, self.order.config, disk)
            self.folders = find_folders(self.order.site, settings, None, self.order.config, disk)
            read = self._read(self.folders, started_ns, progress)
            site = self._assembled(read, self.folders, settings, progress)
        except SiteError as error:
            self.failure = error.problems
            # Whatever is mended will be seen, also what this look did not come to: that is noted as it is now, or what
            # changed of it since would be a change again and again.
            trace = all_of(as_of_now(self._last_good_trace, walked_again), disk.trace, read.trace if read else None)
        else:
            trace = self._last_good_trace = all_looked_at(disk.trace, read.trace, site.planned)
            self._stand(Standing(site, settings, self._themed(site, settings), self._now()))
        self._trace, self._looked_ns = trace, started_ns
        self.round += 1

    def _read(self, folders: Folders, started_ns: int, progress: Progress) -> ReadResult:
        if self._cache is None or self._cache[0] != folders.records:
            self._cache = folders.records, RecordCache(folders.root / CACHE_FOLDER, toolchain())
        cache = self._cache[1]
        read = read_site(folders, progress, cache, self._workers)
        with suppress(OSError):
            # What a build keeps as well: without it the next start takes longer, and is none the worse.
            cache.save(read.entries, started_ns)
        cache.hold(read.entries, started_ns)
        return structs.replace(read, sources=with_last_good(read, self._good))

    def _assembled(self, read: ReadResult, folders: Folders, settings: Settings, progress: Progress) -> Assembled:
        aids = Aids((self._trace, self._looked_ns), progress, _nothing_fetched(settings), Stopwatch())
        now, drafts = self._now(), self.order.drafts
        site = assemble(read, folders, settings, now, aids, drafts=drafts, remembered=self._remembered)
        self._good = read.sources
        return site

    def _themed(self, site: Assembled, settings: Settings) -> Theme:
        plan = site.planned.plan
        key = (plan.template_folder, plan.templates, settings)
        if self._theme is None or self._theme[0] != key:
            self._theme = key, plan.theme()
        return self._theme[1]

    def _now(self) -> datetime:
        return self.order.now or self._clock()

    def _stand(self, standing: Standing) -> None:
        with self._one_at_a_time:
            broken = self.standing.broken if self.standing else {}
            self.standing, self.failure = standing, ()
            # What could not be made is news once it can be, whoever looks at it.
            self._try(path for path in list(broken)[:_MOST_TRIED] if standing.has(path))

    def _try(self, paths: Iterable[str]) -> None:
        for path in paths:
            with suppress(SiteError):
                self.copy(path)

    @property
    def waits_for_pictures(self) -> bool:
        """Whether pages lack pictures from elsewhere that nobody has tried to fetch yet."""
        gathered = self.standing.site.planned.gathered if self.standing else None
        return gathered is not None and gathered.waiting > 0 and self._keeps_pictures

    def fetch(self) -> None:
        """Fetch pictures from elsewhere into the cache; it may take minutes. The next look finds what was had."""
        if self.standing and self.folders:
            aids = Aids(None, silent, self._outside, Stopwatch())
            site = self.standing.site.arranged.site
            # Whatever is wrong the look before has told.
            with suppress(SiteError):
                planned = plan_output(site, self.folders, self.standing.settings, self._now(), aids)
                # What can not be kept would have to be fetched for every look.
                self._keeps_pictures = planned.gathered is not None and not planned.gathered.remark

    # Asking

    @property
    def base_path(self) -> str:
        """The path that the site is published at, percent-encoded, with a slash at both ends."""
        return self.standing.settings.base_path if self.standing else "/"

    def has(self, path: str) -> bool:
        """Return whether the output has a file at `path`."""
        return self.standing is not None and self.standing.has(path)

    def copy(self, path: str) -> Copy | None:
        """Return the file at `path`, None where there is none. Raises `SiteError` where it never could be made."""
        with self._one_at_a_time:
            standing = self._required()
            if not standing.has(path):
                return None
            is_page = path in standing.pages
            try:
                content = standing.content(path)
            except SiteError:
                last = self._last_pages.get(path) if is_page else None
                if last is None:
                    raise
                return Copy(last, standing.mark(last), is_current=False)
            if is_page:
                self._last_pages.put(path, content)
            return Copy(content, standing.mark(content) if path.endswith(".html") else "")

    def probe(self) -> None:
        """Render a page of every kind, so that what is wrong with a template is known before anybody looks at one."""
        if self.standing is None or self._probed is self._theme:
            return
        self._probed = self._theme
        self._try({page.kind: page.path for page in reversed(self.standing.pages.values())}.values())

    def problems(self) -> tuple[Problem, ...]:
        """Return all that is wrong now, as far as it is known."""
        standing = self.standing
        if self.failure or standing is None:
            return self.failure
        broken = (problem for problems in list(standing.broken.values()) for problem in problems)
        return distinct((*broken, *standing.site.problems, *standing.remarks))

    def search_wanted(self) -> Wanted | None:
        """Return what the site's search is to know, None where there is no search."""
        if self.standing is None:
            return None
        renderer = self.standing.site.planned.plan.renderer
        entries = renderer.search_entries()
        return None if entries is None else (entries, renderer.language, self.order.site)

    def _required(self) -> Standing:
        if self.standing is None:
            raise SiteError(self.failure)
        return self.standing


def _nothing_fetched(settings: Settings) -> "Outside | None":
    """Return how pictures from elsewhere are met by a look: nobody waits for the network to see what he has written."""
    if settings.images != "cache":
        return None
    # Heavy, and few sites fetch.
    from broadsheet.pictures.gather import Outside  # noqa: PLC0415

    return Outside(fetches=False)


def distinct(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the first of those `problems` that say the same of one place: a template's fault breaks many pages."""
    first: dict[tuple[object, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.place, problem.message), problem)
    return tuple(first.values())
