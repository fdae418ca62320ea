"""A site is published to a branch of a real repository."""

import sys
from datetime import timedelta

import pytest
from pushed import NOW, A, B, Hub, contents, publish, release_of

from broadsheet.problems import SiteError
from broadsheet.publish.git.program import GitError
from broadsheet.publish.release import LEDGER, Item, ledger_of
from broadsheet.publish.sending import planned, send

KINDS = ("path", "file", "file with filters", "file, sha256")


@pytest.fixture
def hub(tmp_path) -> Hub:
    return Hub(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_branch_holds_one_release_after_the_other(tmp_path, kind):
    hub = Hub(tmp_path, *(["--object-format=sha256"] if "sha256" in kind else []), filters="filters" in kind)
    hub.edit({"README.md": "Sources"}, "main")
    remote = hub.path.as_uri() if "file" in kind else str(hub.path)
    sent, _ = publish(hub.target(remote=remote), "one", A)
    assert sorted(sent) == sorted(A)
    assert hub.tree() == A
    sent, ledger = publish(hub.target(remote=remote), "two", B)
    assert sorted(sent) == ["images/fedcba9876543210.webp", "index.html", "news/b/index.html"]
    assert hub.tree() == B | {"images/0123456789abcdef.webp": A["images/0123456789abcdef.webp"]}
    assert len(hub.commits()) == 2
    assert ledger_of(hub.tree(all_files=True)[LEDGER]) == (ledger, "")


def test_nothing_changed_makes_no_commit(hub):
    publish(hub.target(), "one", A)
    before = hub.commits()
    sent, ledger = publish(hub.target(), "two", A)
    assert (sent, ledger.release, hub.commits()) == ([], "one", before)


def test_only_what_changed_goes_over_the_line(tmp_path):
    hub = Hub(tmp_path, filters=True)
    hub.git(hub.path, "config", "receive.unpackLimit", "1")
    many = {f"news/{number}/index.html": b"%d" % number * 50 for number in range(200)} | {"index.html": b"1"}
    publish(hub.target(remote=hub.path.as_uri()), "one", many)
    before = set((hub.path / "objects/pack").glob("*.idx"))
    publish(hub.target(remote=hub.path.as_uri()), "two", many | {"news/7/index.html": b"other"})
    (new,) = set((hub.path / "objects/pack").glob("*.idx")) - before
    kinds = [
        line.split()[1] for line in hub.git(hub.path, "verify-pack", "-v", str(new)).splitlines() if " blob " in line
    ]
    assert kinds == ["blob", "blob"], "the page and the ledger"


def test_a_commit_names_the_release_and_the_commit_of_the_sources(hub):
    publish(hub.target(), "one", A, source="abc-dirty")
    message = hub.git(hub.path, "log", "-1", "--format=%B", "gh-pages")
    assert (
        message == "Publish one\n\nBuilt from abc-dirty.\n\nBroadsheet-Release: one\nBroadsheet-Source: abc-dirty\n\n"
    )


def test_a_hook_of_git_may_publish(hub, tmp_path, record):
    """The environment of a hook leads git to the repository of the site, and to its index."""
    site = tmp_path / "site"
    record(site / "news")
    settings = f"title: News\npublish: {{pages: {{kind: git, remote: {hub.path.as_uri()}}}}}\n"
    (site / "broadsheet.yaml").write_text(settings, encoding="utf-8")
    (site / ".gitignore").write_text("public/\n")
    hub.git(tmp_path, "init", "-q", "-b", "main", str(site))
    hook = site / ".git/hooks/post-commit"
    hook.write_text(
        f"#!/bin/sh\nexport GIT_DIR=.git\nexec {sys.executable} -m broadsheet publish --yes >../said 2>&1\n"
    )
    hook.chmod(0o755)
    hub.git(site, "add", "-A")
    hub.git(site, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "-m", "Begin")
    assert hub.has("gh-pages"), (tmp_path / "said").read_text()
    commit = hub.git(site, "rev-parse", "HEAD").strip()
    assert f"Built from {commit}.\n" in hub.git(hub.path, "log", "-1", "--format=%B", "gh-pages")
    assert "index.html" in hub.tree()
    assert hub.git(site, "status", "--porcelain") == ""


def test_a_commit_is_made_by_whom_the_settings_of_the_repository_name_at_the_time_of_the_release(hub, tmp_path):
    site = repository(hub, tmp_path / "site")
    hub.git(site, "config", "user.name", "Änne")
    hub.git(site, "config", "user.email", "aenne@example.org")
    publish(hub.target(site), "one", A)
    said = hub.git(hub.path, "log", "-1", "--format=%an %ae %cn %ce %at", "gh-pages")
    assert said == f"Änne aenne@example.org Änne aenne@example.org {int(NOW.timestamp())}\n"


def test_a_commit_is_made_by_whom_the_environment_names(hub):
    hub.environment |= {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
    publish(hub.target(), "one", A)
    said = hub.git(hub.path, "log", "-1", "--format=%an %ae %cn %ce", "gh-pages")
    assert said == "Ada ada@example.org Broadsheet broadsheet@localhost\n"


def test_the_time_of_the_environment_is_kept(hub):
    hub.environment |= {"GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000"}
    publish(hub.target(), "one", A)
    assert hub.git(hub.path, "log", "-1", "--format=%at %ct", "gh-pages") == "1700000000 1700000000\n"


@pytest.mark.parametrize("state", ["clean", "staged", "merging", "shallow"])
def test_the_repository_of_the_site_stays_byte_for_byte_as_it_is(hub, tmp_path, state):
    site = repository(hub, tmp_path / "site")
    if state == "staged":
        (site / "staged.md").write_text("staged")
        hub.git(site, "add", "staged.md")
        (site / "record.md").write_text("not staged")
    if state == "merging":
        in_the_middle_of_a_merge(hub, site)
    if state == "shallow":
        hub.git(tmp_path, "clone", "-q", "--depth=1", site.as_uri(), str(tmp_path / "shallow"))
        site = tmp_path / "shallow"
    hub.git(site, "remote", "add", "pages", str(hub.path))
    hub.git(site, "fetch", "-q", "pages")
    before = contents(site)
    publish(hub.target(site, "pages"), "one", A)
    publish(hub.target(site, "pages"), "two", B)
    hub.target(site, "pages").go_back(lambda _: None)
    assert contents(site) == before
    assert len(hub.commits()) == 3


def test_a_plan_alone_writes_nothing_anywhere(hub, tmp_path):
    site = repository(hub, tmp_path / "site")
    publish(hub.target(site), "one", A)
    before = contents(site), contents(hub.path)
    with planned(release_of("two", B), hub.target(site), NOW, 7, None) as publishing:
        assert [item.path for item in publishing.plan.changed] == ["index.html"]
    assert (contents(site), contents(hub.path)) == before


@pytest.mark.parametrize("cname", [None, "news.example.org"])
def test_what_others_put_on_the_branch_stays(hub, cname):
    hub.edit({"README.md": "Hello", "CNAME": "old.example.org", "other/page.html": "Other", "run.sh": "true"})
    publish(hub.target(cname=cname), "one", A)
    publish(hub.target(cname=cname), "two", B)
    tree = hub.tree()
    assert tree["CNAME"] == (b"news.example.org\n" if cname else b"old.example.org")
    assert {path: tree[path] for path in ("README.md", "other/page.html", "run.sh")} == {
        "README.md": b"Hello",
        "other/page.html": b"Other",
        "run.sh": b"true",
    }


def test_a_domain_that_is_there_is_left_as_it_is_written(hub):
    hub.edit({"CNAME": "news.example.org"})
    publish(hub.target(cname="news.example.org"), "one", A)
    assert hub.tree()["CNAME"] == b"news.example.org"


def test_settings_that_changed_alone_are_published(hub):
    publish(hub.target(nojekyll=False), "one", A)
    assert ".nojekyll" not in hub.tree(all_files=True)
    publish(hub.target(cname="news.example.org"), "two", A)
    tree = hub.tree(all_files=True)
    assert (tree[".nojekyll"], tree["CNAME"]) == (b"", b"news.example.org\n")
    before = hub.commits()
    publish(hub.target(cname="news.example.org"), "three", A)
    assert hub.commits() == before


def test_a_site_may_have_the_files_of_the_settings_itself(hub):
    own = A | {"CNAME": b"news.example.org", ".nojekyll": b"mine"}
    publish(hub.target(cname="news.example.org"), "one", own)
    assert hub.tree(all_files=True).items() >= own.items()
    before = hub.commits()
    publish(hub.target(cname="news.example.org"), "two", own)
    assert hub.commits() == before


def test_the_domain_of_the_settings_takes_the_place_of_one_that_the_site_had_itself(hub):
    publish(hub.target(), "one", A | {"CNAME": b"old.example.org"})
    publish(hub.target(cname="news.example.org"), "two", A)
    assert hub.tree()["CNAME"] == b"news.example.org\n"
    publish(hub.target(cname="news.example.org"), "three", B, NOW + timedelta(days=30))
    assert hub.tree().items() >= {"CNAME": b"news.example.org\n", **B}.items()


def test_a_domain_that_the_site_had_itself_goes_on_in_the_settings(hub):
    publish(hub.target(), "one", A | {"CNAME": b"news.example.org"})
    publish(hub.target(cname="news.example.org"), "two", A)
    publish(hub.target(cname="news.example.org"), "three", B, NOW + timedelta(days=30))
    assert hub.tree().items() >= {"CNAME": b"news.example.org\n", **B}.items()


def test_two_domains_are_refused(hub):
    (problem,) = hub.target(cname="other.example.org").refused(
        release_of("one", A | {"CNAME": b"news.example.org"}).items.values()
    )
    assert "another domain" in problem.message


def test_a_file_of_ours_that_somebody_changed_is_published_again(hub):
    publish(hub.target(), "one", A)
    hub.edit({"news/a/index.html": "defaced"})
    sent, _ = publish(hub.target(), "two", A)
    assert sent == ["news/a/index.html"]
    assert hub.tree() == A


def test_what_the_ledger_has_and_the_branch_has_not_is_published_again(hub):
    publish(hub.target(), "one", A)
    hub.edit({"news/a/index.html": None, "sitemap.xml": None})
    sent, _ = publish(hub.target(), "two", A)
    assert sorted(sent) == ["news/a/index.html", "sitemap.xml"]
    assert hub.tree() == A


def test_a_link_in_the_place_of_a_file_is_not_taken_for_it(hub):
    publish(hub.target(), "one", A)
    commit = hub.git(hub.path, "rev-parse", "gh-pages^{tree}").strip()
    blob = hub.git(hub.path, "rev-parse", "gh-pages:sitemap.xml").strip()
    listed = hub.git(hub.path, "ls-tree", commit).replace(
        f"100644 blob {blob}\tsitemap.xml", f"120000 blob {blob}\tsitemap.xml"
    )
    tree = hub.git(hub.path, "mktree", given=listed).strip()
    hub.environment |= {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    commit = hub.git(hub.path, "commit-tree", tree, "-p", "gh-pages", "-m", "link").strip()
    hub.git(hub.path, "update-ref", "refs/heads/gh-pages", commit)
    sent, _ = publish(hub.target(), "two", A)
    assert sent == ["sitemap.xml"]


def test_a_damaged_ledger_makes_all_files_strange(hub):
    publish(hub.target(), "one", A)
    hub.edit({LEDGER: "{"})
    standing = hub.target().standing(release_of("one", A).items)
    assert "damaged" in standing.remark
    assert {found.mark for found in standing.found.values()} == {""}


@pytest.mark.parametrize(
    ("theirs", "files"), [("news", {"news/a/index.html": b""}), ("news/a/index.html/x", {"news/a/index.html": b""})]
)
def test_a_file_of_others_that_would_have_to_go_is_told(hub, theirs, files):
    hub.edit({theirs: "theirs"})
    with pytest.raises(SiteError, match=f"{theirs}, which we did not publish, is in the way of news/a/index.html"):
        publish(hub.target(), "one", files)
    assert hub.tree() == {theirs: b"theirs"}


def test_a_folder_of_ours_may_become_a_file_and_back(hub):
    publish(hub.target(), "one", {"a/index.html": b"1", "b": b"2"})
    publish(hub.target(), "two", {"a": b"1", "b/index.html": b"2"})
    assert hub.tree() == {"a": b"1", "b/index.html": b"2"}


def test_a_push_in_between_is_not_overrun_and_the_next_publish_is_fine(hub):
    publish(hub.target(), "one", A)
    with planned(release_of("two", B), hub.target(), NOW, 7, print) as publishing:
        hub.edit({"README.md": "Meanwhile"})
        with pytest.raises(SiteError, match="somebody else has published there meanwhile"):
            send(publishing, NOW, lambda *_: None)
    assert hub.tree() == A | {"README.md": b"Meanwhile"}
    publish(hub.target(), "two", B)
    assert hub.tree().items() >= (B | {"README.md": b"Meanwhile"}).items()


def test_a_branch_that_somebody_makes_in_between_is_not_overrun(hub):
    with planned(release_of("two", B), hub.target(), NOW, 7, print) as publishing:
        hub.edit({"README.md": "Meanwhile"})
        with pytest.raises(SiteError, match="meanwhile"):
            send(publishing, NOW, lambda *_: None)
    assert hub.tree() == {"README.md": b"Meanwhile"}


def test_force_replaces_the_branch_by_one_commit_and_keeps_what_others_put_there(tmp_path):
    hub = Hub(tmp_path, filters=True)
    hub.edit({"README.md": "Hello"})
    target = hub.target(remote=hub.path.as_uri(), force=True)
    publish(target, "one", A)
    publish(target, "two", B)
    assert len(hub.commits()) == 1
    assert hub.tree().items() >= (B | {"README.md": b"Hello"}).items()


def test_force_overruns_nobody_either(hub):
    publish(hub.target(force=True), "one", A)
    with planned(release_of("two", B), hub.target(force=True), NOW, 7, print) as publishing:
        hub.edit({"README.md": "Meanwhile"})
        with pytest.raises(SiteError, match="meanwhile"):
            send(publishing, NOW, lambda *_: None)
    assert hub.tree() == A | {"README.md": b"Meanwhile"}


def test_a_server_that_refuses_is_quoted(hub):
    hook = hub.path / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch \033[31mupdate failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(SiteError) as raised:
        publish(hub.target(), "one", A)
    (problem,) = raised.value.problems
    expected = "the server refuses the push: pre-receive hook declined; it says: GH006: Protected branch  update failed"
    assert problem.message == expected
    assert not hub.has("gh-pages")


def test_an_answer_that_got_lost_is_asked_for_again(hub):
    """The server takes the push and dies before it says so."""
    hook = hub.path / "hooks/post-receive"
    hook.write_text("#!/bin/sh\nkill -9 $PPID\n")
    hook.chmod(0o755)
    publish(hub.target(), "one", A)
    assert hub.tree() == A


@pytest.mark.parametrize("wanted", [None, "sha256"])
def test_the_first_commit_of_an_empty_repository_is_named_as_the_machine_has_it(tmp_path, wanted):
    hub = Hub(tmp_path, "--object-format=sha256")
    if wanted:
        hub.environment["GIT_DEFAULT_HASH"] = wanted
        publish(hub.target(), "one", A)
        assert hub.tree() == A
    else:
        with pytest.raises(SiteError) as raised:
            publish(hub.target(), "one", A)
        assert "GIT_DEFAULT_HASH=sha256" in raised.value.problems[0].hint


def test_an_empty_repository_gets_its_first_commit(hub):
    publish(hub.target(branch="pages/live"), "one", A)
    assert hub.tree("pages/live") == A


def test_a_file_that_is_not_there_can_not_be_fetched_back(hub):
    publish(hub.target(), "one", A)
    with pytest.raises(SiteError, match=r"nothing\.html is not there"):
        hub.target().fetch("nothing.html")


def test_a_repository_that_goes_away_in_between_is_told(hub, tmp_path):
    with planned(release_of("one", A), hub.target(), NOW, 7, print) as publishing:
        hub.path.rename(tmp_path / "elsewhere.git")
        with pytest.raises(GitError, match="git push failed"):
            send(publishing, NOW, lambda *_: None)


def test_a_push_by_somebody_else_after_ours_is_seen_when_it_is_fetched_back(hub):
    target = hub.target()
    with planned(release_of("one", A), target, NOW, 7, print) as publishing:
        send(publishing, NOW, lambda *_: None)
        hub.edit({"index.html": "defaced"})
        assert target.fetch("index.html") == b"defaced"


@pytest.mark.parametrize("path", [".git/config", "a/.GIT", "a/git~1/x", ".git /x", "a/.git::$INDEX_ALLOCATION/x"])
def test_names_that_git_takes_for_its_own_are_refused(hub, path):
    assert [problem.message for problem in hub.target().refused([Item(path, "", 1)])] == [
        f"git takes no file of this name: {path}"
    ]


def test_other_names_with_git_in_them_are_fine(hub):
    items = [Item(path, "", 1) for path in (".gitignore", "a.git/x", "git/x", ".github/x", "x.git")]
    assert hub.target().refused(items) == []


def test_a_repository_that_is_not_there_is_told_and_not_tried_again(hub, tmp_path):
    target = hub.target(remote=str(tmp_path / "nowhere.git"))
    with pytest.raises(GitError, match="does not appear to be a git repository") as raised:
        publish(target, "one", A)
    assert str(raised.value).startswith(f"{tmp_path}/nowhere.git, branch gh-pages: error: git ls-remote failed: ")


def repository(hub: Hub, folder, path: str = "record.md"):
    """A repository with one commit."""
    hub.git(hub.folder, "init", "-q", "-b", "main", str(folder))
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_text("record")
    hub.git(folder, "add", "-A")
    hub.git(folder, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "-m", "Begin")
    return folder


def in_the_middle_of_a_merge(hub: Hub, site) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    hub.git(site, "checkout", "-q", "-b", "other")
    (site / "record.md").write_text("theirs")
    hub.git(site, *who, "commit", "-q", "-a", "-m", "Theirs")
    hub.git(site, "checkout", "-q", "main")
    (site / "record.md").write_text("ours")
    hub.git(site, *who, "commit", "-q", "-a", "-m", "Ours")
    hub.git(site, *who, "merge", "other", check=False)
    assert (site / ".git/MERGE_HEAD").exists()
