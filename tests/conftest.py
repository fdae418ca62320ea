"""What tests share: the command as a real process, record files, and the real corpus."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings

settings.register_profile("broadsheet", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("broadsheet")

# A shell has what it starts in the background ignore Ctrl-C, and whatever that starts in turn.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

Run = Callable[..., subprocess.CompletedProcess[str]]
WriteRecord = Callable[..., Path]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds `powerapps/` and `azure-2020h1/`, `seeds/` beside it; builds may leave their caches there."""
    folder = os.environ.get("BROADSHEET_CORPUS")
    if not folder:
        pytest.skip("BROADSHEET_CORPUS is not set")
    path = Path(folder)
    missing = [name for name in ("powerapps", "azure-2020h1") if not (path / name / "_news").is_dir()]
    if missing:
        pytest.fail(f"BROADSHEET_CORPUS={folder} does not hold {' and '.join(missing)}")
    base = tmp_path_factory.mktemp("real")
    for part in (*path.glob("*/*"), *path.parent.glob("seeds/*")):
        link = base / part.relative_to(path.parent)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(part.resolve())
    return base / path.name


@pytest.fixture(scope="session")
def run() -> Run:
    """Run the command line as a user does; text in and out, never longer than `timeout` seconds."""

    def run(
        *arguments: str | Path, cwd: Path | None = None, timeout: float = 60, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "broadsheet", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def record() -> WriteRecord:
    """Write a record file with front matter: a good one, but for the fields that a test names (None: left out)."""

    def record(folder: Path, name: str = "2024-05-01-a-story.md", *, body: str = "", **fields: Any) -> Path:
        values = {
            "title": "Harbour bridge opens after three years of work",
            "publishedDateTime": "2024-05-01T08:00:00Z",
            "webUrl": "https://www.example.org/harbour-bridge",
            "topics": ["Transport"],
            **fields,
        }
        values = {key: value for key, value in values.items() if value is not None}
        front_matter = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=10**6)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\n{front_matter}---\n{body}", encoding="utf-8", newline="\n")
        return path

    return record


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the system has one: thousands of files are written all the way down to the disk."""
    memory = "/dev/shm"
    if not (os.path.isdir(memory) and os.access(memory, os.W_OK)):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)
