"""A baseline: what an old folder is allowed to keep, told once and then no more, and what happens to its file."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.check.baseline import (
    BaselineError,
    Key,
    compared,
    counted_keys,
    key_of,
    load,
    load_for_writing,
    parse,
    save,
    text,
)
from broadsheet.check.finding import Finding
from broadsheet.problems import Place, Problem, Severity

KEYS = st.builds(Key, *[st.text(st.characters(), max_size=9)] * 3)


def finding(message="it is wrong", file="my-site/a.md", line=3, rule="heat"):
    return Finding(Problem(Place(file, line, 1), message, "", Severity.WARNING, rule))


def test_what_is_written_above_a_finding_does_not_make_it_new():
    known = counted_keys([finding("`a` stands twice, first in line 5", line=7)], "my-site")
    moved = finding("`a` stands twice, first in line 1,012", line=1020)
    assert compared([moved], known, "my-site", {"heat"}) == ((), 1, 0)


def test_a_second_finding_of_the_kind_is_new_and_the_first_one_is_not():
    known = counted_keys([finding()], "my-site")
    assert compared([finding(), finding(line=9)], known, "my-site", {"heat"}) == ((finding(line=9),), 1, 0)


@pytest.mark.parametrize("other", [finding("other"), finding(file="my-site/b.md"), finding(rule="yaml")])
def test_another_message_file_or_rule_is_new(other):
    known = counted_keys([finding()], "my-site")
    assert compared([finding(), other], known, "my-site", {"heat", "yaml"}) == ((other,), 1, 0)


def test_what_is_found_no_more_is_mended_but_for_rules_that_were_not_looked_for():
    known = counted_keys([finding(), finding(), finding("other", rule="yaml")], "my-site")
    assert compared([finding()], known, "my-site", {"heat", "yaml"}).mended == 2
    assert compared([finding()], known, "my-site", {"heat"}).mended == 1
    assert compared([], known, "my-site", ()).mended == 0


def test_a_site_has_one_baseline_from_wherever_it_is_looked_at():
    message = "its page is already that of {}b/c.md; it is left out"
    keys = {
        key_of(finding(message.format(start), f"{start}a.md"), site)
        for start, site in (("", "."), ("my-site/", "my-site"), ("/srv/my-site/", "/srv/my-site"), ("../x/", "../x"))
    }
    assert keys == {Key("a.md", "heat", message.format(""))}


@given(st.dictionaries(KEYS, st.integers(1, 10**6)))
def test_a_file_holds_what_was_written_and_nothing_that_hides(baseline):
    content = text(baseline)
    assert parse(content.encode()) == baseline
    assert all(line.isprintable() for line in content.split("\n"))


def test_a_file_has_a_line_for_every_finding_sorted_by_file():
    told = text(
        counted_keys([finding("ü", file="my-site/b.md"), finding(), finding(rule="alias"), finding()], "my-site")
    )
    assert told == (
        '{"version": 1, "findings": [\n'
        '{"rule": "alias", "file": "a.md", "message": "it is wrong"},\n'
        '{"rule": "heat", "file": "a.md", "message": "it is wrong", "count": 2},\n'
        '{"rule": "heat", "file": "b.md", "message": "ü"}\n'
        "]}\n"
    )
    assert text({}) == '{"version": 1, "findings": [\n]}\n'


BROKEN = {
    "empty": b"",
    "no JSON": b"{",
    "another thing": b"[]",
    "a conflict": b"<<<<<<< ours\n" + text({}).encode(),
    "another version": b'{"version": 2, "findings": []}',
    "a field of another type": b'{"version": 1, "findings": [{"rule": 1, "file": "a", "message": "b"}]}',
    "a count of nothing": b'{"version": 1, "findings": [{"rule": "a", "file": "a", "message": "b", "count": 0}]}',
    "no UTF-8": b'{"version": 1, "findings": "\xff"}',
    "nested": b"[" * 100_000,
    "a long number": b'{"version": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_baseline_is_neither_read_nor_written_over(tmp_path, content):
    file = tmp_path / "baseline.json"
    file.write_bytes(content)
    for reading in (load, load_for_writing):
        with pytest.raises(BaselineError, match="is no baseline") as raised:
            reading(file)
        assert "--write-baseline" in raised.value.hint
    assert file.read_bytes() == content


def test_a_file_that_is_not_there_is_an_error_unless_it_is_to_be_made(tmp_path):
    with pytest.raises(BaselineError, match="there is no file") as raised:
        load(tmp_path / "none.json")
    assert "--write-baseline" in raised.value.hint
    assert load_for_writing(tmp_path / "none.json") == {}


def test_a_file_that_can_not_be_written_is_said_to_be_so_and_leaves_nothing(tmp_path):
    (tmp_path / "a-file").write_text("mine")
    with pytest.raises(BaselineError, match="can not be written"):
        save(tmp_path / "a-file" / "baseline.json", {})
    with pytest.raises(BaselineError, match="can not be written"):
        save(tmp_path, {})
    assert [path.name for path in tmp_path.iterdir()] == ["a-file"]


def test_a_link_to_a_baseline_stays_a_link(tmp_path):
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "real.json")
    save(link, {Key("a", "b", "c"): 1})
    assert link.is_symlink()
    assert load(link) == {Key("a", "b", "c"): 1}


@pytest.fixture
def site(tmp_path, record):
    folder = tmp_path / "my-site"
    record(folder, "2024-05-01-good.md")
    record(folder, "2024-05-02-old.md", webUrl="javascript:alert(1)")
    record(folder, "2024-05-02-broken.md", heat="hot")
    (folder / "broadsheet.yaml").write_text("base_url: https://example.org/\n")
    return folder


@pytest.fixture
def check(run, site):
    def check(*arguments, status):
        done = run("check", site.name, "--baseline", "known.json", "--jobs", "1", *arguments, cwd=site.parent)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return check


def test_an_old_folder_starts_clean_and_says_what_is_new_and_what_is_mended(check, site, record):
    assert "known.json" in check("--write-baseline", "--fail-on", "note", status=0).stderr
    file = site.parent / "known.json"
    written = file.read_text("utf-8")
    done = check("--fail-on", "note", status=0)
    assert "[" not in done.stdout
    assert "findings left out, as the baseline lists them" in done.stdout
    # The same in another file is new.
    record(site, "2024-05-03-new.md", title="Ferry delayed", webUrl="javascript:alert(1)")
    record(site, "2024-05-02-broken.md", title="Quay rebuilt", webUrl="https://www.example.org/quay")
    done = check(status=1)
    assert [line for line in done.stdout.splitlines() if "[unsafe-url]" in line and "2024-05-03-new.md" in line]
    assert "2024-05-02-old.md" not in done.stdout
    assert "1 of the baseline is mended: write it anew with --write-baseline" in done.stdout
    assert file.read_text("utf-8") == written
    check("--write-baseline", status=0)
    assert "mended" not in check("--fail-on", "note", status=0).stdout


def test_with_only_the_baseline_keeps_what_it_has_of_other_rules(check, site, record):
    check("--write-baseline", status=0)
    record(site, "2024-05-02-old.md")
    assert "mended" not in check("--only", "field-type", status=0).stdout
    assert "1 of the baseline is mended" in check("--only", "unsafe-url", status=0).stdout
    check("--only", "unsafe-url", "--write-baseline", status=0)
    rules = {entry["rule"] for entry in json.loads((site.parent / "known.json").read_text("utf-8"))["findings"]}
    assert "field-type" in rules
    assert "unsafe-url" not in rules


@pytest.mark.parametrize("form", ["json", "github", "sarif"])
def test_every_format_leaves_out_what_the_baseline_has(check, form):
    check("--write-baseline", "--only", "unsafe-url", status=0)
    done = check("--only", "unsafe-url", "--format", form, status=0)
    if form == "json":
        value = json.loads(done.stdout)
        assert (value["findings"], value["summary"]["in_baseline"]) == ([], 1)
    elif form == "sarif":
        assert json.loads(done.stdout)["runs"][0]["results"] == []
    else:
        assert done.stdout == ""


def test_a_baseline_that_is_missing_or_broken_is_a_wrong_use_of_the_command(check, site):
    done = check(status=2)
    assert "there is no file 'known.json': --write-baseline makes one" in " ".join(done.stderr.split())
    (site.parent / "known.json").write_text("{}")
    assert "is no baseline" in check(status=2).stderr
    assert "is no baseline" in check("--write-baseline", status=2).stderr
    assert (site.parent / "known.json").read_text() == "{}"


def test_a_site_that_could_not_be_looked_at_makes_no_baseline_and_mends_nothing(check, site):
    check("--write-baseline", status=0)
    written = (site.parent / "known.json").read_text("utf-8")
    (site / "broadsheet.yaml").write_text("titel: A\n")
    assert "mended" not in check(status=1).stdout
    assert "known.json is not written" in check("--write-baseline", status=1).stderr
    assert (site.parent / "known.json").read_text("utf-8") == written


def test_a_baseline_is_written_into_a_file_that_is_named(run, site):
    done = run("check", site, "--write-baseline")
    assert done.returncode == 2
    assert "--baseline FILE" in done.stderr
