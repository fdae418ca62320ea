"""From one state of the output folder to the next: new files to their places, old ones away, pages after what they use.

Every step may be the last one, and all of them may be done again: what is done already is nothing to do.
"""

import os
from bisect import bisect_left
from pathlib import Path

from broadsheet.kinds import Kind, kind_of
from broadsheet.model import MANIFEST
from broadsheet.write.manifest import Manifest
from broadsheet.write.staging import trees_in


def put_in_place(room: Path, folder: Path, both: Manifest, after: Manifest) -> None:
    """Move what waits in the staging folder `room` to its place in `folder`, and delete what is not in `after`.

    `both` has the files of before, too, and is the manifest until all is done. Raises `OSError`.
    """
    stale = sorted(both.files.keys() - after.files.keys(), key=lambda path: (-kind_of(path), path))
    first = _in_the_way(stale, after)
    for path in first:
        _delete(folder, path)
    for tree in trees_in(room):
        later: list[str] = []
        _move_new(tree, str(folder), "", later)
        # Now that there is whatever they lead to.
        for path in sorted(later, key=kind_of):
            os.replace(f"{tree}/{path}", f"{folder}/{path}")
    for path in stale:
        _delete(folder, path)
    os.replace(room / MANIFEST, folder / MANIFEST)


def _in_the_way(stale: list[str], after: Manifest) -> list[str]:
    """Return those of the `stale` files that stand where a folder is needed, or in a folder where a file goes."""
    if not stale:
        return []
    paths = sorted(after.files)

    def is_folder(path: str) -> bool:
        at = bisect_left(paths, f"{path}/")
        return at < len(paths) and paths[at].startswith(f"{path}/")

    def is_in_a_file(path: str) -> bool:
        parts = path.split("/")
        return any("/".join(parts[:count]) in after.files for count in range(1, len(parts)))

    return [path for path in stale if is_folder(path) or is_in_a_file(path)]


def _move_new(tree: str, folder: str, below: str, later: list[str]) -> None:
    """Move what is new of all that waits in `tree` at the path `below` into the `folder`, whole folders at once.

    `later` gets the paths of files that take the place of others, or lead readers to what is new.
    """
    with os.scandir(f"{tree}/{below}") as listed:
        # Whole, before anything is taken out of it: not every system lists on as if nothing had happened.
        entries = list(listed)
    for entry in entries:
        path = below + entry.name
        place = f"{folder}/{path}"
        if entry.is_dir(follow_symlinks=False):
            try:
                # A folder takes the place of none but an empty one.
                os.rename(entry.path, place)
            except OSError:
                if not os.path.isdir(place):
                    raise
                _move_new(tree, folder, f"{path}/", later)
        elif kind_of(path) >= Kind.ENTRY or os.path.lexists(place):
            later.append(path)
        else:
            os.replace(entry.path, place)


def _delete(folder: Path, path: str) -> None:
    """Delete one of our files, and the folders that it leaves empty."""
    target = folder / path
    if blocked_by(target.parent, {folder}) or (target.is_dir() and not target.is_symlink()):
        return
    target.unlink(missing_ok=True)
    for above in target.parents:
        if above == folder:
            break
        try:
            above.rmdir()
        except OSError:
            break


def blocked_by(folder: Path, checked: set[Path]) -> Path | None:
    """Return what stands in the way of `folder`: a file, or a link that leads out; `checked` are folders for sure."""
    above = []
    while folder not in checked:
        above.append(folder)
        folder = folder.parent
    for part in reversed(above):
        if part.is_symlink() or (part.exists() and not part.is_dir()):
            return part
        checked.add(part)
    return None
