"""`broadsheet serve` as a process: its port, its end, and what it leaves behind."""

import os
import signal
import socket
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from previewed import PATIENCE_SECONDS, Preview, Site, group_of

pytestmark = pytest.mark.slow


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# The port


def test_a_port_that_is_taken_gives_way_to_the_next_free_one_and_that_is_said(site, start):
    with socket.socket() as first:
        # If somebody else has it, it is taken as well.
        with suppress(OSError):
            first.bind(("127.0.0.1", 8000))
            first.listen()
        preview = start(site, port=None)
        assert 8000 < preview.port < 8100
        assert preview.says(rf"^port 8000 is taken: {preview.port} is the next one that is free$")
        assert preview.text("/tide.txt") == "High at noon.\n"


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(site, run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", site.folder, "--port", str(port))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: Port {port} is taken")
    assert "hint: " in done.stderr


# The end


@pytest.fixture
def temporary(tmp_path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def slow_index(tmp_path) -> tuple[str, Path]:
    """A Pagefind that never comes to an end: where Python finds it, and a pipe on which it says that it started."""
    pipe = tmp_path / "started"
    os.mkfifo(pipe)
    program = tmp_path / "path/pagefind_bin/program"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho started > {pipe}\nexec sleep 600\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    module = f"from pathlib import Path\n\ndef get_executable():\n    return Path({str(program)!r})\n"
    (program.parent / "__init__.py").write_text(module, encoding="utf-8")
    return str(tmp_path / "path"), pipe


def assert_gone(preview: Preview, site: Site, before: dict[str, bytes], temporary: Path) -> None:
    """Check that nothing is left of a preview that was ended by Ctrl-C."""
    assert preview.process.returncode == 0, preview.stderr
    assert preview.stdout[-1] == "ended\n"
    assert "Traceback" not in "".join(preview.stderr)
    assert group_of(preview.process.pid) == []
    assert not list(temporary.iterdir())
    now = {path: content for path, content in files(site.folder).items() if not path.startswith(".broadsheet/")}
    assert now == before


def interrupt(preview: Preview, *, as_terminal: bool) -> None:
    """Press Ctrl-C: a terminal sends it to all processes of a command, other programs to one."""
    if as_terminal:
        os.killpg(preview.process.pid, signal.SIGINT)
        preview.wait()
    else:
        preview.stop()


@pytest.mark.parametrize("as_terminal", [True, False])
def test_ctrl_c_ends_a_preview_and_leaves_nothing(site, start, temporary, as_terminal):
    before = files(site.folder)
    preview = start(site, TMPDIR=str(temporary))
    assert preview.text("/")
    interrupt(preview, as_terminal=as_terminal)
    assert_gone(preview, site, before, temporary)


def test_ctrl_c_ends_the_streams_of_open_pages(site, start, temporary):
    before = files(site.folder)
    preview = start(site, TMPDIR=str(temporary))
    with preview.states() as some, preview.states("/latest/") as others:
        assert next(some)
        assert next(others)
        preview.stop()
        assert list(some) == []
        assert list(others) == []
    assert_gone(preview, site, before, temporary)


@pytest.mark.parametrize("as_terminal", [True, False])
@pytest.mark.parametrize("is_asked_for", [True, False])
def test_ctrl_c_ends_the_indexing_too(site, start, temporary, slow_index, as_terminal, is_asked_for):
    site.settings(search=True)
    before = files(site.folder)
    place, pipe = slow_index
    preview = start(site, TMPDIR=str(temporary), PYTHONPATH=place)
    assert pipe.read_text(encoding="utf-8") == "started\n"
    if is_asked_for:
        # Somebody who waits for the index is in the way of nobody.
        with socket.create_connection(("127.0.0.1", preview.port), PATIENCE_SECONDS) as asking:
            asking.sendall(b"GET /pagefind/pagefind.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert preview.text("/")
            interrupt(preview, as_terminal=as_terminal)
    else:
        interrupt(preview, as_terminal=as_terminal)
    assert_gone(preview, site, before, temporary)


@pytest.mark.parametrize("as_terminal", [True, False])
@pytest.mark.parametrize("module", ["starlette", "uvicorn", "watchfiles"])
def test_ctrl_c_right_after_the_start_ends_it_as_well(site, tmp_path, temporary, module, as_terminal):
    """While it still loads what it is made of: one of these parts is another one, which never comes to an end."""
    before = files(site.folder)
    part = tmp_path / "path" / f"{module}.py"
    part.parent.mkdir(parents=True)
    part.write_text("import signal\nprint('loading', flush=True)\nsignal.pause()\n", encoding="utf-8")
    preview = Preview(site.folder, TMPDIR=str(temporary), PYTHONPATH=str(tmp_path / "path"))
    try:
        assert preview.says("^loading$")
        interrupt(preview, as_terminal=as_terminal)
        assert_gone(preview, site, before, temporary)
    finally:
        preview.end()


def test_ctrl_c_ends_it_before_anything_is_shown(site, temporary):
    before = files(site.folder)
    preview = Preview(site.folder, TMPDIR=str(temporary))
    try:
        assert preview.complains("reading records")
        preview.stop()
        assert_gone(preview, site, before, temporary)
    finally:
        preview.end()


def test_a_signal_to_terminate_leaves_nothing_either(site, start, temporary, slow_index):
    site.settings(search=True)
    place, pipe = slow_index
    preview = start(site, TMPDIR=str(temporary), PYTHONPATH=place)
    assert pipe.read_text(encoding="utf-8") == "started\n"
    assert preview.stop(signal.SIGTERM) in {-signal.SIGTERM, 128 + signal.SIGTERM, 0}
    assert group_of(preview.process.pid) == []
    assert not list(temporary.iterdir())
