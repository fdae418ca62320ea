"""Where the parts of a site lie, and which file its settings come from."""

from pathlib import Path

from msgspec import Struct

from broadsheet.config import Settings
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.read.disk import Disk
from broadsheet.read.front_matter import decoded
from broadsheet.read.settings import parse_jekyll_settings, parse_settings
from broadsheet.yaml_text import parse_yaml

SETTINGS_FILE = "broadsheet.yaml"
JEKYLL_FILE = "_config.yml"
# Names by custom; a bare folder of records may have all but the first for records.
_RECORD_FOLDERS = ("_news", "records", "news")
_DATA_FOLDERS = ("_data", "data")


class Folders(Struct, frozen=True):
    """Where a site's parts lie. `records` may be `root` itself; the others need not exist."""

    root: Path
    records: Path
    data: Path
    output: Path
    static: Path
    templates: Path
    assets: Path | None = None

    @property
    def editions(self) -> Path:
        """The folder of the issues that were cut."""
        return self.root / "editions"

    @property
    def pages(self) -> Path:
        """The folder of the plain pages."""
        return self.root / "pages"

    @property
    def sources(self) -> tuple[Path, ...]:
        """The folders that hold sources, without `root`."""
        parts = (self.records, self.data, self.static, self.templates, self.assets, self.editions, self.pages)
        return tuple(part for part in parts if part is not None and part != self.root)


def read_settings(root: Path, config: Path | None = None, disk: Disk | None = None) -> Settings:
    """Return the settings of the site in `root`: from `config`, else `broadsheet.yaml`, else `_config.yml`.

    Raises `SiteError` with every problem of the file.
    """
    disk = disk or Disk()
    own = config or root / SETTINGS_FILE
    jekyll = root / JEKYLL_FILE
    if config or disk.kind(own):
        return parse_settings(_text(own, disk), own.as_posix())
    if disk.kind(jekyll) == "file":
        return parse_jekyll_settings(_text(jekyll, disk), jekyll.as_posix())
    return Settings()


def settings_file(root: Path) -> Path:
    """Return the file that the settings of the site in `root` come from, or would come from."""
    jekyll = root / JEKYLL_FILE
    own = root / SETTINGS_FILE
    return jekyll if jekyll.is_file() and not own.exists() else own


def _text(path: Path, disk: Disk) -> str:
    data = disk.content(path)
    if data is None:
        raise SiteError(disk.problems)
    text = decoded(data.removeprefix(b"\xef\xbb\xbf"), path.as_posix(), 1)
    if isinstance(text, Problem):
        raise SiteError([text])
    return text


def find_folders(
    root: Path,
    settings: Settings,
    output: Path | None = None,
    config: Path | None = None,
    disk: Disk | None = None,
) -> Folders:
    """Return where the parts of the site in `root` lie; `config` is the file that its settings came from.

    Raises `SiteError` when a folder that is named is missing, or when the output folder and the sources overlap.
    """
    disk = disk or Disk()

    def is_folder(path: Path) -> bool:
        return disk.kind(path) == "folder"

    has_settings = config is not None or disk.kind(root / SETTINGS_FILE) == "file"
    is_bare = not has_settings and not is_folder(root / _RECORD_FOLDERS[0])

    def folder(setting: str, name: str | None, usual: tuple[str, ...]) -> Path | None:
        if name is None:
            known = usual[:1] if is_bare else usual
            return next((root / usual_name for usual_name in known if is_folder(root / usual_name)), None)
        if not is_folder(root / name):
            place = _place_of(setting, config or root / SETTINGS_FILE, disk)
            raise SiteError([Problem(place, f"the folder `{name}` of the setting `{setting}` is not there")])
        return root / name

    folders = Folders(
        root=root,
        records=folder("records", settings.records, _RECORD_FOLDERS) or root,
        data=folder("data", settings.data, _DATA_FOLDERS) or root / _DATA_FOLDERS[0],
        output=output or root / settings.output,
        static=root / "static",
        templates=root / "templates",
        assets=root / "assets" if is_folder(root / "_news") and is_folder(root / "assets") else None,
    )
    _check_output(folders)
    return folders


def _place_of(setting: str, file: Path, disk: Disk) -> Place:
    return parse_yaml(_text(file, disk), file.as_posix()).place((setting,))


def _check_output(folders: Folders) -> None:
    """Refuse an output folder that holds sources, or lies where it would count as one."""
    output = folders.output.resolve()
    place = Place(folders.output.as_posix())
    for source in (folders.root, *folders.sources):
        inner = source.resolve()
        if inner == output or output in inner.parents:
            message = f"the output folder holds the sources of the site: {source.as_posix()}"
            raise SiteError([Problem(place, message, "choose another with --output")])
    for source in folders.sources:
        if source.resolve() in output.parents:
            message = f"the output folder lies in a folder of sources: {source.as_posix()}"
            raise SiteError([Problem(place, message, "choose another with --output")])
