"""The interface's words, dates and numbers in the language of a site.

The words are messages in English, which templates and code hold themselves, and catalogues of them below `locale/`.
Dates and numbers are those of the Unicode CLDR, by Babel, which only a site in another language than English imports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, tzinfo
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from babel import Locale

_MONTHS = "January February March April May June July August September October November December".split()
_REMEMBERED = 65_536
_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60
# Language, or the one that extends it (`zh-yue`), script, region (RFC 5646); what follows changes no words.
_SUBTAGS = re.compile(
    r"([a-z]{2,8})(?:-([a-z]{3})){0,3}(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?(?:-|$)", re.IGNORECASE
).match
_RIGHT_TO_LEFT = set("Adlm Arab Aran Armi Hebr Mand Mend Nkoo Rohg Samr Syrc Syre Syrj Syrn Thaa Yezi".split())
# Of CLDR's own: what all languages have in common.
_NO_LANGUAGE = "root"


class Words(NullTranslations):
    """What a page says in one language; a message without a translation is said in English."""

    def __init__(self, language: str) -> None:
        """Speak `language`, a tag such as `de-AT`, as nearly as its catalogues can; `words_of` remembers who does."""
        super().__init__()
        self._language = language
        found = None if _is_english(language) else _Known(language)
        self._formats: _Formats = _English() if found is None else found.formats()
        self.direction = "ltr" if found is None else found.direction
        catalogue = found and found.catalogue()
        if catalogue:
            self.add_fallback(catalogue)
        # Sites have a hundred thousand records, but few days.
        self._date = lru_cache(_REMEMBERED)(self._formats.day)
        self._time = lru_cache(_REMEMBERED)(self._formats.clock)
        self._number = lru_cache(_REMEMBERED)(self._formats.number)
        self._bucket = lru_cache(_REMEMBERED)(self._bucket_name)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Pass between processes by name."""
        return words_of, (self._language,)

    def day(self, moment: datetime, zone: tzinfo) -> str:
        """Return the day of an aware `moment` for readers in `zone`: `31 March 2020`, `31 mars 2020`.

        In a language that CLDR does not know it is `2020-03-31`.
        """
        return self._date(moment.astimezone(zone).date())

    def clock(self, moment: datetime, zone: tzinfo) -> str:
        """Return the time of day of an aware `moment` for readers in `zone`: `14:05`."""
        return self._time(moment.astimezone(zone).time().replace(second=0, microsecond=0, fold=0))

    def bucket(self, key: str) -> str:
        """Return a calendar bucket's key for readers: `2022-10` is `October 2022`; days and their parts likewise."""
        return self._bucket(key)

    def _bucket_name(self, key: str) -> str:
        year, month, *rest = key.split("-")
        first = date(int(year), int(month), int(rest[0]) if rest else 1)
        name = self._formats.day(first) if rest else self._formats.month(first)
        if len(rest) < 2:
            return name
        return self.gettext("%(date)s, part %(part)s") % {"date": name, "part": rest[1]}

    def dated(self, name: str, date: str) -> str:
        """Return a name together with a date, both as they are shown: `The Daily Tram, 31 March 2020`."""
        return self.gettext("%(name)s, %(date)s") % {"name": name, "date": date}

    def listed(self, parts: Sequence[str]) -> str:
        """Return parts as one phrase: `The Tram, The Post and The Wire`; the empty text for none."""
        *some, last = parts or ("",)
        # Translators: It stands between the parts of a list, but for the last two.
        comma = self.gettext(", ")
        # Translators: It stands between the last two parts of a list.
        return comma.join(some) + self.gettext(" and ") + last if some else last

    def month_name(self, number: int) -> str:
        """Return a month's short name by its number, 1 for January: `Jan`."""
        return self._formats.month_name(number)

    def span(self, seconds: float) -> str:
        """Return a length of time by its largest unit, rounded: `5 minutes`, `3 hours`, `2 days`; at least a minute."""
        unit, count = _largest_unit(seconds)
        message = {
            "minute": self.ngettext("%(count)s minute", "%(count)s minutes", count),
            "hour": self.ngettext("%(count)s hour", "%(count)s hours", count),
            "day": self.ngettext("%(count)s day", "%(count)s days", count),
        }[unit]
        return message % {"count": self.number(count)}

    def later(self, seconds: float) -> str:
        """Return how much later something was, by the largest unit: `5 minutes later`."""
        unit, count = _largest_unit(seconds)
        message = {
            "minute": self.ngettext("%(count)s minute later", "%(count)s minutes later", count),
            "hour": self.ngettext("%(count)s hour later", "%(count)s hours later", count),
            "day": self.ngettext("%(count)s day later", "%(count)s days later", count),
        }[unit]
        return message % {"count": self.number(count)}

    def number(self, number: int) -> str:
        """Return a number with its digits in groups: `12,345`."""
        return self._number(number)


@lru_cache(maxsize=16)
def words_of(language: str) -> Words:
    """Return the words of `language`, any tag that the settings take (RFC 5646); English where there are none."""
    return Words(language)


class _Formats(Protocol):
    """How a language writes days, months, times of day and numbers."""

    def day(self, day: date) -> str: ...
    def month(self, day: date) -> str: ...
    def month_name(self, number: int) -> str: ...
    def clock(self, time: time) -> str: ...
    def number(self, number: int) -> str: ...


class _English:
    def day(self, day: date) -> str:
        return f"{day.day} {self.month(day)}"

    def month(self, day: date) -> str:
        return f"{_MONTHS[day.month - 1]} {day.year}"

    def month_name(self, number: int) -> str:
        return _MONTHS[number - 1][:3]

    def clock(self, time: time) -> str:
        return f"{time:%H:%M}"

    def number(self, number: int) -> str:
        return f"{number:,}"


class _Iso(_English):
    """Dates that nobody has to know a language for."""

    def day(self, day: date) -> str:
        return day.isoformat()

    def month(self, day: date) -> str:
        return day.isoformat()[:7]

    def month_name(self, number: int) -> str:
        return f"{number:02}"


class _Cldr:
    def __init__(self, locale: Locale) -> None:
        self._locale = locale

    def day(self, day: date) -> str:
        from babel.dates import format_date  # noqa: PLC0415

        return format_date(day, "long", self._locale)

    def month(self, day: date) -> str:
        from babel.dates import format_skeleton  # noqa: PLC0415

        return format_skeleton("yMMMM", day, locale=self._locale)

    def month_name(self, number: int) -> str:
        from babel.dates import get_month_names  # noqa: PLC0415

        return str(get_month_names("abbreviated", "stand-alone", self._locale)[number])

    def clock(self, time: time) -> str:
        from babel.dates import format_time  # noqa: PLC0415

        return format_time(time, "short", locale=self._locale)

    def number(self, number: int) -> str:
        from babel.numbers import format_decimal  # noqa: PLC0415

        return format_decimal(number, locale=self._locale)


def _largest_unit(seconds: float) -> tuple[str, int]:
    """Return a unit of time and how many of it a length has, rounded; at least a minute."""
    minutes = max(1, round(seconds / _MINUTE))
    if minutes < 60:
        return "minute", minutes
    hours = round(seconds / _HOUR)
    return ("hour", hours) if hours < 24 else ("day", round(seconds / _DAY))


def _is_english(language: str) -> bool:
    return language.partition("-")[0].lower() == "en"


class _Known:
    """What CLDR knows of a language that is not English."""

    def __init__(self, tag: str) -> None:
        from babel.core import get_global  # noqa: PLC0415

        language, script, region = _subtags(tag)
        # `iw` is what Hebrew was called once, `sh` Serbian in Latin letters, `prs` the Persian of Afghanistan.
        today = _subtags(get_global("language_aliases").get(language, language).replace("_", "-"))
        self._language, script, self._region = today[0], script or today[1], region or today[2]
        likely = get_global("likely_subtags")
        self._usual_script = _script(likely.get(self._language))
        here = _script(likely.get(f"{self._language}_{self._region}"))
        self._script = script or here or self._usual_script
        self.direction = "rtl" if self._script in _RIGHT_TO_LEFT else "ltr"

    def _names(self) -> Iterator[str]:
        """Yield the names of locales that write as the language does, the closest first.

        Its script is never another: who reads traditional Chinese is not given simplified.
        """
        language, region = self._language, self._region
        yield f"{language}_{self._script}_{region}"
        yield f"{language}_{self._script}"
        if self._script == self._usual_script:
            yield f"{language}_{region}"
            yield language

    def formats(self) -> _Formats:
        """Return how dates and numbers are written."""
        from babel.core import Locale  # noqa: PLC0415
        from babel.localedata import exists  # noqa: PLC0415

        name = next((name for name in self._names() if name != _NO_LANGUAGE and exists(name)), None)
        return _Cldr(Locale.parse(name, resolve_likely_subtags=False)) if name else _Iso()

    def catalogue(self) -> GNUTranslations | None:
        """Return the messages, or None where nobody has translated them."""
        for name in self._names():
            file = resources.files("broadsheet").joinpath("locale", name, "LC_MESSAGES", "broadsheet.mo")
            if file.is_file():
                with file.open("rb") as stream:
                    return GNUTranslations(stream)
        return None


def _subtags(tag: str) -> tuple[str, str, str]:
    """Return the language, the script and the region that a tag names, each empty where it names none."""
    found = _SUBTAGS(tag)
    language, extended, script, region = found.groups(default="") if found else ("", "", "", "")
    return (extended or language).lower(), script.title(), region.upper()


def _script(likely: str | None) -> str:
    """Return the script of a likely locale: that of `zh_Hans_CN` is `Hans`."""
    return likely.split("_")[1] if likely else ""
