"""What several commands take, and how it is understood."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import date

    _TimeType = click.ParamType[datetime]
    _DayType = click.ParamType[date]
else:
    # In older versions of click it can not be said of what type they are.
    _TimeType = _DayType = click.ParamType

SITE = click.argument("site", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
CONFIG = click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Take the settings from this file."
)


class Time(_TimeType):
    """An ISO 8601 time; naive means UTC."""

    name = "TIME"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time that somebody wrote."""
        if isinstance(value, datetime):
            return value
        from broadsheet.read.fields import parse_time  # noqa: PLC0415

        moment = parse_time(value)
        if moment is None:
            self.fail(f"{value!r} is no time such as 2024-05-31T08:00:00Z", param, ctx)
        return moment


class Day(_DayType):
    """A day of the calendar."""

    name = "DAY"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day that somebody wrote."""
        from datetime import date as day  # noqa: PLC0415

        try:
            found = day.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = day.min
        # As for the times of records: the calendar's very ends leave no room for a time zone.
        if not 1000 <= found.year <= 9998:
            self.fail(f"{value!r} is no day such as 2024-05-31", param, ctx)
        return found


def clock() -> datetime:
    """Return the time of this build: `SOURCE_DATE_EPOCH` where it is set, else the clock's."""
    from broadsheet.api import clock as told  # noqa: PLC0415

    try:
        return told()
    except ValueError as error:
        raise click.UsageError(str(error)) from None
