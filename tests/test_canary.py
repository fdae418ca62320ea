"""Nothing that is hidden gets into any byte or any name of the output: a canary in every hidden field, and a search."""

from pathlib import Path

import pytest
import yaml

CANARY = "kanarie"
NOW = "2024-06-15T12:00:00Z"
SELECTION = {"unpublished": "hide", "minimum_heat": 10}
HIDDEN = {
    "removed": {"removed": True},
    "draft": {"draft": True},
    "scheduled": {"publishedDateTime": "2024-06-15T12:00:01Z"},
    "unpublished": {"published": False},
    "cold": {"heat": 9},
    "removed-draft": {"removed": True, "draft": True},
}


def canaries(kind, **fields):
    """Every field of a record, each with the canary in it."""
    word = f"{CANARY}-{kind}"
    return {
        "title": f"Bridge inspection {word} title",
        "excerpt": f"{word} excerpt",
        "publishedDateTime": "2024-05-02T08:00:00Z",
        "webUrl": f"https://{word}.example.org/{word}-url",
        "originalUrl": f"https://{word}.example.org/{word}-url",
        "ampWebUrl": f"https://{word}.example.org/{word}-amp",
        "cdnAmpWebUrl": f"https://{word}.example.org/{word}-cdn",
        "featuredContent": '<iframe src="https://www.youtube.com/embed/kanarie0000"></iframe>',
        "quality": 90,
        "heat": 90,
        "published": True,
        "locale": f"{word}-locale",
        "category": f"{word}-category",
        "tags": [f"{word}-tag"],
        "provider": {
            "name": f"{word} provider",
            "domain": f"{word}.example.org",
            "images": [{"url": f"https://{word}.example.org/logo.png"}],
        },
        "topics": [f"{word} topic", "transport"],
        "images": [{"url": f"https://{word}.example.org/i.png", "width": 1, "height": 1, "title": f"{word} image"}],
        "aliases": [f"{word}-alias"],
        "secured": f"{word}c2VjdXJlZA==;AAAA",
        **fields,
    }


def item_of(fields, **changes):
    names = ("title", "excerpt", "publishedDateTime", "webUrl", "provider", "quality", "images")
    return {**{name: fields[name] for name in names}, **changes}


def outside(word):
    return {
        "title": f"Bridge inspection {word} outside",
        "publishedDateTime": "2024-05-02T09:00:00Z",
        "webUrl": f"https://{word}.example.net/",
    }


def write_site(folder: Path, record, *, hidden: bool, group: bool) -> None:
    """Write a site with hidden records of every kind, or the same with nothing to hide."""
    folder.mkdir(exist_ok=True)
    settings = {"title": "Bridges", "stories": {"group": group}, "selection": SELECTION if hidden else {}}
    (folder / "broadsheet.yaml").write_text(yaml.safe_dump(settings))
    records = folder / "_news"
    listed = []
    for kind, marks in HIDDEN.items():
        word = f"{CANARY}-{kind}"
        fields = canaries(kind, related=[outside(word)], **(marks if hidden else {}))
        record(records, f"2024-05-02-{word}.md", body=f"Body {word} body", **fields)
        listed += [
            item_of(fields),
            item_of(fields, publishedDateTime=fields["publishedDateTime"].replace(":00Z", ":12Z")),
        ]
        # What follows its lead: a member that nothing hides but its lead. A withheld lead takes nobody along.
        if not (marks.get("draft") or "publishedDateTime" in marks):
            member = canaries(f"member-of-{kind}", quality=1, related=[item_of(fields, quality=90), outside(word)])
            record(records, f"2024-05-02-{word}-member.md", **member)
            listed.append(item_of(member))
        # Two with one title, so that neither is found for sure.
        twins = [
            canaries(
                f"{kind}-twin",
                related=None,
                **{"publishedDateTime": f"2024-05-02T0{hour}:30:00Z", **(marks if hidden else {})},
            )
            for hour in (6, 7)
        ]
        for number, twin in enumerate(twins):
            record(records, f"2024-05-02-{word}-twin{number}.md", **twin)
        if "publishedDateTime" not in marks:
            listed.append(item_of(twins[0], publishedDateTime="2024-05-02T07:00:00Z"))
    for number, marks in enumerate([{"draft": True}, {"draft": True, "menu": False}]):
        word = f"{CANARY}-plain-{number}"
        texts = {"title": f"{word} title", "description": f"{word} description", **(marks if hidden else {})}
        path = folder / f"pages/{word}-folder/{word}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\n{yaml.safe_dump(texts)}---\n# {word} heading\n\n{word} body\n")
    shown = {"provider": {"name": "Bridge Post", "domain": "post.example.org"}, "published": True, "heat": 99}
    record(records, "2024-05-01-a-shown.md", **shown, quality=99, related=listed, secured=f"{CANARY}shown;AAAA")
    record(
        records,
        "2024-05-03-b-shown.md",
        **shown,
        title="Bridge inspection goes on",
        webUrl="https://post.example.org/goes-on",
        secured=f"{CANARY}shown;AAAA",
        quality=5,
        related=[
            {
                "title": "Harbour bridge seen from abroad",
                "publishedDateTime": "2024-05-03T08:00:00Z",
                "secured": f"{CANARY}item",
            }
        ],
    )


def found_in(output: Path) -> list[str]:
    """Return the output files whose name or content has the canary."""
    found = []
    for path in sorted(output.rglob("*")):
        name = path.relative_to(output).as_posix()
        if CANARY in name.lower() or (path.is_file() and CANARY.encode() in path.read_bytes().lower()):
            found.append(name)
    return found


@pytest.fixture(params=[True, False], ids=["grouped", "one page per record"])
def group(request):
    return request.param


def test_no_canary_is_in_any_byte_of_the_output(run, record, tmp_path, group):
    write_site(tmp_path, record, hidden=True, group=group)
    result = run("build", tmp_path, "--now", NOW)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "public/news/2024-05-01-a-shown/index.html").is_file()
    assert found_in(tmp_path / "public") == []


def test_the_same_canaries_are_everywhere_when_nothing_hides_them(run, record, tmp_path, group):
    write_site(tmp_path, record, hidden=False, group=group)
    assert run("build", tmp_path, "--now", NOW).returncode == 0
    found = "\n".join(found_in(tmp_path / "public"))
    for kind in HIDDEN:
        assert f"news/2024-05-02-{CANARY}-{kind}/index.html" in found
        assert f"topics/{CANARY}-{kind}-topic/index.html" in found
        assert f"sources/{CANARY}-{kind}.example.org/index.html" in found
        assert f"news/{CANARY}-{kind}-alias/index.html" in found
    for number in range(2):
        assert f"{CANARY}-plain-{number}-folder/{CANARY}-plain-{number}/index.html" in found
    everything = b"".join(path.read_bytes() for path in (tmp_path / "public").rglob("*.html"))
    assert f"{CANARY}shown".encode() not in everything, "`secured` is never shown"


def test_what_was_shown_once_is_gone_when_it_is_hidden(run, record, tmp_path, group):
    write_site(tmp_path, record, hidden=False, group=group)
    assert run("build", tmp_path, "--now", NOW).returncode == 0
    write_site(tmp_path, record, hidden=True, group=group)
    assert run("build", tmp_path, "--now", NOW).returncode == 0
    assert found_in(tmp_path / "public") == []


def test_a_canary_in_what_a_site_never_shows_is_nowhere(run, record, tmp_path):
    record(tmp_path / "_news", secured=f"{CANARY};AAAA", whatever=CANARY, other={"deep": [CANARY]})
    (tmp_path / "_drafts").mkdir()
    record(tmp_path / "_drafts", "2024-05-01-d.md", title=CANARY)
    record(tmp_path / "_news/.hidden", "2024-05-01-e.md", title=CANARY)
    record(tmp_path / ".broadsheet", "2024-05-01-f.md", title=CANARY)
    assert run("build", tmp_path, "--now", NOW).returncode == 0
    assert found_in(tmp_path / "public") == []
