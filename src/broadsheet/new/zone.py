"""The time zone of this machine, where it is known by its name."""

from collections.abc import Mapping
from pathlib import Path

from broadsheet.config import ZONE_VARIANTS, is_time_zone

_UTC = "UTC"
_DATABASE = "zoneinfo/"


def system_zone(environment: Mapping[str, str], etc: Path = Path("/etc")) -> str:
    """Return the IANA name of the zone of this machine, UTC where it can not be told.

    It is what `TZ` says, else where the link `localtime` in `etc` leads, else what the file `timezone` there says.
    """
    for name in (environment.get("TZ", "").removeprefix(":"), _linked(etc / "localtime"), _written(etc / "timezone")):
        if is_time_zone(name):
            return _UTC if name in {"Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu"} else name
    return _UTC


def _linked(path: Path) -> str:
    try:
        _, _, name = path.readlink().as_posix().rpartition(_DATABASE)
    except OSError:
        return ""
    for variant in ZONE_VARIANTS:
        name = name.removeprefix(variant)
    return name


def _written(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
