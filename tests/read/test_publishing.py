"""The settings of targets: what can be said, what is refused, and that no secret is among them."""

import pytest

from broadsheet.problems import SiteError
from broadsheet.read.settings import parse_settings
from broadsheet.targets import AzureTarget, FolderTarget, GcsTarget, GitTarget, RsyncTarget, S3Target


def targets(text):
    return parse_settings(f"publish:\n  live: {{{text}}}\n", "b.yaml").publish["live"]


def refused(text):
    with pytest.raises(SiteError) as error:
        targets(text)
    (problem,) = error.value.problems
    return f"{problem} | {problem.hint}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: folder, path: /var/www/news", FolderTarget(path="/var/www/news")),
        ("kind: folder, path: ../out, releases: true, keep: 3", FolderTarget(path="../out", releases=True, keep=3)),
        ("kind: git", GitTarget()),
        ("kind: git, remote: 'git@example.org:a/b.git', cname: news.example.org", None),
        ("kind: git, remote: 'ssh://git@example.org/a/b.git', branch: site/live", None),
        ("kind: git, remote: ../elsewhere.git, force: true, nojekyll: false", None),
        (
            "kind: s3, bucket: herald, after: ['purge $BROADSHEET_URLS']",
            S3Target(bucket="herald", after=("purge $BROADSHEET_URLS",)),
        ),
        ("kind: s3, bucket: herald, region: auto, endpoint: 'https://example.org', prefix: a/b, gzip: true", None),
        ("kind: gcs, bucket: herald, grace_days: 0", GcsTarget(bucket="herald", grace_days=0)),
        ("kind: azure", AzureTarget()),
        ("kind: azure, container: news, account: herald1", AzureTarget(container="news", account="herald1")),
        ("kind: rsync, to: 'deploy@example.org:/srv/www'", RsyncTarget(to="deploy@example.org:/srv/www")),
        ("kind: rsync, to: 'example.org:www', ssh: 'ssh -p 2222', base_url: 'https://example.org/'", None),
    ],
)
def test_what_a_target_can_be(text, expected):
    found = targets(text)
    assert expected is None or found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: folder, path: ''", "`publish.live.path` is no name of a folder"),
        ("kind: git, remote: '-u'", "2:29: error: `publish.live.remote` is neither a remote nor an address"),
        ("kind: git, remote: 'https://u:hush@example.org/a'", "`publish.live.remote` holds a password | credentials"),
        ("kind: git, remote: 'https://hush@example.org/a'", "`publish.live.remote` holds a password | credentials"),
        ("kind: git, remote: 'ssh://u:hush@example.org/a'", "`publish.live.remote` holds a password | credentials"),
        ("kind: git, branch: a..b", "`publish.live.branch` is no name of a branch: 'a..b'"),
        ("kind: git, branch: -D", "`publish.live.branch` is no name of a branch"),
        ("kind: git, branch: x.lock", "`publish.live.branch` is no name of a branch"),
        ("kind: git, cname: 'https://a.org'", "`publish.live.cname` is no domain"),
        ("kind: s3, bucket: 'a/b'", "`publish.live.bucket` is no name of a bucket: a/b"),
        ("kind: s3, bucket: b12, prefix: ../x", "`publish.live.prefix` is no folder of a bucket"),
        ("kind: s3, bucket: b12, prefix: /x", "`publish.live.prefix` is no folder of a bucket"),
        ("kind: s3, bucket: b12, endpoint: example.org", "`publish.live.endpoint` is no address"),
        (
            "kind: s3, bucket: b12, endpoint: 'https://key:hush@a.org'",
            "`publish.live.endpoint` holds a name or a passw",
        ),
        ("kind: azure, container: 'A b'", "`publish.live.container` is no name of a container"),
        ("kind: azure, account: A-b", "`publish.live.account` is no name of a storage account"),
        ("kind: rsync, to: /srv/www", "`publish.live.to` is no folder of another machine"),
        ("kind: rsync, to: 'host::module'", "`publish.live.to` leads to an rsync daemon"),
        ("kind: rsync, to: 'u:hush@host:/a'", "`publish.live.to` holds a password | credentials"),
        ("kind: rsync, to: '-e:x'", "`publish.live.to` is no folder of another machine"),
        ("kind: rsync, to: 'h:/a', ssh: '\"'", "`publish.live.ssh` is no command"),
        ("kind: rsync, to: 'h:/a', ssh: '-p 22'", "`publish.live.ssh` is no command"),
        ("kind: git, base_url: example.org", "`publish.live.base_url` is no address"),
        ("kind: git, after: [' ']", "`publish.live.after` has a command that is empty"),
        ("kind: git, grace_days: -1", "`publish.live.grace_days` must be a whole number >= 0"),
        ("kind: ftp", "2:16: error: `publish.live.kind` must be `folder` or `git` or"),
        ("bucket: x", "2:9: error: `publish.live` lacks `kind` | one of folder, git, s3, gcs, azure, rsync"),
        ("kind: s3", "2:9: error: `publish.live` lacks `bucket`"),
        ("kind: s3, bucket: 5", "`publish.live.bucket` must be text, not a whole number | put it in quotes"),
        ("kind: s3, buket: herald, bucket: herald", "unknown setting `publish.live.buket` | did you mean `bucket`?"),
        ("kind: s3, bucket: herald, secret_access_key: hush", "unknown setting `publish.live.secret_access_key`"),
        ("kind: git, path: x", "unknown setting `publish.live.path`"),
    ],
)
def test_what_a_target_can_not_be_is_told_with_its_place(text, expected):
    told = refused(text)
    assert expected in told
    assert "hush" not in told


def test_a_target_has_a_plain_name():
    with pytest.raises(SiteError) as error:
        parse_settings("publish:\n  live site: {kind: git}\n", "b.yaml")
    assert str(error.value) == "b.yaml:2:3: error: a target can not be called 'live site'"


def test_mistakes_in_several_targets_are_told_at_once_each_by_its_name():
    text = "publish:\n  one: {kind: folder}\n  two: {kind: folder}\n  three: {kind: s3, bucket: [x]}\n"
    with pytest.raises(SiteError) as error:
        parse_settings(text, "b.yaml")
    assert str(error.value).splitlines() == [
        "b.yaml:2:8: error: `publish.one` lacks `path`",
        "b.yaml:3:8: error: `publish.two` lacks `path`",
        "b.yaml:4:29: error: `publish.three.bucket` must be text, not a list",
    ]
