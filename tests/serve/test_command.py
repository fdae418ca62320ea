"""`broadsheet serve` before it serves: what it needs, and what it says where it has that not."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from running import running, until


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "watchfiles"])
def test_a_missing_package_is_named_with_what_brings_it(package, tmp_path):
    program = f"import sys; sys.modules[{package!r}] = None; from broadsheet.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f'error: `broadsheet serve` needs {package}, which is not installed\n  hint: pip install "broadsheet[serve]"\n'
    )


def test_a_given_port_that_is_taken_is_an_error(run, record, tmp_path: Path):
    record(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("serve", tmp_path, "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: Port {port} is taken")
    assert "hint: " in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1", ""])
def test_a_host_that_is_not_here_is_an_error(host, run, tmp_path):
    done = run("serve", tmp_path, "--host", host)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_there_is_a_usage_error(run, tmp_path):
    assert run("serve", tmp_path / "gone").returncode == 2


def test_notes_are_told_once_however_often_the_settings_break(record, tmp_path):
    record(tmp_path / "site" / "_news")
    settings = tmp_path / "site" / "broadsheet.yaml"
    settings.write_text("title: Harbour\n")
    errors = tmp_path / "errors"
    with running(tmp_path / "site", errors=errors) as preview:
        for number in (1, 2):
            settings.write_text('title: "Harbour\n')
            until(lambda number=number: errors.read_text().count("invalid YAML") == number)
            settings.write_text("title: Harbour\n")
            until(lambda number=number: preview.said.count("all errors are mended\n") == number)
    assert errors.read_text().count("no `base_url` is set") == 1


def test_nothing_of_a_server_is_imported_for_a_build():
    program = "import sys, broadsheet.cli, broadsheet.pipeline; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert not [name for name in ("starlette", "uvicorn", "watchfiles", "asyncio") if f"'{name}'" in done.stdout]
