"""`python -m fuzz [TARGET …]`: runs targets in turn, several at a time, and prints what came of it; 1 for a finding."""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from msgspec import Struct

from fuzz.registry import TARGETS, found

_ROOT = Path(__file__).parent.parent
_FOLDER = _ROOT / ".fuzz"
# What a target writes: on a disk every execution would cost a hundred times as much.
_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
_ARTIFACT = re.compile(r"Test unit written to (\S+)")
_INTERRUPTED = "libFuzzer: run interrupted"
_EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_PULSE = re.compile(r"^#(\d+)\t", re.MULTILINE)


class Outcome(Struct, frozen=True):
    """What came of a target: `findings` are the inputs that broke it, `told` is the end of what it printed."""

    target: str
    executions: int
    seconds: float
    findings: tuple[Path, ...]
    told: str
    failed: bool

    def line(self) -> str:
        """Return a line of the table."""
        found = len(self.findings) or int(self.failed)
        rate = self.executions / max(self.seconds, 0.001)
        return f"{self.target:<16}{self.executions:>14,}{self.seconds:>10.0f}{rate:>12,.0f}{found:>10}"


def main() -> int:
    """Do what the command asks."""
    asked = _arguments()
    names = asked.targets or list(TARGETS)
    print(f"{'target':<16}{'executions':>14}{'seconds':>10}{'a second':>12}{'findings':>10}", flush=True)
    outcomes = []
    with ThreadPoolExecutor(asked.jobs) as pool:
        for outcome in pool.map(lambda name: _run(name, asked), names):
            outcomes.append(outcome)
            print(outcome.line(), flush=True)
    print(f"{'all':<16}{sum(outcome.executions for outcome in outcomes):>14,}")
    for outcome in outcomes:
        if outcome.failed:
            print(f"\n{outcome.target}:\n{outcome.told}")
        for path in outcome.findings:
            print(f"to see it again: {sys.executable} -m fuzz.one {outcome.target} {path}")
    return int(any(outcome.failed for outcome in outcomes))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Runs targets; all of them, if none is named.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    environment = os.environ.get
    parser.add_argument("--runs", type=int, default=int(environment("FUZZ_RUNS") or -1), help="executions of each")
    parser.add_argument("--seconds", type=int, default=int(environment("FUZZ_SECONDS") or 0), help="time for each")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers; 0: another one every time")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="what is kept from run to run, and what is found")
    asked = parser.parse_args()
    if find_spec("atheris") is None:
        parser.error("Atheris is not installed; there is one for Linux on x86-64 and Python up to 3.13")
    if asked.runs < 0 and not asked.seconds:
        parser.error("say how long: --runs or --seconds, FUZZ_RUNS or FUZZ_SECONDS")
    return asked


def _run(name: str, asked: argparse.Namespace) -> Outcome:
    """Run a target in a process of its own: what crashes is that one."""
    place = name.replace(":", "-")
    corpus, seeds, findings = (asked.folder / part / place for part in ("corpus", "seeds", "findings"))
    for folder in (corpus, seeds, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(found(name).seeds):
        (seeds / f"{number}").write_bytes(seed)
    options = [f"-runs={asked.runs}", f"-max_total_time={asked.seconds}", f"-seed={asked.seed}"]
    options += [f"-artifact_prefix={findings}/", "-print_final_stats=1", str(corpus), str(seeds)]
    began = perf_counter()
    log = asked.folder / f"{place}.log"
    with log.open("wb") as told, TemporaryDirectory(prefix="broadsheet-fuzz-", dir=_IN_MEMORY) as aside:
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        done = subprocess.run(
            [sys.executable, "-m", "fuzz.one", name, *options],
            env={**os.environ, "PYTHONPATH": path, "TMPDIR": aside},
            stdout=told,
            stderr=subprocess.STDOUT,
            check=False,
        )
    text = log.read_text(encoding="utf-8", errors="replace")
    counts = [int(count) for count in (*_EXECUTIONS.findall(text), *_PULSE.findall(text))]
    return Outcome(
        target=name,
        executions=max(counts, default=0),
        seconds=perf_counter() - began,
        findings=tuple(Path(path) for path in _ARTIFACT.findall(text)),
        told="\n".join(text.splitlines()[-40:]),
        failed=done.returncode != 0 and _INTERRUPTED not in text,
    )


if __name__ == "__main__":
    sys.exit(main())
