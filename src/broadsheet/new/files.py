"""Files where none are yet: all of them are written, or none is left."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from errno import EACCES, EPERM, EROFS
from pathlib import Path

from broadsheet.problems import Place, Problem, SiteError, reason

_FORBIDDEN = {EACCES, EPERM, EROFS}


@contextmanager
def written(folder: Path, files: Mapping[str, str]) -> Iterator[None]:
    """Write `files`, texts by their paths below `folder`; when anything fails, or what runs within a `with` does, none.

    Folders are made as they are needed, and go with the files. Raises `SiteError` when a file can not be written.
    """
    made = _Made()
    try:
        for name, text in files.items():
            made.file(folder / name, text)
        yield
    except BaseException:
        made.take_back()
        raise


class _Made:
    """What was made, in the order in which it was."""

    def __init__(self) -> None:
        self._folders: list[Path] = []
        self._files: list[Path] = []

    def file(self, path: Path, text: str) -> None:
        try:
            self._folder(path.parent)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                self._files.append(path)
                file.write(text)
        except FileExistsError as error:
            place = Place(Path(error.filename or path).as_posix())
            raise SiteError([Problem(place, "is there already, and is not overwritten")]) from None
        except OSError as error:
            hint = "choose a folder that you may write to" if error.errno in _FORBIDDEN else ""
            raise SiteError([Problem(Place(path.as_posix()), f"can not be written: {reason(error)}", hint)]) from error

    def _folder(self, folder: Path) -> None:
        if os.path.isdir(folder):
            return
        self._folder(folder.parent)
        # `a/..` is there as soon as `a` is.
        if not os.path.isdir(folder):
            folder.mkdir()
            self._folders.append(folder)

    def take_back(self) -> None:
        # What somebody else has put into a folder meanwhile keeps it.
        for file in self._files:
            with suppress(OSError):
                file.unlink()
        for folder in reversed(self._folders):
            with suppress(OSError):
                os.rmdir(folder)
