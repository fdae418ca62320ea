"""What has to be done so that a target holds a release: in an order that readers do not notice, and guarded."""

import pytest
from crawl import missing
from hypothesis import given, settings
from hypothesis import strategies as st
from releases import FILES_A, FILES_B, release_a, release_b, release_of

from broadsheet.files import content_digest
from broadsheet.kinds import Kind, kind_of
from broadsheet.publish.plan import Plan, is_lasting, make_plan, objections
from broadsheet.publish.release import Found, Item, Ledger, Sent, Standing

DAY = 24 * 3600
NOW = 1_800_000_000
PATHS = st.sampled_from(
    "index.html latest/index.html feed.xml 404.html a.html b.html c/d.html e.png f.css g.js "
    "pagefind/fragment/x pagefind/pagefind-entry.json".split()
)
MARKS = st.sampled_from(["one", "two", "three"])
FILES = st.dictionaries(PATHS, MARKS)


def items(files):
    return {path: Item(path, mark, len(mark)) for path, mark in files.items()}


def found(files):
    return {path: Found(mark, len(mark)) for path, mark in files.items()}


def ledger(files, **more):
    return Ledger(files={path: Sent(mark, len(mark)) for path, mark in files.items()}, **more)


# What is planned


@given(FILES, FILES, FILES, FILES)
def test_every_file_of_a_release_is_new_changed_or_unchanged_and_sent_once_unless_it_is_there(
    wanted, ours, there, sending
):
    plan = make_plan(items(wanted), Standing(ledger(ours, sending=sending), found(there)), NOW, 7)
    sent = [item.path for wave in plan.waves() for item in wave]
    assert sorted(sent) == sorted(path for path, mark in wanted.items() if there.get(path) != mark)
    assert sorted([*sent, *(item.path for item in plan.unchanged)]) == sorted(wanted)
    assert {item.path for item in plan.new} == wanted.keys() - there.keys()
    assert all(plan.waves())


@given(FILES, FILES, FILES, FILES, st.integers(0, 9))
def test_only_what_is_ours_and_in_no_use_is_deleted_or_waits(wanted, ours, there, sending, grace):
    plan = make_plan(items(wanted), Standing(ledger(ours, sending=sending), found(there)), NOW, grace)
    for path in (*plan.deleted, *plan.waiting):
        assert path not in wanted
        assert there[path] in (ours.get(path), sending.get(path))
    for path in plan.left:
        assert path not in wanted
        assert there[path] not in (ours.get(path), sending.get(path))
    known = (ours.keys() | sending.keys()) & there.keys()
    assert sorted([*plan.deleted, *plan.waiting, *plan.left]) == sorted(known - wanted.keys())
    assert set(plan.foreign) == {item.path for item in plan.changed} - ours.keys() - sending.keys()


@given(FILES, FILES, st.dictionaries(PATHS, st.integers(0, 20)), st.integers(0, 10))
def test_assets_stay_so_many_days_after_no_page_needs_them_and_nothing_else_does(wanted, ours, days, grace):
    retired = {path: NOW - day * DAY for path, day in days.items()}
    plan = make_plan(items(wanted), Standing(ledger(ours, retired=retired), found(ours)), NOW, grace)
    for path, mark in ours.items():
        if path not in wanted:
            stays = kind_of(path) is Kind.ASSET and days.get(path, 0) < grace
            assert (path in plan.waiting, path in plan.deleted) == (stays, not stays), mark
    assert all(since == retired.get(path, NOW) for path, since in plan.waiting.items())


@given(FILES, FILES)
def test_a_plan_that_was_done_leaves_nothing_to_do(wanted, ours):
    standing = Standing(ledger(ours), found(ours))
    plan = make_plan(items(wanted), standing, NOW, 7)
    there = {**ours, **wanted}
    for path in plan.deleted:
        del there[path]
    done = ledger(there, retired=plan.waiting)
    assert make_plan(items(wanted), Standing(done, found(there)), NOW, 7).is_empty


def test_a_file_that_is_in_use_again_waits_no_more():
    files = {"a.png": "one", "index.html": "one"}
    standing = Standing(ledger(files, retired={"a.png": NOW - 100 * DAY}), found(files))
    plan = make_plan(items(files), standing, NOW, 7)
    assert (plan.waiting, plan.deleted, plan.is_empty) == ({}, (), True)


# The order


def rank(item: Item) -> Kind:
    return kind_of(item.path)


def test_assets_go_first_then_pages_and_the_front_page_last():
    plan = Plan(new=tuple(release_b().items.values()))
    kinds = [{rank(item) for item in wave} for wave in plan.waves()]
    assert kinds == [{Kind.ASSET}, {Kind.PAGE}, {Kind.ENTRY}, {Kind.FRONT}]


@pytest.mark.parametrize(
    ("path", "kind"),
    {
        "index.html": Kind.FRONT,
        "latest/index.html": Kind.ENTRY,
        "topics/a/feed.xml": Kind.ENTRY,
        "feed.json": Kind.ENTRY,
        "sitemap.xml": Kind.ENTRY,
        "_headers": Kind.ENTRY,
        "news/a/index.html": Kind.PAGE,
        "api/news.json": Kind.PAGE,
        "editions/2024-05-01/email.txt": Kind.PAGE,
        "pagefind/pagefind-entry.json": Kind.PAGE,
        "pagefind/fragment/en_1.pf_fragment": Kind.ASSET,
        "theme/broadsheet.css": Kind.ASSET,
        "CNAME": Kind.ASSET,
    }.items(),
)
def test_a_file_is_of_a_kind_by_its_path(path, kind):
    assert kind_of(path) is kind


PAGES = ["index.html", "a/feed.xml", "b/feed.xml", *(f"p{number}.html" for number in range(5))]
ASSETS = [f"a{number}.css" for number in range(4)]


@st.composite
def sites(draw):
    """Draw a site that links to nothing that it does not have: its pages to anything, its assets to assets."""
    has = ["index.html", *draw(st.lists(st.sampled_from([*PAGES[1:], *ASSETS]), unique=True))]
    files = {}
    for path in has:
        targets = has if path in PAGES else [asset for asset in has if asset in ASSETS]
        links = draw(st.lists(st.sampled_from(targets), max_size=4)) if targets else []
        files[path] = content_of(path, links, draw(st.integers(0, 1)))
    return files


def content_of(path, links, version):
    if path.endswith(".css"):
        return "".join(f"@import '/{link}';" for link in links).encode() + b" " * version
    if path.endswith(".xml"):
        return f"<feed>{''.join(f'<link>/{link}</link>' for link in links)}</feed>{' ' * version}".encode()
    return "".join(f"<a href='/{link}'></a>" for link in links).encode() + b" " * version


@given(sites(), sites(), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_after_every_single_file_a_reader_of_the_front_page_finds_all_that_it_leads_to(before, after, random):
    assert missing(before.get) == missing(after.get) == []
    ours = {path: content_digest(content) for path, content in before.items()}
    plan = make_plan(release_of("after", after).items, Standing(ledger(ours), found(ours)), NOW, 0)
    there = dict(before)
    for wave in plan.waves():
        for item in random.sample(wave, len(wave)):
            there[item.path] = after[item.path]
            assert missing(there.get) == []
    for path in random.sample(plan.deleted, len(plan.deleted)):
        del there[path]
        assert missing(there.get) == []
    assert there == after


def test_between_the_two_releases_of_the_tests_nothing_is_missing_either():
    ours = {path: content_digest(content) for path, content in FILES_A.items()}
    plan = make_plan(release_b().items, Standing(ledger(ours), found(ours)), NOW, 7)
    there = dict(FILES_A)
    for wave in plan.waves():
        for item in wave:
            there[item.path] = FILES_B[item.path]
            assert missing(there.get) == []
    assert sorted(plan.deleted) == ["news/2024-05-03-goes/index.html", "topics/gone/feed.xml", "topics/gone/index.html"]
    assert len(plan.waiting) == 4


# The guard


def against(files, wanted, grace=0):
    standing = Standing(ledger(files), found(files))
    return objections(make_plan(items(wanted), standing, NOW, grace), standing)


@pytest.mark.parametrize(
    ("pages", "gone", "objects"), [(20, 2, 0), (20, 3, 1), (2000, 100, 0), (2000, 101, 1), (9, 1, 1)]
)
def test_more_than_a_tenth_or_more_than_a_hundred_files_are_not_deleted_without_a_yes(pages, gone, objects):
    files = {f"p{number:04}.html": "one" for number in range(pages)}
    said = against(files, dict(list(files.items())[gone:]))
    assert len(said) == objects
    assert all("would be deleted, first p0000.html" in line and f" of {pages:,} " in line for line in said)


def test_files_with_a_digest_in_their_names_come_and_go_without_a_question():
    files = {f"images/{number:032x}-640.webp": "one" for number in range(300)} | {"index.html": "one"}
    assert against(files, {"index.html": "one"}) == []
    assert against({**files, "a.png": "one"}, {"index.html": "one"}) != []


def test_pictures_are_asked_about_when_they_go_out_of_use_and_not_when_their_time_has_come():
    files = {f"{number}.png": "one" for number in range(5)} | {"index.html": "one"}
    wanted = items({"index.html": "one"})
    standing = Standing(ledger(files), found(files))
    assert objections(make_plan(wanted, standing, NOW, 7), standing) == ["5 files of 6 would be deleted, first 0.png"]
    retired = {path: NOW for path in files if path.endswith(".png")}
    standing = Standing(ledger(files, retired=retired), found(files))
    for days, deleted in ((3, 0), (8, 5)):
        plan = make_plan(wanted, standing, NOW + days * DAY, 7)
        assert len(plan.deleted) == deleted
        assert objections(plan, standing) == []


def test_a_file_that_we_did_not_publish_is_not_overwritten_without_a_yes():
    standing = Standing(Ledger(), found({"a.html": "theirs", "b.html": "one"}))
    plan = make_plan(items({"a.html": "one", "b.html": "one"}), standing, NOW, 7)
    assert objections(plan, standing) == ["1 file that we did not publish would be overwritten, first a.html"]


def test_a_plan_that_does_nothing_has_nothing_against_it():
    assert objections(Plan(), Standing()) == []
    assert against(dict.fromkeys(release_a().items, "one"), dict.fromkeys(release_a().items, "one")) == []


@pytest.mark.parametrize(
    ("path", "lasts"),
    {
        "images/0123456789abcdef-640.webp": True,
        "images/0123456789abcdef.webp": True,
        "images/photo.webp": False,
        "images/0123456789abcdef-640.webp/x": False,
        "pagefind/index/en_1.pf_index": True,
        "pagefind/pagefind-entry.json": False,
        "theme/broadsheet.css": False,
    }.items(),
)
def test_a_file_lasts_for_ever_where_its_name_holds_a_digest(path, lasts):
    assert is_lasting(path) is lasts
