"""Compares Broadsheet with its peers on the same records and the same page set: `python benchmarks/run.py`.

The result, one page of tables, goes to standard output and into docs/performance.md where that has its marks.
"""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import install
import peers
import report
import scenarios
from measure import CommandFailedError
from report import Results

import sites

SCENARIOS = ("cold", "warm", "edited", "growth", "start-up")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
FAST_DISK = Path("/dev/shm")
FAST_DISK_NEEDS = 8 * 2**30  # bytes
CALM = 0.5  # processes that run or wait, on average over the last minute


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare Broadsheet with its peers on the same records and pages.")
    names = [peer.name for peer in peers.ALL if peer not in peers.OURS]
    parser.add_argument("--peers", default=",".join(names), help="default: %(default)s, as far as they are installed")
    parser.add_argument(
        "--big-peers", default="hugo", help="those that build sites of over 2,000 records (default: %(default)s)"
    )
    parser.add_argument("--sites", help=f"default: all of {', '.join(sites.cold_sites())}")
    parser.add_argument("--scenarios", default=",".join(SCENARIOS), help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--huge", action="store_true", help="let growth go on to 100,000 records, which are 3 GB")
    parser.add_argument(
        "--work", type=Path, help="where sites are made and built (default: a folder in memory, or a temporary one)"
    )
    parser.add_argument("--no-install", action="store_true", help="take the peers that are there and bring none")
    parser.add_argument("--no-check", action="store_true", help="do not check that the page sets are complete")
    return parser.parse_args()


@contextlib.contextmanager
def work_folder(given: Path | None) -> Iterator[Path]:
    """Yield the folder to work in; one that was not asked for is deleted in the end."""
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    fast = FAST_DISK.is_dir() and shutil.disk_usage(FAST_DISK).free > FAST_DISK_NEEDS
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-", dir=FAST_DISK if fast else None) as folder:
        yield Path(folder)


def compare(options: argparse.Namespace, work: Path) -> Results:
    """Run the scenarios that were asked for, site by site, so that only one site lies on the disk at a time."""
    chosen = peers.present(options.peers.split(","))
    big = peers.present([name for name in options.big_peers.split(",") if name in options.peers.split(",")])
    hugo = tuple(peer for peer in chosen if peer in (peers.BROADSHEET, peers.HUGO))
    wanted = options.scenarios.split(",")
    results = Results(chosen, options.rounds)
    available = sites.cold_sites()
    names = options.sites.split(",") if options.sites else list(available)
    for name in names:
        if not {"cold", "warm", "edited"} & set(wanted):
            break
        site = sites.make(available[name], work)
        large = sites.count(site) > 2000
        builders = big if large else chosen
        for peer in builders:
            build = peer.prepare(site, work / "peers" / peer.name / name)
            results.commands.setdefault(peer.name, report.command_line(build, site, install.TOOLS))
        if "cold" in wanted:
            results.cold.append(scenarios.cold(site, work, builders, options.rounds, checked=not options.no_check))
        if "warm" in wanted:
            results.warm.append(scenarios.warm(site, work, hugo, options.rounds))
        if "edited" in wanted and (large or len(names) == 1):
            results.edited.append(scenarios.edited(site, work, hugo, options.rounds))
        shutil.rmtree(site)
        shutil.rmtree(work / "peers", ignore_errors=True)
    if "growth" in wanted:
        labels = {**sites.GROWTH, **(sites.HUGE if options.huge else {})}
        results.growth = scenarios.growth(labels, work, options.rounds)
    if "start-up" in wanted:
        results.start_up = [scenarios.start_up(10 * options.rounds)]
    return results


def main() -> None:
    options = arguments()
    if not options.no_install:
        install.install()
    if os.getloadavg()[0] > CALM:
        scenarios.log("this machine is busy with something else: times will be uneven")
    try:
        with work_folder(options.work) as work:
            results = compare(options, work)
    except CommandFailedError as problem:
        sys.exit(str(problem))
    text = report.markdown(results)
    print(text)
    if not report.write(text, PAGE):
        scenarios.log(f"{PAGE.name} has no place for the table, so it is printed only")


if __name__ == "__main__":
    main()
