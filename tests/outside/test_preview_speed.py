"""How soon a saved record is seen, as a ratio of two figures of one run; never as an absolute time."""

import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.alone]

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "preview.py"


def test_a_saved_record_is_seen_in_half_the_time_of_a_build(corpus, chromium, run, tmp_path):
    site = corpus / "azure-2020h1"
    builds = []
    for turn in range(3):
        start = perf_counter()
        assert run("build", site, "--output", tmp_path / f"{turn}", "--quiet", "--clean").returncode == 0
        builds.append((perf_counter() - start) * 1000)
    done = subprocess.run([sys.executable, SCRIPT, site], capture_output=True, text=True, timeout=600, check=False)
    told = re.search(r"20 edits, median (\d+) ms", done.stdout)
    assert told, done.stdout + done.stderr
    assert int(told[1]) / median(builds) <= 0.5, (done.stdout, builds)
