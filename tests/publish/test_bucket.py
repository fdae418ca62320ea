"""What a bucket does where stores differ."""

from pathlib import Path

import pytest
from object_servers import HASTE, Bucketeer
from obstore.store import LocalStore, MemoryStore

from broadsheet.problems import SiteError
from broadsheet.publish.objects.bucket import Bucket, ChangedError, UnconditionalError, bucket_of
from broadsheet.publish.objects.hosts import GCS, S3
from broadsheet.targets import S3Target


def test_a_store_that_can_not_bind_a_write_says_so(tmp_path: Path):
    bucket = Bucket(LocalStore(tmp_path), S3, "b", "s3://b")
    bucket.put("a", b"1", {})
    with pytest.raises(UnconditionalError):
        bucket.put_bound("a", b"2", {}, bucket.read("a"))


def test_a_write_that_is_bound_to_another_version_is_refused():
    bucket = Bucket(MemoryStore(), GCS, "b", "gs://b")
    bucket.put_bound("a", b"1", {}, None)
    before = bucket.read("a")
    bucket.put_bound("a", b"2", {}, before)
    for outdated in (None, before):
        with pytest.raises(ChangedError):
            bucket.put_bound("a", b"3", {}, outdated)
    after = bucket.read("a")
    assert after
    assert after.content == b"2"


def test_files_that_are_gone_keep_nobody_from_deleting_the_others(tmp_path: Path):
    bucket = Bucket(LocalStore(tmp_path), S3, "b", "s3://b")
    for path in ("a", "c"):
        bucket.put(path, b"", {})
    bucket.delete(["a", "b", "c"])
    assert bucket.listed() == {}


@pytest.mark.parametrize("write", ["put", "put_bound", "read", "listed"])
def test_a_missing_bucket_is_told_whatever_is_done_to_it(moto: Bucketeer, credentials: None, write: str):
    bucket = bucket_of(S3Target(bucket="not-there", endpoint=moto.address), HASTE)
    calls = {
        "put": lambda: bucket.put("a", b"", {}),
        "put_bound": lambda: bucket.put_bound("a", b"", {}, None),
        "read": lambda: bucket.read("a"),
        "listed": bucket.listed,
    }
    with pytest.raises(SiteError, match="there is no bucket not-there"):
        calls[write]()


def test_a_missing_object_is_none(moto: Bucketeer, bucket: str, credentials: None):
    there = bucket_of(S3Target(bucket=bucket, endpoint=moto.address), HASTE)
    assert there.read("a") is None
    assert there.head("a") is None


def test_what_the_system_refuses_is_told(tmp_path: Path):
    bucket = Bucket(LocalStore(tmp_path), S3, "b", "s3://b")
    bucket.put("a", b"", {})
    with pytest.raises(SiteError, match=r"s3://b: error: a/b: S3"):
        bucket.put("a/b", b"", {})
