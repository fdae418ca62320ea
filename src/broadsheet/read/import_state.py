"""What imports remember, from its file. Pure."""

import re

import msgspec

from broadsheet.model import ImportState
from broadsheet.problems import Place, Problem
from broadsheet.read.front_matter import yaml_document
from broadsheet.typed import typed

# In the folder of the data: a source of the site, so that every copy of it knows what was imported.
STATE_FILE = "import.json"
_VERSION = 1
_HINT = "mend it, or take the last good one out of version control; without the file all is imported anew"
_BYTE = re.compile(r"\(byte (\d+)\)")

_decode = msgspec.json.Decoder(ImportState).decode


def parse_import_state(data: bytes, file: str) -> ImportState | Problem:
    """Return what `data`, the content of `file`, says, or what is wrong with it, with its place."""
    try:
        state = _decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        return _explained(data, file, str(error))
    if state.version != _VERSION:
        message = f"what imports remember is of version {state.version}; this Broadsheet reads version {_VERSION}"
        return Problem(Place(file), message, "import with the Broadsheet that wrote it", rule="import-state")
    return state


def _explained(data: bytes, file: str, message: str) -> Problem:
    """Return the problem of a file that can not be read, at its place: JSON is YAML, whose reader knows places."""
    if at := _BYTE.search(message):
        before = data[: int(at[1])]
        place = Place(file, before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        what = _BYTE.sub("", message).strip().removeprefix("JSON is malformed: ")
        return Problem(place, f"what imports remember is damaged: {what}", _HINT, rule="import-state")
    document = yaml_document(data, file)
    problem = document if isinstance(document, Problem) else next(iter(typed(document, ImportState)[1]), None)
    place, what = (problem.place, problem.message) if problem else (Place(file), message)
    return Problem(place, f"what imports remember is damaged: {what}", _HINT, rule="import-state")
