"""How fast a build is, as a ratio of two figures that one run takes in turn; never as an absolute time."""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
import yaml


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: a disk that has just deleted many files makes new ones slowly."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="PyYAML is here without its C loader")
def test_a_build_takes_at_most_half_of_what_parsing_its_front_matter_with_pyyaml_takes(run, quick_folder, corpus):
    site = corpus / "azure-2020h1"
    texts = [re.split(r"(?m)^---\n", path.read_text(encoding="utf-8"))[1] for path in sorted(site.glob("_news/*.md"))]
    ratios = []
    for turn in range(3):
        start = perf_counter()
        done = run("build", site, "--output", quick_folder / f"out-{turn}", "--quiet", "--clean", timeout=600)
        middle = perf_counter()
        assert done.returncode == 0, done.stderr
        for text in texts:
            yaml.load(text, Loader=yaml.CSafeLoader)
        ratios.append((middle - start) / (perf_counter() - middle))
    assert median(ratios) <= 0.5, ratios
