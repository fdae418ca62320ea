"""Where a site is published to: what `publish:` may say of each kind of target. Types only, immutable.

No field takes a password or a key: those come from the environment, or from the stores of the tools themselves.
"""

from typing import Annotated

from msgspec import Meta, Struct

Days = Annotated[int, Meta(ge=0, le=3650)]
Seconds = Annotated[int, Meta(ge=0, le=365 * 24 * 3600)]
Number = Annotated[int, Meta(ge=1, le=1000)]


class Target(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every kind of target may say."""

    base_url: Annotated[str | None, Meta(description="where this target is read, if not at the site's `base_url`")] = (
        None
    )
    grace_days: Annotated[
        Days,
        Meta(description="how long pictures, styles, scripts and parts of the search index stay that no page needs"),
    ] = 7
    after: Annotated[
        tuple[str, ...],
        Meta(
            description="commands for the shell, run in the site's folder after something was published; the "
            "environment has `BROADSHEET_TARGET`, `BROADSHEET_URLS` (a file, one changed address a line)"
        ),
    ] = ()


class FolderTarget(Target, frozen=True, kw_only=True, tag="folder"):
    """A folder of this machine, or one that is mounted."""

    path: Annotated[str, Meta(description="what the web server serves; relative to the site's folder")]
    releases: Annotated[
        bool | None,
        Meta(
            description="`true`: the path is a link, switched between releases that lie beside it; `false`: files are "
            "replaced one by one (default: `true` where nothing stands at the path or such a link, else `false`)"
        ),
    ] = None
    keep: Annotated[Number, Meta(description="how many releases to keep, the present one included")] = 5


class GitTarget(Target, frozen=True, kw_only=True, tag="git"):
    """A branch of a git repository, such as GitHub Pages'."""

    remote: Annotated[
        str, Meta(description="a remote of the repository that the site is in, or an address, without a password")
    ] = "origin"
    branch: Annotated[str, Meta(description="the branch that is published")] = "gh-pages"
    cname: Annotated[
        str | None, Meta(description="the domain for the file `CNAME`; without it such a file stays as it is")
    ] = None
    nojekyll: Annotated[bool, Meta(description="`false` writes no file `.nojekyll`")] = True
    force: Annotated[
        bool,
        Meta(description="`true` replaces the branch by one commit each time, so that it has no history"),
    ] = False


class ObjectTarget(Target, frozen=True, kw_only=True):
    """What the object stores have in common."""

    prefix: Annotated[str, Meta(description="a folder within the bucket or container, if not the whole of it")] = ""
    gzip: Annotated[
        bool,
        Meta(description="`true` stores texts compressed (`Content-Encoding: gzip`), for hosts that do not compress"),
    ] = False
    page_seconds: Annotated[
        Seconds, Meta(description="how long browsers and CDNs may keep pages and feeds: their `max-age`")
    ] = 300
    asset_seconds: Annotated[
        Seconds,
        Meta(description="how long they may keep other files; those that never change are kept for a year"),
    ] = 3600


class S3Target(ObjectTarget, frozen=True, kw_only=True, tag="s3"):
    """A bucket of Amazon S3, or of what speaks its protocol: R2, MinIO, B2, Spaces."""

    bucket: Annotated[str, Meta(description="the name of the bucket")]
    region: Annotated[str | None, Meta(description="its region (default: that of the environment)")] = None
    endpoint: Annotated[
        str | None, Meta(description="the address of another provider: `https://….r2.cloudflarestorage.com`")
    ] = None


class GcsTarget(ObjectTarget, frozen=True, kw_only=True, tag="gcs"):
    """A bucket of Google Cloud Storage. Experimental: tried against a store in memory only."""

    bucket: Annotated[str, Meta(description="the name of the bucket")]


class AzureTarget(ObjectTarget, frozen=True, kw_only=True, tag="azure"):
    """A container of Azure Blob Storage, `$web` for a static website."""

    container: Annotated[str, Meta(description="the name of the container")] = "$web"
    account: Annotated[str | None, Meta(description="the storage account (default: that of the environment)")] = None
    endpoint: Annotated[str | None, Meta(description="the address of an emulator")] = None


class RsyncTarget(Target, frozen=True, kw_only=True, tag="rsync"):
    """A folder of a machine that ssh reaches."""

    to: Annotated[str, Meta(description="as rsync has it: `user@host:/srv/www/news`")]
    ssh: Annotated[str, Meta(description="the program that connects, with its options: `ssh -p 2222`")] = "ssh"


AnyTarget = FolderTarget | GitTarget | S3Target | GcsTarget | AzureTarget | RsyncTarget
