"""The manifest of an output folder: which of its files are ours, and whether all of them are in their places."""

import os
from pathlib import Path

import msgspec
from msgspec import UNSET, Struct, UnsetType

from broadsheet.model import MANIFEST

_VERSION = 1


class Manifest(Struct, frozen=True):
    """The files that are ours, by path, with the digest of what we wrote.

    `unfinished` names the staging folder, within the output, from which they are being put in place: the files are
    then those of before and those of after.
    """

    version: int = _VERSION
    unfinished: str | UnsetType = UNSET
    files: dict[str, str] = {}

    def encoded(self) -> bytes:
        """Return the manifest as JSON, a line for every file, in order."""
        in_order = Manifest(unfinished=self.unfinished, files=dict(sorted(self.files.items())))
        return msgspec.json.format(msgspec.json.encode(in_order), indent=0) + b"\n"


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest in `folder`, an empty one where there is none, or none that makes sense.

    Unknown is foreign: what a missing or damaged manifest would list is compared, never taken for ours.
    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, ValueError, RecursionError):
        return Manifest()
    if manifest.version != _VERSION:
        return Manifest()
    files = {path: digest for path, digest in manifest.files.items() if is_inner(path)}
    return Manifest(unfinished=manifest.unfinished, files=files)


def is_unfinished(folder: Path) -> bool:
    """Return whether files of ours are still to be put in place in `folder`; quickly, for one that is large."""
    try:
        return b'"unfinished"' in (folder / MANIFEST).read_bytes()
    except OSError:
        return False


def write_manifest(manifest: Manifest, aside: Path, folder: Path) -> None:
    """Write the manifest of `folder`, by way of the folder `aside` on the same disk. Raises `OSError`."""
    # In a staging folder, which is ours alone: what stands anywhere else could be a link that leads out.
    (aside / MANIFEST).write_bytes(manifest.encoded())
    os.replace(aside / MANIFEST, folder / MANIFEST)


def is_inner(path: str) -> bool:
    """Return whether `path` is one that a build can have written: relative, straight, and none of our own files."""
    parts = path.split("/")
    return not {"", ".", ".."} & set(parts) and not parts[0].startswith(".broadsheet") and "\0" not in path
