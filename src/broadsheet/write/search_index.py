"""The search index: Pagefind, a program of its own, turns entries into the files that a search page loads.

It is asked over its standard streams, with JSON in Base64 and a comma after each message, and answers every message in
the same way. It is given no file, and writes none.
"""

import os
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from typing import IO, Any

import msgspec
from msgspec import Struct

from broadsheet.extras import told
from broadsheet.model import INDEX_FOLDER, OutputFile, SearchEntry
from broadsheet.problems import Place, Problem, Severity, SiteError, reason

# The larger one, for those who have it, knows the words of languages that put no blanks between them.
_EXTENDED = "pagefind_bin_extended"
_PROGRAMS = (_EXTENDED, "pagefind_bin")
_WITHOUT_BLANKS = {"ja", "th", "zh"}
_SEPARATOR = " · "
_AT_A_TIME = 1 << 20
_LONGEST_MESSAGE = 2000


class _File(Struct):
    path: str
    content: str


class _Payload(Struct):
    type: str
    message: str = ""
    files: tuple[_File, ...] = ()


class _Answer(Struct):
    payload: _Payload


def search_index(
    entries: Sequence[SearchEntry],
    language: str,
    site: Path,
    started: Callable[["subprocess.Popen[bytes]"], None] = lambda _: None,
) -> list[OutputFile]:
    """Return the files of the index of `entries`, whose words are of `language`.

    `started` is given the process that makes it, so that somebody may end it before its time. Raises `SiteError`, about
    the folder `site`, when Pagefind is not installed or fails.
    """
    program = _program(site)
    try:
        with TemporaryFile() as remarks:
            answers = _asked(program, list(_requests(entries, language.lower())), remarks, started)
            remarks.seek(0)
            said = remarks.read(_LONGEST_MESSAGE).decode("utf-8", "replace").strip()
    except OSError as error:
        raise _failed(site, reason(error)) from error
    return _files(answers, len(entries) + 2, said, site)


def search_advice(language: str, site: Path) -> list[Problem]:
    """Return a note where words of `language` can not be told apart by the Pagefind that is installed."""
    if language.partition("-")[0].lower() not in _WITHOUT_BLANKS or _found(_EXTENDED) is not None:
        return []
    message = f"the search finds parts of sentences only: Pagefind does not know where words of `{language}` end"
    hint = 'pip install "pagefind_bin_extended>=1.5,<2"'
    return [Problem(Place(str(site)), message, hint, Severity.NOTE, "search")]


def _program(site: Path) -> Path:
    program = next(filter(None, map(_found, _PROGRAMS)), None)
    if program is None:
        raise SiteError([Problem(Place(str(site)), *told("search", "`search: true`", ["Pagefind"]))])
    return program


def _found(package: str) -> Path | None:
    """Return the program that a package brings. One that only lies on the system's path would be of any version."""
    try:
        executable: Callable[[], Path] = import_module(package).get_executable
        return executable()
    except (ImportError, FileNotFoundError):
        return None


def _requests(entries: Sequence[SearchEntry], language: str) -> Iterator[dict[str, Any]]:
    yield {"type": "NewIndex", "config": {"force_language": language}}
    for entry in entries:
        # All of `meta` is searched too, the title with the most weight. Excerpts are cut out of `content` alone.
        yield {
            "type": "AddRecord",
            "index_id": 0,
            "url": entry.url,
            "content": _content(entry),
            "language": language,
            "meta": {
                "title": entry.title,
                "provider": entry.provider,
                "date": entry.date,
                "day": entry.day,
                "topics": _SEPARATOR.join(entry.topics),
                "sources": _SEPARATOR.join(entry.sources),
            },
            "filters": {"topic": entry.topics, "source": entry.sources, "year": [entry.day[:4]]},
            "sort": {"date": entry.time},
        }
    yield {"type": "GetFiles", "index_id": 0}


def _content(entry: SearchEntry) -> str:
    """Return a text with a word in it: Pagefind takes no record without one, whatever its title is."""
    texts = (entry.text, entry.title, entry.date)
    return next(text for text in texts if any(map(str.isalnum, text)))


def _asked(
    program: Path,
    requests: list[dict[str, Any]],
    remarks: IO[bytes],
    started: Callable[["subprocess.Popen[bytes]"], None],
) -> bytes:
    """Return all answers of `program`; what it remarks goes to a file."""
    # It would take settings from variables, and from files where it runs: that is this folder, which has none.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAGEFIND_")}
    answers, count = [], 0
    process = subprocess.Popen(
        [program, "--service"],
        cwd=Path(__file__).parent,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=remarks,
        bufsize=0,
    )
    started(process)
    assert process.stdin is not None
    assert process.stdout is not None
    writer = Thread(target=_write, args=(requests, process.stdin))
    try:
        # Both at a time: who only writes waits for ever for one who waits to be read.
        writer.start()
        while count < len(requests) and (answer := process.stdout.read(_AT_A_TIME)):
            answers.append(answer)
            count += answer.count(b",")
    finally:
        # It has no end of its own; what it was not asked for is not lost.
        process.kill()
        writer.join()
        process.stdin.close()
        process.stdout.close()
        process.wait()
    return b"".join(answers)


def _write(requests: list[dict[str, Any]], stream: IO[bytes]) -> None:
    # Where nobody reads any more, the answers are too few: that is told.
    with suppress(OSError):
        for number, payload in enumerate(requests):
            _write_all(stream, b64encode(_encode({"message_id": number, "payload": payload})) + b",")


def _write_all(stream: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def _files(answers: bytes, expected: int, said: str, site: Path) -> list[OutputFile]:
    try:
        decoded = [_decode(b64decode(answer)) for answer in answers.split(b",") if answer]
    except (ValueError, msgspec.DecodeError) as error:
        raise _failed(site, said or "its answer makes no sense") from error
    wrong = next((answer.payload.message for answer in decoded if answer.payload.type == "Error"), None)
    if wrong is not None or len(decoded) < expected:
        raise _failed(site, wrong or said or "it ended without an answer")
    files = [OutputFile(INDEX_FOLDER + file.path, b64decode(file.content)) for file in decoded[-1].payload.files]
    return [file for file in files if not _is_unused(file.path)]


def _is_unused(path: str) -> bool:
    """Return whether a file belongs to one of Pagefind's own interfaces, or to the worker that they search in."""
    return path.startswith(f"{INDEX_FOLDER}pagefind-") and path.endswith((".js", ".css"))


def _failed(site: Path, why: str) -> SiteError:
    message = f"the search index can not be made: Pagefind: {why[:_LONGEST_MESSAGE]}"
    return SiteError([Problem(Place(str(site)), message)])


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Answer).decode
