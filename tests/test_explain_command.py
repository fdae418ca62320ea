"""The command `explain`: what it prints for people and for programs, how records are named, and that it only reads."""

import json
import re
from pathlib import Path

import jsonschema
import msgspec
import pytest

from broadsheet.arrange.aboutness import SAME_EVENT
from broadsheet.explain import Explanation

NOW = ("--now", "2024-06-15T12:00:00Z")
LEAD, MEMBER = "2024-05-01-ferry-crews-strike", "2024-05-01-seamark-strike"
TITLE = "Seamark ferry crews strike in Kelder"

EXPLAINED = f"""\
my-site/_news/{LEAD}.md: it leads its story
  {TITLE}
  https://example.org/repo/news/{LEAD}/

Why
  * 1 record points to it as the best of what they list: {MEMBER}.md (a quality of
    20, against 90).
  * With a quality of 90 it points to none itself: the best that it lists is
    {MEMBER}.md, with a quality of 20. For another to lead, give that one a higher
    `quality`, in its own file and in the lists that name it.

Heat 133 = quality 90 + 20 × 2 items + 3 votes
  * Its heat is 133, as its file says; without `heat` there it would be 130.

Members of the story (2): how near to the lead, days from it, outlet, title · shared words
  independent reports
    #.##    +0.1 d  wire.example.org  Kelder ferry crews of Seamark on str… · Kelder, Seamark, crews
  loosely related, shown last
    #.##    +0.0 d  abroad.example    Opera roof leaks · below {SAME_EVENT}

Where it stands
  * It leads the front page: it is the hottest of the newest 2 stories.
  * By its time it is the 2nd of all 2 stories and the 2nd of 2 under Transport.
"""


def listed(title, time, url, **fields):
    return {"title": title, "publishedDateTime": time, "webUrl": url, **fields}


@pytest.fixture
def site(tmp_path, record):
    """A lead, a record that points to it, an item from elsewhere, a draft, and a story that nothing is near to."""
    folder = tmp_path / "my-site"
    lead = listed(TITLE, "2024-05-01T08:00:00Z", "https://paper.example.org/1", quality=90)
    member = listed(
        "Kelder ferry crews of Seamark on strike", "2024-05-01T11:00:00Z", "https://wire.example.org/1", quality=20
    )
    elsewhere = listed("Opera roof leaks", "2024-05-01T09:00:00Z", "https://abroad.example/1")
    record(folder / "_news", f"{LEAD}.md", **lead, heat=133, related=[member, elsewhere])
    record(folder / "_news", f"{MEMBER}.md", **member, heat=-1, published=False, related=[lead])
    frost = listed("Orchard frost", "2024-05-02T08:00:00Z", "https://farm.example.org/1")
    record(folder / "_news", "2024-05-02-orchard-frost.md", **frost, heat=70)
    record(folder / "_news", "2024-05-03-quay.md", title="Quay rebuilt", draft=True)
    (folder / "broadsheet.yaml").write_text("base_url: https://example.org/repo/\n")
    return folder


@pytest.fixture
def explain(run, site):
    def explain(*arguments, status=0, cwd=site.parent, now=NOW, columns=100):
        done = run("explain", *arguments, *now, cwd=cwd, COLUMNS=str(columns))
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        # How near two reports are is for the tests of the measure.
        return re.sub(r"(?m)^(  [ >] )\d\.\d\d", r"\1#.##", done.stdout) if status == 0 else done.stderr

    return explain


def test_a_lead_is_explained_on_one_screen(explain):
    assert explain(LEAD, "my-site") == EXPLAINED


def test_the_current_folder_is_the_site_where_none_is_named(explain, site):
    assert explain(LEAD, cwd=site) == EXPLAINED.replace("my-site/", "")


@pytest.mark.parametrize(
    "name",
    [
        f"{LEAD}.md",
        f"my-site/_news/{LEAD}.md",
        f"https://example.org/repo/news/{LEAD}/",
        f"http://127.0.0.1:8000/repo/news/{LEAD}/",
    ],
)
def test_a_file_and_an_address_name_a_record_as_well(explain, name):
    assert explain(name, "my-site") == EXPLAINED


def test_site_and_name_may_come_in_the_other_order_as_they_do_in_other_commands(explain):
    assert explain("my-site", LEAD) == EXPLAINED


def test_a_folded_record_is_explained_with_its_own_row_marked(explain):
    printed = explain(MEMBER, "my-site")
    assert printed.startswith(f"my-site/_news/{MEMBER}.md: it is told in another's story\n")
    assert f"\n  https://example.org/repo/news/{LEAD}/\n" in printed
    assert "\nHeat: folded\n  * Its source folded it under a better one" in printed
    assert "\n  > #.##    +0.1 d  wire.example.org  Kelder ferry" in printed
    assert "\nWhere its story stands\n  * It leads the front page" in printed


@pytest.mark.parametrize(
    ("fields", "settings", "fate", "why"),
    [
        ({"draft": True}, "", "a draft, not shown", "is a draft"),
        ({"publishedDateTime": "2026-01-01"}, "", "scheduled, not shown yet", "is scheduled for 2026-01-01 00:00 UTC"),
        ({"removed": True}, "", "removed, not shown", "says `removed: true`: it is shown nowhere"),
        (
            {"published": False},
            "selection: {unpublished: hide}\n",
            "hidden",
            "hidden by `selection.unpublished: hide`: it says `published: false`",
        ),
    ],
)
def test_a_record_that_is_not_shown_is_told_to_be_so_with_why(explain, site, record, *, fields, settings, fate, why):
    record(site / "_news", "2024-05-05-pier.md", title="Pier painted", **fields)
    with (site / "broadsheet.yaml").open("a") as file:
        file.write(settings)
    printed = explain("2024-05-05-pier", "my-site", columns=200)
    assert printed.startswith(f"my-site/_news/2024-05-05-pier.md: {fate}\n  Pier painted\n\nWhy\n  * ")
    assert why in printed
    assert "Members" not in printed
    assert "stands" not in printed


def test_a_record_whose_address_is_anothers_is_told_to_be_left_out(explain, site, record):
    for folder in ("a", "b"):
        record(site / "_news" / folder, "2024-05-05-pier.md", title=f"Pier painted {folder}")
    printed = explain("b/2024-05-05-pier.md", "my-site", columns=200)
    assert "2024-05-05-pier.md: left out\n" in printed
    assert "its page /news/2024-05-05-pier/ is already that of my-site/_news/a/2024-05-05-pier.md" in printed
    told = explain("2024-05-05-pier", "my-site", status=1)
    assert told == (
        "error: more than one record may be meant by `2024-05-05-pier`\n"
        "  hint: name one by its file: `my-site/_news/a/2024-05-05-pier.md` or `my-site/_news/b/2024-05-05-pier.md`\n"
    )


def test_what_a_removed_lead_takes_with_it_is_listed(explain, site, record):
    lead = listed(TITLE, "2024-05-01T08:00:00Z", "https://paper.example.org/1", quality=90)
    record(site / "_news", f"{LEAD}.md", **lead, removed=True)
    assert f"\nWith it (1)\n  * my-site/_news/{MEMBER}.md\n" in explain(LEAD, "my-site")


def test_drafts_take_part_where_that_is_asked_for(explain):
    printed = explain("2024-05-03-quay", "my-site", "--drafts")
    assert "2024-05-03-quay.md: it leads its story\n" in printed
    assert "  * Draft: not published: only a preview with `--drafts` has it.\n" in printed


def test_an_earlier_time_is_explained_as_it_was(explain):
    printed = explain(LEAD, "my-site", now=("--now", "2024-05-01T10:00:00Z"))
    assert "it leads alone" in printed
    assert "hottest of the newest 1 story" in printed


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("2024-05-01-fery-crews-strike", f"did you mean `{LEAD}`?"),
        ("zzz", "a record is named by its file, without `.md`"),
    ],
)
def test_a_name_that_no_record_has_is_an_error_with_the_nearest(explain, name, hint):
    assert explain(name, "my-site", status=1) == f"error: there is no record `{name}`\n  hint: {hint}\n"


def test_a_broken_record_is_explained_by_what_is_wrong_with_its_file(explain, site):
    (site / "_news/2024-05-05-pier.md").write_text("---\ntitle: [\n---\n")
    told = explain("2024-05-05-pier", "my-site", status=1)
    assert told.startswith("my-site/_news/2024-05-05-pier.md:")
    assert ": error: " in told


def test_what_is_wrong_with_a_record_that_can_be_used_is_told_too(run, site, record):
    record(site / "_news", "2024-05-05-pier.md", title="Pier painted", webUrl="javascript:alert(1)")
    record(site / "_news", "2024-05-06-pier.md", title="Pier painted again", webUrl="javascript:alert(2)")
    done = run("explain", "2024-05-05-pier", site, *NOW)
    assert done.returncode == 0
    assert "2024-05-05-pier.md" in done.stderr
    assert "2024-05-06-pier.md" not in done.stderr


def test_a_folder_that_is_not_there_is_a_wrong_command_line(explain):
    assert "Directory 'nowhere' does not exist" in explain(LEAD, "nowhere", status=2)


def test_of_a_long_list_the_first_20_are_told_and_the_others_counted(explain, site, record):
    lead = listed("Bridge opens", "2024-05-06T08:00:00Z", "https://paper.example.org/2", quality=90)
    record(site / "_news", "2024-05-06-bridge.md", **lead)
    for number in range(30):
        fields = listed(
            f"Choir{number} sings", "2024-05-06T09:00:00Z", f"https://choir.example.org/{number}", quality=1
        )
        record(site / "_news", f"2024-05-06-choir-{number:02}.md", **fields, related=[lead])
    printed = explain("2024-05-06-bridge", "my-site")
    assert "Members of the story (30): " in printed
    assert printed.count("choir.example.org") == 20
    assert "\n    and 10 more: --all tells of them\n" in printed
    assert explain("2024-05-06-bridge", "my-site", "--all").count("choir.example.org") == 30
    told = json.loads(explain("2024-05-06-bridge", "my-site", "--format", "json"))
    assert len(told["story"]["members"]) == told["story"]["memberCount"] == 30


def test_the_json_is_what_its_schema_says(explain):
    for slug in (LEAD, MEMBER, "2024-05-03-quay"):
        told = json.loads(explain(slug, "my-site", "--format", "json"))
        jsonschema.validate(told, msgspec.json.schema(Explanation))
        assert (told["version"], told["slug"]) == (1, slug)


def test_every_key_of_the_json_is_in_the_manual():
    manual = (Path(__file__).parents[1] / "docs/stories.md").read_text(encoding="utf-8")
    keys = {key for part in msgspec.json.schema(Explanation)["$defs"].values() for key in part["properties"]}
    assert len(keys) > 20
    assert [key for key in sorted(keys) if f"`{key}`" not in manual] == []


@pytest.mark.parametrize("columns", [20, 60, 100, 140, 400])
def test_no_line_is_longer_than_the_terminal_is_wide(explain, columns):
    lines = explain(LEAD, "my-site", columns=columns).splitlines()
    # What can not be cut are file names and addresses; and a narrow terminal has to wrap.
    assert [line for line in lines if len(line) > max(columns, 60) and LEAD not in line] == []
    assert max(map(len, lines)) <= 140


def test_titles_that_could_drive_a_terminal_do_not(explain, site, record):
    record(site / "_news", "2024-05-05-pier.md", title="Pier \x1b[31m\u202epainted")
    printed = explain("2024-05-05-pier", "my-site")
    assert "\x1b" not in printed
    assert "\u202e" not in printed


def test_nothing_is_written(explain, site):
    before = sorted(path for path in site.rglob("*"))
    explain(LEAD, "my-site")
    assert sorted(path for path in site.rglob("*")) == before


def test_what_the_last_build_knows_is_read_and_left_as_it_is(explain, run, site):
    assert run("build", site, *NOW).returncode == 0
    cache = {path: path.read_bytes() for path in (site / ".broadsheet").rglob("*") if path.is_file()}
    assert cache
    assert explain(LEAD, "my-site") == EXPLAINED
    assert {path: path.read_bytes() for path in (site / ".broadsheet").rglob("*") if path.is_file()} == cache


def test_settings_that_can_not_be_read_end_it(explain, site):
    (site / "broadsheet.yaml").write_text("titel: x\n")
    assert "titel" in explain(LEAD, "my-site", status=1)
