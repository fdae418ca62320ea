"""The files of a site to start from, as texts by their paths. Pure."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from broadsheet.last_build import CACHE_FOLDER
from broadsheet.model import Coverage, Provider, Record
from broadsheet.new.steps import HINT
from broadsheet.read.folders import SETTINGS_FILE
from broadsheet.schema import schema_text
from broadsheet.text import clean_domain, slugify
from broadsheet.write.naming import record_name
from broadsheet.write.record import record_text
from broadsheet.yaml_text import spelled

RECORDS = "records"
TOPICS = "_data/topics"
GIT_IGNORE = ".gitignore"
IGNORED = ("public/", f"{CACHE_FOLDER}/")
# Where records stand that name no topic.
_ROOT = "News"
# The language of the texts below.
_LANGUAGE = "en"
_SCHEMAS = {"settings": ".broadsheet.settings.json", "topic": ".broadsheet.topic.json"}


class Starter(Struct, frozen=True):
    """What a new site is to be: texts as they are shown, the zone by its IANA name, an address or none."""

    title: str
    topics: tuple[str, ...]
    language: str = "en"
    time_zone: str = "UTC"
    base_url: str | None = None


def starter_files(starter: Starter, now: datetime) -> dict[str, str]:
    """Return the texts of the files of a site that begins at `now`, by their paths below its folder."""
    return {
        **{file: schema_text(kind) for kind, file in _SCHEMAS.items()},
        GIT_IGNORE: "".join(f"{line}\n" for line in IGNORED),
        **{f"{TOPICS}/{name}": _topic(topic) for name, topic in topic_files(starter.topics).items()},
        **_records(starter, now),
        SETTINGS_FILE: _settings(starter, now),
    }


def topic_files(topics: tuple[str, ...]) -> dict[str, str]:
    """Return the topics by the names of their files, which say in which order they are shown."""
    digits = max(2, len(str(len(topics))))
    return {f"{number:0{digits}}-{slugify(topic)}.yaml": topic for number, topic in enumerate(topics, 1)}


def _settings(starter: Starter, now: datetime) -> str:
    url = starter.base_url
    domain = clean_domain(urlsplit(url).hostname or "") if url else ""
    authority = spelled(f"{domain or 'example.org'},{now.astimezone(ZoneInfo(starter.time_zone)).year}")
    # What nobody knows yet is there to be filled in.
    off = "" if domain else "# "
    return f"""\
{HINT.format(_SCHEMAS["settings"])}\
# The settings of the site: yours from here on. What else may stand here, and what it means, editors know from the
# schema that is named above; after an update `broadsheet schema settings` prints it anew.

# The name of the site, at the top of every page and in the feeds.
title: {spelled(starter.title)}

# One or two sentences about the site, under the title and in the feeds.
# description: What is new, and who reported it.

# Where the site is published, with its path. Feeds, the sitemap and canonical links need it.
{f"base_url: {spelled(url)}" if url else "# base_url: https://example.org/news/"}

# The language of the site, as a tag such as en, de or pt-BR.
language: {spelled(starter.language)}

# The time zone of shown dates and of months, by its name in the IANA database.
time_zone: {spelled(starter.time_zone)}

# The root topic: a record without a topic belongs to it.
topic: {_ROOT}

# The folder with the news records, one Markdown file each.
records: {RECORDS}

# The folder with the topics, and with the organizations if you like.
data: _data

# The front page.
home:
  # hottest: the stories with the most heat come first. newest: the latest ones do.
  order: hottest
  # How many days the front page looks back, counted from the newest story.
  days: 7

# The feeds.
{off}feeds:
{off}  # Who gives the ids of entries: a domain and a year in which it was yours. Never change it.
{off}  authority: {authority}

# A page that searches the stories. It needs Pagefind: pip install "broadsheet[search]"
# search: true
"""


def _topic(name: str) -> str:
    return f"""\
{HINT.format("../../" + _SCHEMAS["topic"])}\
# A topic. The names of the files here say in which order topics are shown.

# Its address: /topics/<_id>/. Never change it once the site is published.
_id: {spelled(slugify(name))}

# The name, as records have it.
name: {spelled(name)}

# A topic that this one is a part of, by its name; the words in a title that put a record without topics here.
# parent: {_ROOT}
# keywords: [one, another]
"""


def _records(starter: Starter, now: datetime) -> dict[str, str]:
    """Return three records: what one is and what to do next, and two that are one story, the better one first."""
    now, zone = now.replace(microsecond=0), ZoneInfo(starter.time_zone)
    one, other = starter.topics[0], starter.topics[min(1, len(starter.topics) - 1)]
    start = structs.replace(_START, published_at=now - timedelta(hours=1))
    lead = structs.replace(_FIRST, published_at=now - timedelta(hours=3))
    member = structs.replace(_SECOND, published_at=now - timedelta(hours=2))
    is_foreign = starter.language.lower().partition("-")[0] != _LANGUAGE
    files = {}
    for report, topic, related, body in (
        (start, one, (), _NEXT),
        (lead, other, (member,), _STORY),
        (member, other, (lead,), ""),
    ):
        name = record_name(report.published_at.astimezone(zone).date(), report.title)
        record = Record(
            f"{name}.md",
            name,
            report.title,
            report.published_at,
            excerpt=report.excerpt,
            web_url=report.web_url,
            quality=report.quality,
            locale=_LANGUAGE if is_foreign else None,
            provider=report.provider,
            topics=(topic,),
            related=related,
            body=f"\n{body}" if body else "",
        )
        files[f"{RECORDS}/{record.file}"] = record_text(record)
    return files


# When they were published is said when they are written.
_UNDATED = datetime.fromtimestamp(0, UTC)
_START = Coverage(
    "Start here: a record is a Markdown file",
    _UNDATED,
    "Every report is one file of this folder, which says what it is called, when it was published, where it is and who "
    "made it. Its page tells what to do next.",
    "https://start.example.org/what-a-record-is",
    provider=Provider("The First Page", "start.example.org"),
    quality=90,
)
_FIRST = Coverage(
    "One event, two newsrooms: how reports become one story",
    _UNDATED,
    "Two newsrooms tell of the same event. Each of the two records lists the other one under “related”: so they are "
    "one story with one page, and this one leads it, for its quality is higher.",
    "https://first.example.net/one-event",
    provider=Provider("The First Example", "first.example.net"),
    quality=60,
)
_SECOND = Coverage(
    "One event, told again: the second newsroom's report of the story",
    _UNDATED,
    "The second newsroom tells of the same event. Its report is a record of its own, and stands on the page of the "
    "story that the first one leads.",
    "https://second.example.com/one-event",
    provider=Provider("The Second Example", "second.example.com"),
    quality=50,
)

_NEXT = """\
This text stands below the front matter, the lines between the two `---`. It is Markdown, and most records have none: a
digest leads its readers to the report.

## What to do next

1. Keep `broadsheet serve` running and the page open in a browser: whenever you save a file, the page is new.
2. Put your own first report into the folder, with `broadsheet new record "Its title" --url https://…`, or as a file.
3. Write into `broadsheet.yaml` what the site is about, and where it will be published.
4. Delete these three records. Nothing else needs them.

Before you publish, `broadsheet check` says what is wrong, and where; `broadsheet build` writes the whole site.
"""

_STORY = """\
A related item is the record that has its title and its time. What is in no record of the folder may be listed, too: it
stands on the page as a link to elsewhere.
"""
