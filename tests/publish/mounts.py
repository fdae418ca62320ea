"""Disks of a test's own: mounts that nobody else sees and that end with the process."""

import ctypes
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_CLONE_NEWNS = 0x20000

needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0,
    reason="only root may mount",
)


def alone(action: Callable[[], object]) -> Callable[[], object]:
    """Return `action` with mounts that nobody else sees and that end with the process."""

    def apart() -> None:
        assert ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) == 0, os.strerror(ctypes.get_errno())
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        action()

    return apart


def mounted(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=True)
