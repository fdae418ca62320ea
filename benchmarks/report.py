"""Writes what was measured as Markdown, between two marks of docs/performance.md."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from measure import memory_measure
from peers import Build, Peer
from scenarios import Series, Table

START, END = "<!-- table -->", "<!-- /table -->"


@dataclass
class Results:
    """All tables of one go, and how they came about."""

    chosen: Sequence[Peer]
    rounds: int
    commands: dict[str, str] = field(default_factory=dict)
    cold: list[Table] = field(default_factory=list)
    warm: list[Table] = field(default_factory=list)
    edited: list[Table] = field(default_factory=list)
    growth: list[Table] = field(default_factory=list)
    start_up: list[Table] = field(default_factory=list)


def markdown(results: Results) -> str:
    """Return the whole report."""
    parts = [_cold(results.cold)] if results.cold else []
    if results.warm:
        parts.append(_plain("Nothing has changed since the last build", results.warm))
    if results.edited:
        parts.append(_plain("One record has changed", results.edited))
    if results.growth:
        parts.append(_growth(results.growth))
    if results.start_up:
        parts.append(_plain("Start-up", results.start_up))
    parts.append(_conditions(results))
    return "\n".join(parts)


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    align = ["---", *["---:" if column != "built by" else "---" for column in head[1:]]]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, align, *rows))


def _site(table: Table) -> str:
    return f"{table.title}: {table.records:,} records, {table.size / 1e6:,.0f} MB" if table.records else table.title


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 0.5 else f"{value * 1000:.0f} ms"


def _ratio(series: Series, first: Series) -> str:
    return "1" if series is first else f"{series.ratio(first):.2f}"


def _cold(tables: Sequence[Table]) -> str:
    head = ("site", "built by", "time", "× Broadsheet", "processor", "memory", "files")
    rows = [
        (
            _site(table) if series is table.series[0] else "",
            series.label + (f" (incomplete: {series.note})" if series.note else ""),
            _seconds(series.wall),
            _ratio(series, table.series[0]),
            _seconds(series.cpu),
            f"{series.peak / 1e6:,.0f} MB",
            f"{series.files:,}",
        )
        for table in tables
        for series in table.series
    ]
    return f"## From nothing\n\n{_rows(head, rows)}"


def _plain(title: str, tables: Sequence[Table]) -> str:
    rows = [
        (
            _site(table) if series is table.series[0] else "",
            series.label + (f" ({series.note})" if series.note else ""),
            _seconds(series.wall),
            _ratio(series, table.series[0]),
            _seconds(series.cpu),
        )
        for table in tables
        for series in table.series
    ]
    return f"## {title}\n\n{_rows(('site', 'built by', 'time', '× the first', 'processor'), rows)}"


def _growth(tables: Sequence[Table]) -> str:
    """Return how time and memory grow; a number right of `×` is by how much more than the first row."""
    first = tables[0]
    head = ("generated site", "time", "× the first", "a record", "memory", "× the first")
    rows = []
    for table in tables:
        (series,) = table.series
        wall, peak = series.wall / first.series[0].wall, series.peak / first.series[0].peak
        each = f"{series.wall / table.records * 1000:.2f} ms"
        rows.append(
            (_site(table), _seconds(series.wall), f"{wall:.1f}", each, f"{series.peak / 1e6:,.0f} MB", f"{peak:.1f}")
        )
    return f"## Growth\n\nBroadsheet alone, from nothing.\n\n{_rows(head, rows)}"


def _conditions(results: Results) -> str:
    versions = "; ".join(f"{peer.label} {peer.version()}" for peer in results.chosen)
    lines = [
        f"Measured on {machine()}. {versions}.",
        "",
        f"A time is the median of {results.rounds} rounds in which all took their turn (A B A B …); a ratio is the "
        "median of the ratios of the rounds. Processor time is that of all processes together. Memory is of a run of "
        f"its own: {memory_measure()}. All build the common page set with templates as small as can be; Broadsheet is "
        "also measured with its own theme, whose pages hold twice as much.",
    ]
    if results.commands:
        lines += ["", "```sh", *results.commands.values(), "```"]
    return "\n".join(lines) + "\n"


def command_line(build: Build, site: Path, tools: Path) -> str:
    """Return the build's command without the paths of this machine."""
    line = " ".join(Path(part).name if index == 0 else part for index, part in enumerate(build.command))
    for path, word in ((build.folder / "output", "OUTPUT"), (site, "SITE"), (build.folder, "PEER"), (tools, "TOOLS")):
        line = line.replace(str(path), word)
    return line


def machine() -> str:
    """Return what kind of machine this is, in words, without its name."""
    info = Path("/proc/cpuinfo")
    models = (
        [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kind = models[0] if models else platform.machine()
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{cores} cores of {kind}, {memory:.0f} GB of memory, {system}"


def write(text: str, page: Path) -> bool:
    """Put `text` between the marks of `page`; return whether it has them."""
    old = page.read_text(encoding="utf-8") if page.is_file() else ""
    before, start, rest = old.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        return False
    page.write_text(f"{before}{START}\n\n{text}\n{END}{after}", encoding="utf-8", newline="\n")
    return True
