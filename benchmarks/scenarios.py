"""What is measured: each function here runs commands in turn (A B A B …) and returns what they took.

Everything a command needs is prepared before; a run that counts has nothing but the command in it.
"""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

import peers
from measure import CommandFailedError, Run, measure
from peers import Build, Peer

import check
import sites


@dataclass
class Series:
    """The runs of one command, in the order of the rounds; `peak` in bytes, of a run of its own."""

    label: str
    runs: list[Run] = field(default_factory=list)
    peak: int = 0
    files: int = 0
    note: str = ""

    @property
    def wall(self) -> float:
        return median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        return median(run.cpu for run in self.runs)

    def ratio(self, other: "Series") -> float:
        """Return how many times as long as `other` this took: the median over the rounds, each run by its neighbour."""
        return median(own.wall / its.wall for own, its in zip(self.runs, other.runs, strict=True))


@dataclass(frozen=True)
class Table:
    """The series of one scenario on one site; the first is what the others are compared with."""

    title: str
    series: list[Series]
    records: int = 0
    size: int = 0  # bytes of records


def log(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _in_turn(steps: Sequence[tuple[Series, Callable[[], Run]]], rounds: int) -> None:
    for _ in range(rounds):
        for series, step in steps:
            series.runs.append(step())
    for series, _ in steps:
        log(f"    {series.label}: {', '.join(f'{run.wall:.2f}' for run in series.runs)} s")


def _cold(build: Build, *, memory: bool = False) -> Run:
    build.clean()
    return measure(build.command, build.folder, memory=memory)


def _first(peer: Peer, build: Build, expected: check.Expected | None) -> Series:
    """Build once to warm the disk's cache, to see the memory, and to check what was built."""
    series = Series(peer.label)
    series.peak = _cold(build, memory=True).peak
    series.files = sum(path.is_file() for path in build.output.rglob("*"))
    if expected is not None:
        series.note = check.summary(check.check(expected, build.output, broadsheet=peer in peers.OURS))
        log(f"    {peer.label}: {series.note or 'complete'}")
    return series


def cold(site: Path, work: Path, chosen: Sequence[Peer], rounds: int, *, checked: bool = True) -> Table:
    """Build from nothing: no output, no cache."""
    log(f"cold: {site.name}")
    expected = check.Expected(site) if checked else None
    builds = {peer: peer.prepare(site, work / "peers" / peer.name / site.name) for peer in chosen}
    series = {}
    for peer, build in builds.items():
        try:
            series[peer] = _first(peer, build, expected)
        except CommandFailedError as problem:
            if peer in peers.OURS:
                raise
            log(f"    {peer.label} is left out: {problem}")
    _in_turn([(own, partial(_cold, builds[peer])) for peer, own in series.items()], rounds)
    for build in builds.values():
        build.clean()
    return Table(site.name, list(series.values()), sites.count(site), sites.size(site))


def warm(site: Path, work: Path, chosen: Sequence[Peer], rounds: int) -> Table:
    """Build again what is built already, with nothing changed; beside it what it takes to print a help text."""
    log(f"warm: {site.name}")
    steps = []
    for peer in chosen:
        build = peer.prepare(site, work / "peers" / peer.name / site.name)
        _cold(build)
        steps.append((Series(peer.label), partial(measure, build.command, build.folder)))
    command = (peers.broadsheet_command(), "--help")
    steps.append((Series("`broadsheet --help`"), partial(measure, command)))
    _in_turn(steps, rounds)
    return Table(site.name, [series for series, _ in steps], sites.count(site), sites.size(site))


def edited(site: Path, work: Path, chosen: Sequence[Peer], rounds: int) -> Table:
    """Build again after the excerpt of one record has changed; the record is the middle one by name."""
    log(f"edited: {site.name}")
    builds = {peer: peer.prepare(site, work / "peers" / peer.name / site.name) for peer in chosen}
    for build in builds.values():
        _cold(build)
    series = {peer: Series(peer.label) for peer in chosen}
    record = middle_record(site)
    original = record.read_bytes()
    try:
        for number in range(1, rounds + 1):
            words = f"Edited {number} times."
            record.write_bytes(with_excerpt(original, words))
            for peer, build in builds.items():
                series[peer].runs.append(measure(build.command, build.folder))
                log(f"    {peer.label}: {series[peer].runs[-1].wall:.2f} s")
                page = build.output / "news" / record.stem / "index.html"
                if words not in page.read_text(encoding="utf-8"):
                    series[peer].note = "did not show the change"
    finally:
        record.write_bytes(original)
    return Table(site.name, list(series.values()), sites.count(site), sites.size(site))


def middle_record(site: Path) -> Path:
    """Return the record in the middle, by name, or the next one that every generator shows."""
    names = sorted((site / "_news").iterdir())
    return next(path for path in names[len(names) // 2 :] if b"\nremoved: true" not in path.read_bytes())


def with_excerpt(record: bytes, words: str) -> bytes:
    """Return the record with `words` put before its excerpt."""
    lines = record.splitlines(keepends=True)
    for index, line in enumerate(lines):
        if line.startswith(b"excerpt:"):
            value = line.removeprefix(b"excerpt:").lstrip(b" ")
            quote = value[:1] if value[:1] in (b'"', b"'") else b""
            lines[index] = b"excerpt: " + quote + words.encode() + b" " + value.removeprefix(quote)
            return b"".join(lines)
    raise ValueError("the record has no excerpt")


def growth(labels: dict[str, int], work: Path, rounds: int) -> list[Table]:
    """Build generated sites of growing size with Broadsheet alone, from nothing. Each is deleted when it is done."""
    tables = []
    for label, records in labels.items():
        log(f"growth: {label}")
        site = sites.make(sites.growth_site(label, records), work)
        build = peers.BROADSHEET.prepare(site, work / "peers" / site.name)
        series = _first(peers.BROADSHEET, build, None)
        _in_turn([(series, partial(_cold, build))], rounds)
        tables.append(Table(label, [series], sites.count(site), sites.size(site)))
        shutil.rmtree(site)
        shutil.rmtree(build.folder)
    return tables


def start_up(rounds: int) -> Table:
    """Start the command, against starting Python and nothing more."""
    log("start-up")
    commands = {
        "`python -c pass`": (sys.executable, "-c", "pass"),
        "`broadsheet --help`": (peers.broadsheet_command(), "--help"),
    }
    steps = [(Series(label), partial(measure, command)) for label, command in commands.items()]
    _in_turn(steps, rounds)
    return Table("start-up", [series for series, _ in steps])
