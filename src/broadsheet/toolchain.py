"""What makes the bytes besides a site's own files: this program, Python, and the libraries that both use."""

import os
import sys
from functools import cache
from hashlib import blake2b
from importlib import import_module

# Those that have a say in what a page holds; the names as folders of installed packages spell them.
_LIBRARIES = {
    "babel",
    "css_inline",
    "idna",
    "jinja2",
    "markdown_it_py",
    "markupsafe",
    "mdurl",
    "msgspec",
    "nh3",
    "pagefind_bin",
    "pagefind_bin_extended",
    "pyyaml",
    "rapidyaml",
    "tzdata",
}


@cache
def toolchain() -> str:
    """Return 32 hexadecimal digits that change whenever the same site might be built to other bytes."""
    state = blake2b("\n".join((sys.version, *_installed())).encode(), digest_size=16)
    for package in ("broadsheet", "broadsheet.templates"):
        for folder in import_module(package).__path__:
            _add(folder, state)
    return state.hexdigest()


def _add(folder: str, state: blake2b) -> None:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                _add(entry.path, state)
        else:
            # Opened without Python's buffers: these are many small files, and this runs before everything else.
            handle = os.open(entry.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                content = os.read(handle, entry.stat().st_size)
            finally:
                os.close(handle)
            state.update(f"\0{entry.name}\0{len(content)}\0".encode() + content)


def _installed() -> list[str]:
    """Return the installed libraries with their versions: to ask each for its own would take longer than all else."""
    found = set()
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            stem, ending = os.path.splitext(name)
            if ending in {".dist-info", ".egg-info"} and stem.partition("-")[0].lower() in _LIBRARIES:
                found.add(stem)
    return sorted(found)
