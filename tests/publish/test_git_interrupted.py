"""A publish to a branch that is killed: the branch is as it was or as it shall be, and the next one ends clean."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pushed import A, B, Hub, publish

PUBLISHER = Path(__file__).with_name("git_publisher.py")
# Kills all who take part, before the program runs as often as it says.
DEADLY_GIT = """#!/bin/sh
number=$(($(cat "$COUNTER" 2>/dev/null || echo 0) + 1))
echo $number >"$COUNTER"
[ "$number" = "$DEADLY" ] && kill -9 0
exec "$REAL_GIT" "$@"
"""
BEFORE = A | {"CNAME": b"old.example.org", "README.md": b"Hello"}
AFTER = B | {
    "images/0123456789abcdef.webp": A["images/0123456789abcdef.webp"],
    "CNAME": b"news.example.org\n",
    "README.md": b"Hello",
}
# So many programs does a publish start at least; the test finds out how many there are really.
FEWEST = 15


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """A folder in which A is published."""
    hub = Hub(tmp_path_factory.mktemp("published"))
    hub.edit({"README.md": "Hello", "CNAME": "old.example.org"})
    publish(hub.target(), "one", A)
    return hub.folder


@pytest.fixture
def hub(tmp_path, published) -> Hub:
    """A copy of that folder."""
    hub = Hub(tmp_path)
    shutil.rmtree(hub.path)
    shutil.copytree(published / "hub.git", hub.path)
    return hub


def run(hub: Hub, deadly_call: int = 0, deadly_step: int = 0) -> tuple[int, int]:
    """Publish B in a process of its own; return how it ended, and how often it called git."""
    programs = hub.folder / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "git").write_text(DEADLY_GIT)
    (programs / "git").chmod(0o755)
    counter = hub.folder / "counter"
    counter.unlink(missing_ok=True)
    environment = hub.environment | {
        "COUNTER": str(counter),
        "DEADLY": str(deadly_call),
        "REAL_GIT": str(shutil.which("git")),
        "TMPDIR": str(hub.folder),
        "PATH": f"{programs}:{hub.environment['PATH']}",
    }
    command = [sys.executable, str(PUBLISHER), str(hub.folder), str(deadly_step)]
    done = subprocess.run(
        command, env=environment, start_new_session=True, capture_output=True, check=False, timeout=120, text=True
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode, int(counter.read_text())


def looks_whole_and_ends_clean(hub: Hub) -> bool:
    """Check the branch, publish once more, check again; return whether the killed one had arrived."""
    tree = hub.tree()
    assert tree in (BEFORE, AFTER)
    sent, _ = publish(hub.target(cname="news.example.org"), "two", B)
    assert bool(sent) == (tree == BEFORE), "what has arrived is not sent again"
    assert hub.tree() == AFTER
    assert len(hub.commits()) == 3
    assert hub.git(hub.path, "fsck", "--strict") == ""
    return tree == AFTER


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_before_any_call_of_git(hub, published, stride):
    status, calls = run(hub)
    assert (status, hub.tree()) == (0, AFTER)
    assert calls >= FEWEST
    outcomes = []
    for call in range(calls, 0, -stride):
        shutil.rmtree(hub.path)
        shutil.copytree(published / "hub.git", hub.path)
        assert run(hub, deadly_call=call)[0] == -signal.SIGKILL, call
        outcomes.append(looks_whole_and_ends_clean(hub))
    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {False, True}


@pytest.mark.parametrize("step", [1, 2, 4, 5])
def test_killed_after_a_step(hub, step):
    assert run(hub, deadly_step=step)[0] == -signal.SIGKILL
    assert looks_whole_and_ends_clean(hub) == (step > 4)


@pytest.mark.parametrize(("hook", "arrives"), [("pre-receive", False), ("update", False), ("post-receive", True)])
def test_killed_in_the_middle_of_the_push(hub, hook, arrives):
    path = hub.path / "hooks" / hook
    path.write_text("#!/bin/sh\nkill -9 0\n")
    path.chmod(0o755)
    assert run(hub)[0] == -signal.SIGKILL
    path.unlink()
    assert looks_whole_and_ends_clean(hub) == arrives
