"""A real folder of records, published to a real server by the command: after an edit only what differs is sent."""

import json
import re
import shutil

import pytest
import yaml
from object_servers import CREDENTIALS

pytestmark = pytest.mark.slow


@pytest.fixture
def site(corpus, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    for part in ("_news", "_data"):
        shutil.copytree(corpus / "powerapps" / part, site / part)
    return site


def files_in(folder):
    named = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: content for path, content in named.items() if not path.startswith(".broadsheet")}


def pages_of(paths):
    """Those of the paths that are not the search index's, whose bytes vary from build to build."""
    return {path for path in paths if not path.startswith("pagefind/")}


def test_after_an_edit_of_one_record_the_server_is_sent_just_the_files_that_differ(
    run, site, moto, bucket, proxy, tmp_path
):
    line = proxy(moto)
    target = {"kind": "s3", "bucket": bucket, "endpoint": line.address}
    settings = {"base_url": "https://example.org/", "search": True, "publish": {"live": target}}
    (site / "broadsheet.yaml").write_text(yaml.safe_dump(settings))

    def published(now, *options):
        line.reset()
        done = run("publish", site, "--json", "--now", now, *options, timeout=300, **CREDENTIALS)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), line.sent(bucket)

    def built(now, name):
        done = run("build", site, "--output", tmp_path / name, "--clean", "--now", now, timeout=300)
        assert done.returncode == 0, done.stderr
        return files_in(tmp_path / name)

    now = "2030-01-01T12:00:00Z"
    before = built(now, "before")
    told, sent = published(now)
    assert sent == [item["path"] for item in told["new"]]
    assert pages_of(sent) == pages_of(before)
    told, sent = published(now)
    assert sent == told["new"] == told["changed"] == told["deleted"] == []

    record = sorted(site.glob("_news/*.md"))[-1]
    text = record.read_text(encoding="utf-8")
    edited, number = re.subn(r"(?m)^title: .*$", 'title: "Another headline altogether"', text, count=1)
    assert number == 1
    record.write_text(edited, encoding="utf-8")
    after = built(now, "after")
    told, sent = published(now)
    pages = pages_of({*before, *after})
    differing = {path for path in pages if before.get(path) != after.get(path)}
    assert pages_of(sent) == differing
    assert 0 < len(differing) < len(pages) / 20
    # Of the index only the parts that tell of this story; their bytes may vary, their number does not.
    assert len([path for path in sent if path.startswith("pagefind/fragment/")]) <= 2
    stored = {path: moto.get(bucket, path).content for path in differing}
    assert stored == {path: after[path] for path in differing}
