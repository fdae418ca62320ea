"""`broadsheet explain`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from broadsheet.cli.completing import complete_records
from broadsheet.cli.parameters import CONFIG, Time, clock
from broadsheet.cli.printing import fail, print_problems

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from broadsheet.explain import Explainer
    from broadsheet.model import Record
    from broadsheet.read.source import ReadResult

_NEAREST = 3


@click.command()
@click.argument("slug", shell_complete=complete_records)
@click.argument("site", default=".", type=click.Path(path_type=Path))
@CONFIG
@click.option("--now", type=Time(), help="Explain the site as it is at this time.")
@click.option("--drafts", is_flag=True, help="Let drafts and scheduled records take part, as a preview does.")
@click.option("--all", "tells_all", is_flag=True, help="Tell of every member of the story, not only the first 20.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Print it so.  [default: text]"
)
def explain(  # noqa: PLR0913, PLR0917
    slug: str, site: Path, config: Path | None, now: datetime | None, drafts: bool, tells_all: bool, form: str
) -> None:
    """Say why a record of SITE (default: the current folder) is where it is.

    SLUG is the name that its page has, its file, or the address of its story's page. Told are who leads the story and
    why, what its heat is made of, why every other report shows where it does, why each related story is there, and
    where on the site it all stands. Nothing is written.
    """
    from broadsheet.arrange.site import arrange  # noqa: PLC0415
    from broadsheet.explain import Explainer  # noqa: PLC0415
    from broadsheet.last_build import CACHE_FOLDER  # noqa: PLC0415
    from broadsheet.problems import SiteError  # noqa: PLC0415
    from broadsheet.read.cache import RecordCache  # noqa: PLC0415
    from broadsheet.read.folders import find_folders, read_settings  # noqa: PLC0415
    from broadsheet.read.source import read_site  # noqa: PLC0415
    from broadsheet.toolchain import toolchain  # noqa: PLC0415
    from broadsheet.workers import Workers, usable_cores  # noqa: PLC0415

    slug, site = _slug_and_site(slug, site)
    moment = now or clock()
    try:
        settings = read_settings(site, config)
        folders = find_folders(site, settings, None, config)
        cache = RecordCache(folders.root / CACHE_FOLDER, toolchain())
        read = read_site(folders, cache=cache, workers=Workers(usable_cores()))
        arranged = arrange(read.sources, settings, moment, drafts=drafts)
    except SiteError as error:
        print_problems(error.problems)
        sys.exit(1)
    explainer = Explainer(arranged, read.sources, settings, moment)
    record = _the_one(slug, explainer, read)
    explanation = explainer.explanation(record)
    if form == "json":
        import msgspec  # noqa: PLC0415

        click.echo(msgspec.json.format(msgspec.json.encode(explanation), indent=2))
        return
    own = {explanation.file}
    print_problems(problem for problem in (*read.problems, *arranged.problems) if problem.place.file in own)
    from broadsheet.cli.explained import lines  # noqa: PLC0415

    for line in lines(explanation, settings.absolute_root, tells_all=tells_all):
        click.echo(line)


def _slug_and_site(slug: str, site: Path) -> tuple[str, Path]:
    """Return what was meant by two arguments, in whichever order: one of them is a folder."""
    if not site.is_dir() and Path(slug).is_dir():
        return str(site), Path(slug)
    if not site.is_dir():
        raise click.BadParameter(f"Directory {str(site)!r} does not exist.", param_hint="[SITE]")
    return slug, site


def _the_one(slug: str, explainer: Explainer, read: ReadResult) -> Record:
    """Return the record that is meant, or end the command where that is none, or not clear."""
    found = explainer.meant(slug)
    if not found:
        _end_with_none(slug, read)
    if len(found) > 1:
        files = [read.sources.shown_file(record) for record in found]
        fail(f"more than one record may be meant by `{slug}`", f"name one by its file: {_either(files)}")
    return found[0]


def _end_with_none(slug: str, read: ReadResult) -> NoReturn:
    """Tell what is wrong with the file that is meant, where it is no record, or which names are near."""
    from broadsheet.explain.wanted import name_of  # noqa: PLC0415
    from broadsheet.serve.nearby import nearby  # noqa: PLC0415

    name = name_of(slug)
    broken = [entry for entry in read.entries if entry.record is None and not entry.is_other]
    problems = [problem for entry in broken if name_of(entry.file) == name for problem in entry.problems]
    if problems:
        print_problems(problems)
        sys.exit(1)
    slugs = {f"news/{record.slug}/index.html": record.slug for record in read.sources.records}
    near = [slugs[page] for page in nearby(f"news/{name}", slugs, _NEAREST)]
    hint = f"did you mean {_either(near)}?" if near else "a record is named by its file, without `.md`"
    fail(f"there is no record `{slug}`", hint)


def _either(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
