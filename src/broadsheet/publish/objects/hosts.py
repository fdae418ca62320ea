"""What the object stores are called, want to know, and let objects be called. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

# Besides what no store takes: what the XML of their lists can not hold.
_NO_TEXT = re.compile("[\x00-\x1f\x7f\x80-\x9f\ud800-\udfff\ufffe\uffff]").search
_MOST_BYTES = 1024
_MOST_CHARACTERS = 1024
_MOST_SEGMENTS = 254
_CHALLENGES = ".well-known/acme-challenge/"


class Host(Struct, frozen=True):
    """A kind of object store: its name, what it calls a bucket, and where credentials for it come from.

    `objection` returns what it has against the whole name of an object, as a part of a sentence, empty for nothing.
    """

    name: str
    noun: str
    credentials: str
    objection: Callable[[str], str]


def _against_any(name: str) -> str:
    if _NO_TEXT(name):
        return "it holds a control character"
    if {"", ".", ".."} & set(name.split("/")):
        return "a part of it is empty, `.` or `..`"
    return ""


def _against_bytes(name: str) -> str:
    size = len(name.encode("utf-8", "replace"))
    return f"it has {size:,} bytes, and {_MOST_BYTES:,} are the most" if size > _MOST_BYTES else ""


def _against_gcs(name: str) -> str:
    reserved = f"what begins with {_CHALLENGES} is kept for others" if name.startswith(_CHALLENGES) else ""
    return _against_any(name) or _against_bytes(name) or reserved


def _against_azure(name: str) -> str:
    parts = name.split("/")
    if len(name.encode("utf-16-le", "replace")) // 2 > _MOST_CHARACTERS:
        return f"it is longer than {_MOST_CHARACTERS:,} characters"
    if len(parts) > _MOST_SEGMENTS:
        return f"it lies {len(parts):,} folders deep, and {_MOST_SEGMENTS} are the most"
    if any(part.endswith((".", "\\")) for part in parts):
        return "a part of it ends with a dot or a backslash"
    return _against_any(name)


S3 = Host(
    "S3",
    "bucket",
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN where they are for a while; with boto3 "
    "installed AWS_PROFILE counts, too",
    lambda name: _against_any(name) or _against_bytes(name),
)
GCS = Host(
    "Google Cloud Storage",
    "bucket",
    "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account, or run `gcloud auth application-default "
    "login`",
    _against_gcs,
)
AZURE = Host(
    "Azure",
    "container",
    "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or AZURE_STORAGE_SAS_TOKEN",
    _against_azure,
)
