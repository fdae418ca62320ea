"""`make coverage`: how much of the program the tests run, in lines and in branches; fails below 95 % of either."""

import json
import subprocess
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from coverage import Coverage
from coverage.exceptions import CoverageWarning

LEAST = 95.0
# Publishing over ssh is tried with real machines' programs, which takes too long for every day.
_RUNS = (
    ("-m", "not slow"),
    ("-m", "slow and not alone", "tests/outside/test_publish_rsync.py"),
)


def main(options: list[str]) -> int:
    """Run pytest with `options` besides, add up what all processes have noted, and return the exit status."""
    measured = Coverage()
    measured.erase()
    failed = [run for run in _RUNS if _measure(*run, *options)]
    with warnings.catch_warnings():
        # Processes that are killed, as some tests have it, leave files that nobody can read.
        warnings.simplefilter("ignore", CoverageWarning)
        measured.combine()
    measured.report(show_missing=True, skip_covered=True)
    lines, branches = _shares(measured)
    print(f"\nlines: {lines:.2f} %\nbranches: {branches:.2f} %")
    if min(lines, branches) < LEAST:
        print(f"less than {LEAST:g} %", file=sys.stderr)
    return int(bool(failed) or min(lines, branches) < LEAST)


def _measure(*arguments: str) -> int:
    command = [sys.executable, "-m", "coverage", "run", "-m", "pytest", *arguments]
    return subprocess.run(command, check=False).returncode


def _shares(measured: Coverage) -> tuple[float, float]:
    """Return how many of the program's lines, and of its branches, were run, in percent."""
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        measured.json_report(outfile=str(report))
        totals = json.loads(report.read_text(encoding="utf-8"))["totals"]
    return (
        100 * totals["covered_lines"] / totals["num_statements"],
        100 * totals["covered_branches"] / totals["num_branches"],
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
