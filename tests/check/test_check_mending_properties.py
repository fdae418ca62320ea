"""Whatever a file looks like and whatever is to be mended: it is exactly right, or refused and nothing changes."""

import re
from copy import deepcopy
from itertools import combinations
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.check.finding import Mend
from broadsheet.check.mending import mended
from broadsheet.yaml_text import Path, YamlError, parse_yaml

# The lines of a text, each with the path of the value that it belongs to.
Lines = list[tuple[str, Path]]

WORDS = st.sampled_from(
    ["tram", "Straße", "it's", 'say "so"', "a: b", "# no", "yes", "12", "\U0001f600", "né\u00ad", "-"]
)
TEXTS = st.one_of(
    st.lists(WORDS, max_size=5).map(" ".join),
    st.lists(st.lists(WORDS, max_size=3).map(" ".join), min_size=1, max_size=4).map("\n".join),
    st.text(max_size=12),
    st.sampled_from(
        ["", " ", " x ", "x\n", "x\n\n", "\n", "~", "{", "[a]", "*x", "&x", "!x", "|", ">-", "---", "\t", "x:"]
    ),
)
SIMPLE = st.lists(st.sampled_from(["tram", "Straße", "ferry", "né"]), min_size=1, max_size=4)
ODD = st.sampled_from(["", "~", "12", "true", "2024-05-31T08:00:00", "&x tram", "*x", "!!str tram", "! 12"])
REMARKS = st.sampled_from(["", "", " # why", " #"])


def quoted(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', width=10**6, allow_unicode=True).removesuffix("\n")


@st.composite
def scalars(draw: st.DrawFn, indent: str) -> list[str]:
    """Return a text as YAML: its first line as it stands behind a key, and the lines below."""
    words, remark = draw(SIMPLE), draw(REMARKS)
    style = draw(st.sampled_from(["plain", "single", "double", "|", ">", "long", "odd"]))
    if style in {"|", ">"}:
        lines = draw(st.lists(st.one_of(SIMPLE.map(" ".join), st.just("")), min_size=1, max_size=3))
        below = [f"{indent}  {line}" if line else "" for line in [*words, *lines]]
        return [style + draw(st.sampled_from(["", "-", "+"])) + remark, *below]
    if style == "long":
        quote = draw(st.sampled_from(["", "'", '"']))
        return [f"{quote}{words[0]}", *[f"{indent}  {word}" for word in words[1:]], f"{indent}  end{quote}{remark}"]
    said = {"plain": " ".join(words), "single": "'" + "''".join(words) + "'"}
    return [(said.get(style) or (quoted(draw(TEXTS)) if style == "double" else draw(ODD))) + remark]


@st.composite
def mappings(draw: st.DrawFn, path: Path, indent: str, depth: int) -> Lines:
    keys = draw(
        st.lists(
            st.sampled_from(["a", "b", "c d", '"e"', "f"]), min_size=1, max_size=4, unique=draw(st.integers(0, 9)) > 0
        )
    )
    lines: Lines = []
    for key in keys:
        lines += draw(around(path, indent))
        lines += draw(entries((*path, key.strip('"')), f"{indent}{key}:", indent, depth))
    return lines


@st.composite
def around(draw: st.DrawFn, path: Path, indent: str) -> Lines:
    return [(line, path) for line in draw(st.lists(st.sampled_from(["", f"{indent}# said between"]), max_size=1))]


@st.composite
def entries(draw: st.DrawFn, path: Path, head: str, indent: str, depth: int) -> Lines:
    """Return a value behind `head`, a key or a dash."""
    kind = draw(st.sampled_from(["scalar", "scalar", "mapping", "list", "brackets"] if depth else ["scalar"]))
    is_item = head.endswith("-")
    if kind == "mapping":
        inner = draw(mappings(path, indent + "  ", depth - 1))
        if is_item and inner[0][0].strip() and draw(st.booleans()):
            return [(f"{head} {inner[0][0].strip()}", inner[0][1]), *inner[1:]]
        return [(head + draw(REMARKS), path), *inner]
    if kind == "list":
        deeper = indent + "  " * (is_item or draw(st.booleans()))
        lines = [(head + draw(REMARKS), path)]
        for index in range(draw(st.integers(1, 4))):
            lines += draw(around(path, deeper))
            lines += draw(entries((*path, index), f"{deeper}-", deeper, depth - 1))
        return lines
    if kind == "brackets":
        inside = draw(
            st.sampled_from(
                ["[tram, 'x', ~]", "[~]", '{k: tram, l: "x"}', "{}", "[]", f"[tram,\n{indent}  x]", "{k: [a, b]}"]
            )
        )
        first, *rest = f"{head} {inside}{draw(REMARKS)}".split("\n")
        return [(first, path), *[(line, path) for line in rest]]
    first, *rest = draw(scalars(indent))
    return [(f"{head} {first}".rstrip() if not first else f"{head} {first}", path), *[(line, path) for line in rest]]


def paths_in(value: Any, path: Path = ()) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, part in inner for found in ((*path, key), *paths_in(part, (*path, key)))]


def mappings_in(value: Any, path: Path = ()) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    here = [path] if isinstance(value, dict) else []
    return here + [found for key, part in inner for found in mappings_in(part, (*path, key))]


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[str], list[Path], str, Any]:
    """Return a file's name, the lines of its YAML, to which value each belongs, what ends them, and what they say."""
    lines = with_kept_blanks(draw(mappings((), "", 2).filter(lambda lines: parsed(lines) is not None)))
    return (
        draw(st.sampled_from(["a.md", "a.yaml"])),
        [line for line, _ in lines],
        [path for _, path in lines],
        draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])),
        parsed(lines),
    )


def with_kept_blanks(lines: Lines) -> Lines:
    """Return lines with the blank ones behind a text that keeps its ends (`|+`) as its own: that is what they are."""
    owned: Lines = []
    keeping: Path | None = None
    for line, path in lines:
        if re.search(r"[|>]\+(?: #.*)?$", line):
            keeping = path
        elif line and path != keeping:
            keeping = None
        owned.append((line, path if line or keeping is None else keeping))
    return owned


def parsed(lines: Lines) -> Any:
    try:
        return parse_yaml("".join(f"{line}\n" for line, _ in lines), "").value
    except YamlError:
        return None


def a_mend(draw: st.DrawFn, file: str, value: Any) -> Mend:
    paths, what = paths_in(value), draw(st.sampled_from(["text", "text", "go", "add"]))
    texts = [path for path in paths if not isinstance(at(value, path), dict | list)]
    if what == "add":
        return Mend(file, (*draw(st.sampled_from(mappings_in(value))), "dead"), "true", "yaml")
    if what == "go" or not texts:
        return Mend(file, draw(st.sampled_from(paths)), None)
    return Mend(file, draw(st.sampled_from(texts)), draw(TEXTS))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def wanted(value: Any, mends: list[Mend]) -> Any:
    value = deepcopy(value)
    for mend in mends:
        if mend.value is not None:
            at(value, mend.path[:-1])[mend.path[-1]] = True if mend.form == "yaml" else mend.value
    gone = [(at(value, mend.path[:-1]), mend.path[-1]) for mend in mends if mend.value is None]
    for container, step in sorted(gone, key=lambda pair: pair[1] if isinstance(pair[1], int) else 0, reverse=True):
        del container[step]
    return value


def whole(file: str, yaml: bytes, end: bytes) -> tuple[bytes, bytes, bytes]:
    bom, fence, body = b"\xef\xbb\xbf", b"---" + end, b"---" + end + b"# body\xff" + end
    return (bom + fence, yaml, body) if file.endswith(".md") else (bom, yaml, b"")


@settings(max_examples=150)
@given(st.data(), files())
def test_one_mend_is_made_exactly_or_not_at_all(data, made):
    file, lines, owners, end, value = made
    mend = a_mend(data.draw, file, value)
    raw = [f"{line}{end}".encode() for line in lines]
    before, inner, after = whole(file, b"".join(raw), end.encode())
    new, problems = mended(before + inner + after, file, [mend])
    if problems:
        assert len(problems) == 1
        assert new == before + inner + after
        return
    assert new.startswith(before)
    assert new.endswith(after)
    yaml = new[len(before) : len(new) - len(after)]
    text = yaml.decode().replace(end, "\n")
    assert repr(parse_yaml(text, file).value) == repr(wanted(value, [mend]))
    assert "\n" not in yaml.decode().replace(end, "") or end == "\n"
    touched = [number for number, owner in enumerate(owners) if is_touched(owner, mend, owners)]
    first, last = (touched[0], touched[-1]) if touched else (len(raw), -1)
    assert yaml.startswith(b"".join(raw[:first]))
    assert yaml.endswith(b"".join(raw[last + 1 :]))


def is_touched(owner: Path, mend: Mend, owners: list[Path]) -> bool:
    """Return whether a mend may change a line of `owner`: one of its value, or of what holds it where that must."""
    path = mend.path
    if (mend.value is None and len(path) > 1) or mend.form == "yaml":
        # An item's first key stands beside its dash, an empty list needs brackets, a new key comes last.
        path = path[:-1]
    # What is in brackets has no lines of its own.
    path = next(path[:length] for length in range(len(path), -1, -1) if not length or path[:length] in owners)
    return owner[: len(path)] == path


@settings(max_examples=100)
@given(st.data(), files())
def test_many_mends_are_made_together_and_those_that_are_not_are_told(data, made):
    file, lines, _, end, value = made
    drawn = [a_mend(data.draw, file, value) for _ in range(data.draw(st.integers(2, 5)))]
    mends = list({mend.path: mend for mend in drawn}.values())
    before, inner, after = whole(file, "".join(line + end for line in lines).encode(), end.encode())
    new, problems = mended(before + inner + after, file, mends)
    text = new[len(before) : len(new) - len(after)].decode().replace(end, "\n")
    says = repr(parse_yaml(text, file).value)
    gone = {mend.path for mend in mends if mend.value is None}
    counting = [mend for mend in mends if not any(mend.path[:length] in gone for length in range(len(mend.path)))]
    chosen = combinations(counting, len(counting) - len(problems))
    assert says in [repr(wanted(value, list(some))) for some in chosen]
