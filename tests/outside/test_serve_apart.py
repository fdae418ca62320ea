"""`broadsheet serve` and publishing: what only a preview has is in no built page, and in nothing that a build is."""

import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from judged import ROOT
from previewed import BRIDGE, FERRY, FOLDED, NOW, OPERA, Preview, Site, of, replaced, save

pytestmark = pytest.mark.slow

CANARY = "Kanarienvogel"


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def served_otherwise(preview: Preview, output: Path, base: str = "/") -> list[str]:
    """Return the files of a built site that a plain client of a preview gets otherwise, or not at all."""
    paths = [path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()]
    # The index of the search varies from run to run, and hosts keep both of the others to themselves.
    ours = [path for path in paths if not path.startswith("pagefind/") and path != ".broadsheet-manifest.json"]
    assert len(ours) > 20
    return [path for path in ours if preview.get(base + quote(path)).body != (output / path).read_bytes()]


# Where it is


def test_no_output_folder_is_made(site, start, open_tab):
    preview = start(site)
    tab = open_tab(preview.address)
    site.settings(title="The Pier")
    of(tab.locator(".nameplate")).to_have_text("The Pier")
    assert preview.stop() == 0
    assert not (site / "public").exists()
    assert {path.name for path in site.folder.iterdir()} == {
        *(".broadsheet", "_data", "broadsheet.yaml", "pages", "records", "static", "templates")
    }


def test_a_site_that_was_built_before_stays_as_it_is(site, start, open_tab, build):
    build(site.folder, site / "public", "--now", NOW)
    before = snapshot(site / "public")
    preview = start(site, "--drafts")
    tab = open_tab(preview.address + f"news/{OPERA}/")
    replaced(site.records / f"{OPERA}.md", "keeps out", "lets in")
    of(tab.locator("h1")).to_have_text("Opera roof lets in the rain")
    site.add("2024-05-04-eel", "Eel seen in the dock", draft=True)
    site.settings(title="The Pier")
    of(tab.locator(".nameplate")).to_have_text("The Pier")
    assert preview.stop() == 0
    assert snapshot(site / "public") == before


def test_a_preview_of_a_site_that_may_not_be_written_works_without_a_cache(site, start):
    (site / ".broadsheet").write_text("in the way", encoding="utf-8")
    assert start(site).text("/tide.txt") == "High at noon.\n"


# What a plain client gets


def test_whoever_is_no_browser_gets_every_byte_as_a_build_makes_it(tmp_path, start, build):
    shutil.copytree(ROOT / "site", tmp_path / "site", ignore=shutil.ignore_patterns(".*", "public"))
    output = build(tmp_path / "site", tmp_path / "output", "--now", NOW)
    assert served_otherwise(start(tmp_path / "site"), output) == []


def test_the_bytes_are_those_of_a_clean_build_after_edits_too(tmp_path, site, start, build, open_tab):
    preview = start(site)
    tab = open_tab(preview.address + "about/")
    replaced(site.records / f"{OPERA}.md", "keeps out", "lets in")
    (site.records / f"{FERRY}.md").rename(site.records / "2024-05-02-crew.md")
    save(site / "_data/topics/02-stage.yaml", "_id: stage\nname: Stage\nparent: Traffic\n")
    site.write("templates/_footer.html", "<p>Set by hand</p>")
    site.settings(title="The Pier", theme={"accent": "#225588"})
    of(tab.locator(".nameplate")).to_have_text("The Pier")
    assert served_otherwise(preview, build(site.folder, tmp_path / "output", "--now", NOW)) == []


def test_not_one_byte_of_the_preview_is_in_a_built_page(tmp_path, site, start, build, open_tab):
    preview = start(site, "--drafts")
    tab = open_tab(preview.address)
    of(tab.get_by_role("button", name="Preview")).to_be_visible()
    assert b"/.broadsheet/" in preview.get("/", accept="text/html").body
    output = build(site.folder, tmp_path / "output", "--now", NOW)
    for path, (content, _) in snapshot(output).items():
        assert b".broadsheet/" not in content, path
        assert b"preview" not in content.lower().replace(b"max-image-preview", b""), path
        assert not path.startswith(".broadsheet/")


def test_a_browser_gets_one_script_more_and_nothing_else(site, start):
    preview = start(site)
    plain, seen = preview.get("/").body, preview.get("/", accept="text/html,*/*;q=0.8").body
    before, script, after = seen.partition(b'<script src="/.broadsheet/')
    tag, _, rest = after.partition(b"</script>")
    assert script
    assert tag.count(b"<") == 0
    assert before + rest == plain
    assert plain.endswith(rest)


# Drafts


@pytest.fixture
def held_back(site) -> Site:
    """A site with search and records of every kind that is not out: all their texts have one word in them."""
    site.settings(search=True, base_url="https://quay.example.org/", selection={"minimum_heat": 10})
    kinds = {
        "draft": {"draft": True},
        "scheduled": {"publishedDateTime": "2024-06-01T08:00:00Z"},
        "removed": {"removed": True},
        "hidden": {"heat": 1, "quality": 1},
    }
    for kind, fields in kinds.items():
        title, excerpt = f"{CANARY} {kind}", f"A {kind} {CANARY} sings."
        site.add(f"2024-05-05-{kind}", title, excerpt=excerpt, topics=["Stage"], body=f"{CANARY}\n", **fields)
    site.write("pages/plan.md", f"---\ndraft: true\ntitle: Plan\n---\n{CANARY}\n")
    return site


HELD_BACK = [*(f"/news/2024-05-05-{kind}/" for kind in ("draft", "scheduled", "removed", "hidden")), "/plan/"]


def test_what_is_held_back_is_nowhere_without_drafts(tmp_path, held_back, start, build, open_tab):
    output = build(held_back.folder, tmp_path / "output", "--now", NOW)
    preview = start(held_back)
    for path in (path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()):
        answer = preview.get("/" + quote(path), accept="text/html" if path.endswith(".html") else "*/*")
        assert CANARY.encode() not in answer.body, path
    for path in HELD_BACK:
        assert preview.get(path).status == 404
        assert CANARY not in preview.get(path, accept="text/html").body.decode()
    tab = open_tab(f"{preview.address}search/?q={CANARY}")
    of(tab.locator(".search-status")).to_contain_text("Nothing was found")


def test_with_drafts_they_are_shown_with_a_ribbon_and_a_mark_at_every_link(held_back, start, open_tab):
    preview = start(held_back, "--drafts")
    for kind, words in (("draft", "Draft: not published"), ("scheduled", "Scheduled for 2024-06-01")):
        tab = open_tab(f"{preview.address}news/2024-05-05-{kind}/")
        of(tab.locator("h1")).to_have_text(f"{CANARY} {kind}")
        of(tab.locator(".ribbon")).to_be_visible()
        of(tab.locator(".ribbon")).to_contain_text(words)
        of(tab.get_by_role("button", name="drafts are shown")).to_be_visible()
    page = open_tab(f"{preview.address}plan/")
    of(page.locator(".ribbon")).to_contain_text("Draft: not published")
    latest = open_tab(f"{preview.address}latest/")
    for kind in ("draft", "scheduled"):
        link = latest.locator("main a", has_text=f"{CANARY} {kind}").first
        of(link).to_have_attribute("data-preview-mark", kind)
    assert latest.locator("[data-preview-mark]", has_text="Ferry").count() == 0
    of(latest.locator(".ribbon")).to_be_hidden()
    for path in HELD_BACK[2:4]:
        assert preview.get(path).status == 404


def test_a_draft_that_is_done_loses_its_ribbon(held_back, start, open_tab):
    tab = open_tab(start(held_back, "--drafts").address + "news/2024-05-05-draft/")
    of(tab.locator(".ribbon")).to_be_visible()
    replaced(held_back.records / "2024-05-05-draft.md", "draft: true", "draft: false")
    of(tab.locator(".ribbon")).to_be_hidden()


# The bar


def test_the_bar_tells_what_is_held_back_folded_hidden_and_unpublished(held_back, start, open_tab):
    tab = open_tab(start(held_back).address)
    tab.get_by_role("button", name="2 drafts").click()
    groups = tab.locator(".groups details")
    expected = {
        "drafts": "2024-05-05-draft.md",
        "scheduled": "2024-05-05-scheduled.md",
        "removed": "2024-05-05-removed.md",
        "hidden": "2024-05-05-hidden.md",
        "folded": f"{FOLDED}.md",
        "unpublished": f"{FERRY}.md",
    }
    of(groups).to_have_count(len(expected))
    for group, file in expected.items():
        details = tab.locator(f"[id='group {group}']")
        details.locator("summary").click()
        of(details).to_contain_text(file)
        of(details.locator("li").last).to_be_visible()
    of(tab.locator("[id='group folded']")).to_contain_text(f"led by {BRIDGE}.md")


def test_the_bar_says_why_a_story_leads_and_ranks_where_it_does(site, start, open_tab):
    tab = open_tab(start(site).address + f"news/{BRIDGE}/")
    tab.get_by_role("button", name="Why here?").click()
    reasons = tab.locator(".reasons")
    of(reasons).to_be_visible()
    of(reasons).to_contain_text("its quality of 90")
    of(reasons).to_contain_text("front page")
    before = reasons.inner_text()
    replaced(site.records / f"{BRIDGE}.md", "quality: 90", "quality: 91")
    of(reasons).not_to_have_text(before)
    of(reasons).to_contain_text("its quality of 91")


def test_a_list_has_no_reasons(site, start, open_tab):
    tab = open_tab(start(site).address)
    of(tab.get_by_role("button", name="Preview")).to_be_visible()
    of(tab.get_by_role("button", name="Why here?")).to_be_hidden()
