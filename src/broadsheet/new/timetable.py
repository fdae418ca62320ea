"""When a site has to be built without anybody having changed it: hourly, and when an issue is due. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from broadsheet.arrange.editions import cut_times
from broadsheet.config import Settings

# Not at the full hour, when everybody's runs begin.
HOURLY = "23 * * * *"
_AFTER_CUT = timedelta(minutes=2)
_YEAR = timedelta(days=366)


def crontab(settings: Settings, now: datetime) -> tuple[str, ...]:
    """Return the times in UTC, as a crontab has them, at which a site is built in the year after `now`.

    Where the clocks change an issue is due at two times of UTC, and both are taken: nothing is cut twice.
    """
    editions = settings.editions
    if editions.period is None:
        return (HOURLY,)
    days = defaultdict(set)
    for moment in cut_times(editions, settings.edition_zone, now, now + _YEAR):
        start = (moment + _AFTER_CUT).astimezone(UTC)
        days[start.minute, start.hour].add(start.day if editions.period == "monthly" else start.isoweekday() % 7)
    hours = defaultdict(set)
    for (minute, hour), on in days.items():
        hours[minute, tuple(sorted(on))].add(hour)
    lines = []
    for (minute, days_on), at in sorted(hours.items()):
        day = "*" if len(days_on) == 7 else _listed(days_on)
        of_month, of_week = (day, "*") if editions.period == "monthly" else ("*", day)
        lines.append(f"{minute} {_listed(sorted(at))} {of_month} * {of_week}")
    return (HOURLY, *lines)


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))
