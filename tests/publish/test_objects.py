"""A site in an object store, over HTTP: what arrives, how it is served, and what is sent again."""

import gzip
from collections.abc import Callable, Mapping

import pytest
from crawl import missing
from object_servers import HASTE, NOW, Bucketeer, Proxy, Stored, publish
from obstore.store import MemoryStore
from releases import FILES_A, FILES_B, release_a, release_b, release_of

from broadsheet.problems import SiteError
from broadsheet.publish.objects import hosts
from broadsheet.publish.objects.bucket import Bucket
from broadsheet.publish.objects.store import Objects, objects_of
from broadsheet.publish.plan import make_plan
from broadsheet.publish.release import LEDGER, Ledger, ledger_of
from broadsheet.publish.sending import planned
from broadsheet.targets import GcsTarget, S3Target

Make = Callable[..., Objects]


def content_of(stored: Stored | None) -> bytes | None:
    if stored is None:
        return None
    return gzip.decompress(stored.content) if stored.headers.get("Content-Encoding") == "gzip" else stored.content


def held(server: Bucketeer, bucket: str, prefix: str = "") -> dict[str, bytes | None]:
    """Return what a bucket holds, without what is ours to remember."""
    keys = {key.removeprefix(prefix): key for key in server.keys(bucket) if key.startswith(prefix)}
    return {path: content_of(server.get(bucket, key)) for path, key in keys.items() if path != LEDGER}


def ledger_at(server: Bucketeer, bucket: str) -> Ledger:
    stored = server.get(bucket, LEDGER)
    assert stored
    ledger, remark = ledger_of(stored.content)
    assert not remark
    return ledger


def differing() -> list[str]:
    return sorted(path for path in FILES_B if FILES_A.get(path) != FILES_B[path])


@pytest.mark.parametrize(
    "settings", [{}, {"gzip": True}, {"prefix": "news/2026"}, {"prefix": "news/2026/", "gzip": True}]
)
def test_a_bucket_holds_what_was_built_byte_for_byte(
    moto: Bucketeer, bucket: str, target: Make, settings: Mapping[str, object]
):
    prefix = f"{settings['prefix']}/".replace("//", "/") if "prefix" in settings else ""
    publish(target(**settings), release_a(target(**settings).headers))
    assert held(moto, bucket, prefix) == FILES_A
    publish(target(**settings), release_b(target(**settings).headers))
    assert held(moto, bucket, prefix) == FILES_B
    assert missing(lambda path: content_of(moto.get(bucket, prefix + path)), "https://news.example.org/") == []


def test_only_files_that_differ_are_sent(moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]):
    between = proxy(moto)
    there = target(between.address)
    publish(there, release_a(there.headers))
    assert between.sent(bucket) == sorted(FILES_A)
    between.reset()
    publish(there, release_b(there.headers))
    assert between.sent(bucket) == differing()


def test_a_release_that_is_there_is_not_sent_and_not_even_noted(
    moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    between = proxy(moto)
    there = target(between.address, gzip=True)
    publish(there, release_a(there.headers))
    between.reset()
    publish(there, release_a(there.headers))
    # The lock: looked for, made, read back, and in the end looked at and removed. A list, and the ledger.
    asked = sorted((asked.method, asked.path.removeprefix(f"/{bucket}").lstrip("/")) for asked in between.asked)
    lock = ".broadsheet-lock"
    expected = [("DELETE", lock), *[("GET", lock)] * 3, ("GET", LEDGER), ("GET", ""), ("PUT", lock)]
    assert asked in (sorted(expected), sorted([("POST", ""), *expected[1:]]))


def test_one_changed_page_is_the_only_file_that_is_sent(
    moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    between = proxy(moto)
    there = target(between.address)
    publish(there, release_a(there.headers))
    between.reset()
    page = "news/2024-05-02-changes/index.html"
    publish(there, release_of("c", {**FILES_A, page: b"<p>Mended</p>"}, there.headers))
    assert between.sent(bucket) == [page]


def test_somebody_who_only_looks_writes_nothing(
    moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    between = proxy(moto)
    there = target(between.address)
    with planned(release_a(there.headers), there, NOW, 0, None) as publishing:
        assert len(publishing.plan.new) == len(FILES_A)
    assert {asked.method for asked in between.asked} == {"GET"}
    assert moto.keys(bucket) == set()


HEADERS = {
    "index.html": ("text/html; charset=utf-8", "public, max-age=300"),
    "feed.xml": ("application/xml", "public, max-age=300"),
    "robots.txt": ("text/plain; charset=utf-8", "public, max-age=300"),
    "theme/style.css": ("text/css; charset=utf-8", "public, max-age=3600"),
    "theme/script.js": ("text/javascript; charset=utf-8", "public, max-age=3600"),
    "theme/paper.svg": ("image/svg+xml", "public, max-age=3600"),
    "files/a plan & more (1).pdf": ("application/pdf", "public, max-age=3600"),
    "pagefind/pagefind-entry.json": ("application/json", "public, max-age=300"),
}


@pytest.mark.parametrize("path", HEADERS)
def test_the_server_sends_type_and_time_to_keep(moto: Bucketeer, bucket: str, target: Make, path: str):
    publish(target(), release_a(target().headers))
    stored = moto.get(bucket, path, "HEAD")
    assert stored
    assert (stored.headers["Content-Type"], stored.headers["Cache-Control"]) == HEADERS[path]
    assert "Content-Encoding" not in stored.headers


def test_what_has_its_digest_in_its_name_is_kept_for_ever(moto: Bucketeer, bucket: str, target: Make):
    publish(target(), release_a(target().headers))
    lasting = [path for path in FILES_A if path.endswith((".webp", ".pf_fragment", ".pf_index"))]
    assert len(lasting) == 4
    for path in lasting:
        stored = moto.get(bucket, path, "HEAD")
        assert stored
        assert stored.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_texts_are_stored_compressed_where_that_is_wanted_and_pictures_are_not(
    moto: Bucketeer, bucket: str, target: Make
):
    there = target(gzip=True)
    publish(there, release_a(there.headers))
    page = moto.get(bucket, "index.html")
    assert page
    assert page.headers["Content-Encoding"] == "gzip"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert len(page.content) < len(FILES_A["index.html"])
    assert there.fetch("index.html") == FILES_A["index.html"]
    for path in ("files/a plan & more (1).pdf", "theme/more.css"):
        stored = moto.get(bucket, path)
        assert stored
        assert "Content-Encoding" not in stored.headers


def test_the_ledger_is_never_kept_by_caches(moto: Bucketeer, bucket: str, target: Make):
    publish(target(), release_a())
    stored = moto.get(bucket, LEDGER, "HEAD")
    assert stored
    assert (stored.headers["Content-Type"], stored.headers["Cache-Control"]) == ("application/json", "no-store")


def test_other_headers_are_a_change(moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]):
    publish(target(), release_a(target().headers))
    between = proxy(moto)
    there = target(between.address, page_seconds=60)
    publish(there, release_a(there.headers))
    assert "index.html" in between.sent(bucket)
    assert "theme/style.css" not in between.sent(bucket)
    stored = moto.get(bucket, "index.html", "HEAD")
    assert stored
    assert stored.headers["Cache-Control"] == "public, max-age=60"


def test_what_somebody_else_put_there_stays(moto: Bucketeer, bucket: str, target: Make):
    moto.put(bucket, "cats/cat.html", b"a cat")
    moto.put(bucket, "cats/", b"")
    publish(target(), release_a())
    publish(target(), release_b())
    assert held(moto, bucket) == {**FILES_B, "cats/cat.html": b"a cat", "cats/": b""}


def test_what_somebody_else_changed_is_seen(moto: Bucketeer, bucket: str, target: Make):
    publish(target(), release_a())
    moto.put(bucket, "index.html", b"overwritten")
    moto.put(bucket, "theme/old.svg", b"overwritten")
    moto.delete(bucket, "latest/index.html")
    release = release_b()
    standing = target().standing(release.items)
    assert standing.found["index.html"].mark == ""
    assert "latest/index.html" not in standing.found
    assert make_plan(release.items, standing, 0, 0).left == ("theme/old.svg",)
    publish(target(), release)
    assert held(moto, bucket) == {**FILES_B, "theme/old.svg": b"overwritten"}


def test_a_name_that_is_taken_is_known_to_be_somebody_elses(moto: Bucketeer, bucket: str, target: Make):
    moto.put(bucket, "index.html", b"a page of somebody else")
    with planned(release_a(), target(), NOW, 0, None) as publishing:
        assert publishing.plan.foreign == ("index.html",)


@pytest.mark.parametrize("damage", [None, b"{}}", b'{"version": 99}'])
def test_without_a_good_ledger_nothing_is_sent_again(
    moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy], damage: bytes | None
):
    there = target(gzip=True)
    before = publish(there, release_a(there.headers))
    if damage is None:
        moto.delete(bucket, LEDGER)
    else:
        moto.put(bucket, LEDGER, damage)
    between = proxy(moto)
    there = target(between.address, gzip=True)
    assert bool(there.standing({}).remark) == (damage is not None)
    assert publish(there, release_a(there.headers)) == before
    assert between.sent(bucket) == []
    assert ledger_at(moto, bucket) == before


def test_an_object_with_a_name_that_can_not_be_listed_is_no_obstacle(moto: Bucketeer, bucket: str, target: Make):
    publish(target(), release_a())
    moto.put(bucket, "a//b", b"odd")
    moto.put(bucket, "../c", b"odd")
    publish(target(), release_b())
    assert held(moto, bucket) == {**FILES_B, "a//b": b"odd", "../c": b"odd"}


def test_files_of_any_name_and_size_come_back_as_they_were(moto: Bucketeer, bucket: str, target: Make):
    names = ["a%20b.html", "x#y?z.html", "s t*[u]~|{}^`\\<>\"'.html", "+&=@:;,$!.txt", "ü/é.html", "日本/語.html"]
    files = {name: name.encode() * 200 for name in names} | {"large.pdf": b"0123456789abcdef" * (5 * 2**18)}
    there = target(gzip=True)
    publish(there, release_of("odd", files, there.headers))
    assert held(moto, bucket) == files
    assert {path: there.fetch(path) for path in files} == files
    with planned(release_of("odd", files, there.headers), there, NOW, 0, None) as again:
        assert again.plan.is_empty


def test_a_file_that_only_claims_to_be_compressed_comes_back_as_it_is():
    store = MemoryStore()
    there = Objects(GcsTarget(bucket="b"), Bucket(store, hosts.GCS, "b", "gs://b"), HASTE)
    for path, content in {"plain": b"unpacked on its way", "damaged": b"\x1f\x8b\x08damaged"}.items():
        store.put(path, content, attributes={"Content-Encoding": "gzip"})
        assert there.fetch(path) == content


def test_a_file_that_is_gone_can_not_be_fetched(target: Make):
    with pytest.raises(SiteError, match=r"index\.html is not there"):
        target().fetch("index.html")


def test_a_store_without_http_is_published_to_alike():
    store = MemoryStore()
    settings = GcsTarget(bucket="b", gzip=True)
    there = Objects(settings, Bucket(store, hosts.GCS, "b", "gs://b"), HASTE)
    publish(there, release_a(there.headers))
    publish(there, release_b(there.headers))
    listed = [each["path"] for chunk in store.list() for each in chunk]
    assert sorted(listed) == sorted([*FILES_B, LEDGER])
    assert {path: there.fetch(path) for path in FILES_B} == FILES_B
    with planned(release_b(there.headers), there, NOW, 0, None) as again:
        assert again.plan.is_empty


def test_files_are_sent_to_a_server_that_looks_at_signatures(
    rclone: Bucketeer, credentials: None, proxy: Callable[..., Proxy]
):
    between = proxy(rclone)
    settings = S3Target(bucket="site", endpoint=between.address, gzip=True)
    there = objects_of(settings, HASTE)
    publish(there, release_a(there.headers))
    between.reset()
    publish(there, release_b(there.headers))
    assert between.sent("site") == differing()
    assert {path: there.fetch(path) for path in FILES_B} == FILES_B
    assert set(there._bucket.listed() or ()) == {*FILES_B, LEDGER}
    between.reset()
    publish(there, release_b(there.headers))
    assert [asked for asked in between.asked if asked.method == "PUT" and "lock" not in asked.path] == []
