"""Whatever is done to a site, look after look, the workshop shows what one shows that has only seen how it ends."""

import gc
import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.problems import Severity, SiteError
from broadsheet.serve.workshop import Order, Workshop
from broadsheet.workers import Workers
from test_incremental import IN_MEMORY, SETTINGS, STEPS, Site, write

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
# A broken record, topic or page is shown as it was: who has only seen the end does not know how. Pictures are fetched.
LEFT_OUT = ("break", "output", "cache", "clock", "base_url", "picture", "put_a_link", "leads_to")
EDITS = sorted(name for name in STEPS if not any(word in name for word in LEFT_OUT))
FETCHED = SETTINGS.index(("images", "cache"))


def opened(site: Path, *, drafts: bool) -> Workshop:
    return Workshop(Order(site, None, drafts, NOW), lambda: NOW, Workers())


def served(workshop: Workshop) -> dict[str, object]:
    """Return the bytes and the marks of all files, what is wrong with those that can not be made, and all problems."""
    found: dict[str, object] = {}
    if workshop.standing is None:
        return {"failed": [str(problem) for problem in workshop.failure]}
    site = workshop.standing
    for path in (*site.pages, *site.site.planned.plan.static):
        try:
            copy = workshop.copy(path)
            # Who has only seen the end has no last good page: what is the same is what keeps it from being made.
            found[path] = copy if copy.is_current else [str(problem) for problem in site.broken[path]]
        except SiteError as error:
            found[path] = [str(problem) for problem in error.problems]
    found["problems"] = sorted(map(str, workshop.problems()))
    return found


edits = st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=6)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    rounds=st.lists(edits, min_size=1, max_size=4), drafts=st.booleans(), layout=st.sampled_from(["a site", "plain"])
)
def test_after_any_edits_what_is_served_is_what_one_that_starts_now_serves(rounds, drafts, layout):
    folder = Path(tempfile.mkdtemp(dir=IN_MEMORY))
    try:
        site = Site(folder / "site", layout)
        workshop = opened(site.root, drafts=drafts)
        workshop.renew()
        for edits in rounds:
            served(workshop)
            for name, which, how in edits:
                if name != "change_a_setting" or (which * 12 + how) % len(SETTINGS) != FETCHED:
                    with suppress(FileNotFoundError, NotADirectoryError, FileExistsError):
                        STEPS[name](site, which, how)
            if workshop.change():
                workshop.renew()
            assert workshop.change() == "", "what was looked at is known"
        # What is broken is shown as it was last, which is not for one to know that has only seen the end.
        STEPS["delete_all_templates"](site, 0, 0)
        shutil.rmtree(site.root / "pages", ignore_errors=True)
        if workshop.change():
            workshop.renew()
        fresh = opened(site.root, drafts=drafts)
        fresh.renew()
        if not any(problem.severity is Severity.ERROR for problem in fresh.problems()):
            assert served(workshop) == served(fresh)
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("broken", ["title: [", "no_such_setting: 1\n"])
def test_while_settings_are_broken_every_other_change_is_seen_once(tmp_path, broken):
    site = Site(tmp_path / "site", "a site")
    workshop = opened(site.root, drafts=False)
    workshop.renew()
    write(site.root / "broadsheet.yaml", broken)
    for edit in (None, "edit_a_body", "add_a_record", "delete_a_record", "edit_a_template", "delete_a_topic"):
        if edit:
            STEPS[edit](site, 1, 1)
        assert workshop.change(), edit
        workshop.renew()
        assert workshop.failure
        assert workshop.change() == "", edit
    site.write_settings()
    assert workshop.change()
    workshop.renew()
    assert workshop.failure == ()
    fresh = opened(site.root, drafts=False)
    fresh.renew()
    assert served(workshop) == served(fresh)


def test_nothing_is_kept_of_how_a_site_stood_before(tmp_path):
    site = Site(tmp_path / "site", "a site")
    workshop = opened(site.root, drafts=False)
    counts = []
    for turn in range(60):
        STEPS["edit_a_body"](site, 1, turn)
        STEPS["edit_a_template"](site, 1, turn)
        STEPS["edit_a_static_file"](site, 2, turn % 2)
        workshop.renew()
        served(workshop)
        gc.collect()
        counts.append(len(gc.get_objects()))
    assert counts[-1] <= counts[19] + 100
