"""A bucket of an object store, by obstore: objects put there, listed, read and deleted. Knows no site.

What a network or a host can cause is raised as `SiteError`; of that, what passes was tried again before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from obstore.exceptions import AlreadyExistsError, BaseError, InvalidPathError, NotSupportedError, PreconditionError
from obstore.store import AzureStore, GCSStore, S3Store

from broadsheet.problems import Place, Problem, SiteError
from broadsheet.publish.objects.errors import explained
from broadsheet.publish.objects.hosts import AZURE, GCS, S3, Host
from broadsheet.publish.release import OURS
from broadsheet.publish.target import Patience
from broadsheet.targets import AzureTarget, GcsTarget, S3Target

if TYPE_CHECKING:
    from obstore import PutMode, UpdateVersion
    from obstore.store import ClientConfig, ObjectStore, RetryConfig, S3CredentialProvider

# From this size on an object is sent in parts, each of them a request of its own, so that none takes too long.
_LARGE = 16 * 2**20
_PART = 8 * 2**20
_PARTS_AT_ONCE = 2
_PAGE = 1000
# A request that is tried again is not signed anew, and no signature is good for long.
_LONGEST_RETRY = 240.0
# Where obstore finds credentials itself.
_S3_ENVIRONMENT = (
    "AWS_ACCESS_KEY_ID AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI "
    "AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_SKIP_SIGNATURE"
).split()
_FAILURES = (BaseError, OSError, NotImplementedError)
_CHANGED = (AlreadyExistsError, PreconditionError, FileNotFoundError)
_UNSUPPORTED = (NotSupportedError, NotImplementedError)


class ChangedError(Exception):
    """An object is not, or no longer, what a write was bound to."""


class UnconditionalError(Exception):
    """The host can not bind a write to what is there."""


class Stored(Struct, frozen=True):
    """An object as it is now: its content, empty where only its head was asked for, its size in bytes, its attributes.

    `tag` stands for this version of it; `version` is what a write can be bound to.
    """

    content: bytes
    size: int
    attributes: dict[str, str]
    tag: str
    version: UpdateVersion


class Bucket:
    """A bucket, or a folder within one; the paths of objects are relative to it."""

    def __init__(self, store: ObjectStore, host: Host, name: str, place: str) -> None:
        """Take an open `store`. `name` is that of the bucket, and `place` is how problems name where it is."""
        self.host, self.name, self.place = host, name, place
        self._store = store

    def put(self, path: str, content: bytes, attributes: Mapping[str, str]) -> str:
        """Put an object there, over one that may be there, and return its tag. Raises `SiteError`."""
        with self._explained(path):
            done = self._store.put(
                path,
                content,
                attributes=dict(attributes),
                use_multipart=len(content) > _LARGE,
                chunk_size=_PART,
                max_concurrency=_PARTS_AT_ONCE,
            )
        return _tag(done["e_tag"])

    def put_bound(self, path: str, content: bytes, attributes: Mapping[str, str], to: Stored | None) -> None:
        """Put an object there if that version of it is there, or none.

        Raises `SiteError`, `ChangedError` if something else is there, `UnconditionalError` if the host can not tell.
        """
        mode: PutMode = to.version if to else "create"
        with self._explained(path):
            try:
                self._store.put(path, content, attributes=dict(attributes), mode=mode, use_multipart=False)
            except _FAILURES as error:
                if isinstance(error, _CHANGED) and not self._is_no_bucket(error):
                    raise ChangedError from None
                if isinstance(error, _UNSUPPORTED) or "status code: 501" in str(error):
                    raise UnconditionalError from None
                raise

    def read(self, path: str) -> Stored | None:
        """Return an object, or None where there is none. Raises `SiteError`."""
        return self._got(path, head=False)

    def head(self, path: str) -> Stored | None:
        """Return an object without its content, or None where there is none. Raises `SiteError`."""
        return self._got(path, head=True)

    def listed(self) -> dict[str, tuple[int, str]] | None:
        """Return the sizes and tags of all objects by path. Raises `SiteError`.

        None where there is one that obstore can not name, such as `a//b`: it gives no list then.
        """
        with self._explained(""):
            try:
                chunks = self._store.list(chunk_size=_PAGE)
                return {each["path"]: (each["size"], _tag(each["e_tag"])) for chunk in chunks for each in chunk}
            except InvalidPathError:
                return None

    def delete(self, paths: Sequence[str]) -> None:
        """Delete objects; those that are gone already are no matter. Raises `SiteError`."""
        with self._explained(paths[0]):
            try:
                self._store.delete(list(paths))
            except FileNotFoundError as error:
                if self._is_no_bucket(error):
                    raise
                # Whether those after it were deleted nobody says.
                for path in paths:
                    with suppress(FileNotFoundError):
                        self._store.delete(path)

    def _got(self, path: str, *, head: bool) -> Stored | None:
        with self._explained(path):
            try:
                got = self._store.get(path, options={"head": head})
                content = b"" if head else bytes(got.bytes())
            except FileNotFoundError as error:
                if self._is_no_bucket(error):
                    raise
                return None
            meta = got.meta
            version: UpdateVersion = {}
            if meta["e_tag"] is not None:
                version["e_tag"] = meta["e_tag"]
            if meta["version"] is not None:
                version["version"] = meta["version"]
            return Stored(content, meta["size"], dict(got.attributes), _tag(meta["e_tag"]), version)

    def _is_no_bucket(self, error: Exception) -> bool:
        return "NoSuchBucket" in str(error) or "ContainerNotFound" in str(error)

    @contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            message, hint = explained(str(error), self.host, self.name)
        else:
            return
        # Not chained to what obstore said, which may hold a signature.
        about = f"{path}: {message}" if path and not path.startswith(OURS) else message
        raise SiteError([Problem(Place(self.place), about, hint)])


def bucket_of(settings: S3Target | GcsTarget | AzureTarget, patience: Patience) -> Bucket:
    """Return the bucket that the settings name, with the credentials of the environment. Raises `SiteError`."""
    prefix = settings.prefix.strip("/")
    host, name, scheme = _named(settings)
    place = f"{scheme}://{name}/{prefix}".rstrip("/")
    try:
        store = _opened(settings, prefix or None, patience)
    except (*_FAILURES, ValueError) as error:
        message, hint = explained(str(error), host, name)
    else:
        return Bucket(store, host, name, place)
    raise SiteError([Problem(Place(place), message, hint)])


def _named(settings: S3Target | GcsTarget | AzureTarget) -> tuple[Host, str, str]:
    match settings:
        case S3Target():
            return S3, settings.bucket, "s3"
        case GcsTarget():
            return GCS, settings.bucket, "gs"
        case AzureTarget():
            return AZURE, settings.container, "az"


def _opened(settings: S3Target | GcsTarget | AzureTarget, prefix: str | None, patience: Patience) -> ObjectStore:
    retry = _retry_config(patience)
    endpoint = None if isinstance(settings, GcsTarget) else settings.endpoint
    client: ClientConfig = {"timeout": f"{patience.request * 1000:.0f}ms"}
    if endpoint and endpoint.lower().startswith("http://"):
        client["allow_http"] = True
    # What is not given is obstore's to find in the environment.
    given = {"endpoint": endpoint} if endpoint else {}
    match settings:
        case S3Target():
            if settings.region:
                given["region"] = settings.region
            return S3Store(
                settings.bucket,
                prefix=prefix,
                config=given,  # type: ignore[arg-type]
                client_options=client,
                retry_config=retry,
                credential_provider=_aws_tools(),
            )
        case GcsTarget():
            return GCSStore(settings.bucket, prefix=prefix, client_options=client, retry_config=retry)
        case AzureTarget():
            if settings.account:
                given["account_name"] = settings.account
            return AzureStore(
                settings.container,
                prefix=prefix,
                config=given,  # type: ignore[arg-type]
                client_options=client,
                retry_config=retry,
            )


def _retry_config(patience: Patience) -> RetryConfig:
    longest = patience.attempts * (patience.request + patience.longest_pause)
    return {
        "max_retries": patience.attempts - 1,
        "backoff": {
            "init_backoff": timedelta(seconds=patience.pause),
            "max_backoff": timedelta(seconds=patience.longest_pause),
            "base": 2,
        },
        "retry_timeout": timedelta(seconds=min(longest, _LONGEST_RETRY)),
    }


def _aws_tools() -> S3CredentialProvider | None:
    """Return what asks the profiles of AWS' own tools, where the environment has no key and boto3 is installed."""
    if any(os.environ.get(name) for name in _S3_ENVIRONMENT):
        return None
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415
    except ImportError:
        return None
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        return Boto3CredentialProvider()
    except BotoCoreError as error:
        # Such as a profile that is not there: it says so itself, and has no secret to tell.
        raise ValueError(str(error)) from None
    except ValueError:
        raise ValueError("Missing AccessKeyId") from None


def _tag(e_tag: str | None) -> str:
    """Return an ETag without its quotation marks: some hosts leave them out in lists."""
    return (e_tag or "").removeprefix("W/").strip('"')
