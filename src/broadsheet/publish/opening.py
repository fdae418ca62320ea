"""The settings of a target to what publishes there. What a kind needs is imported when it is asked for."""

from __future__ import annotations

from pathlib import Path

from broadsheet.extras import missing
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.publish.target import Patience, Target
from broadsheet.read.folders import Folders
from broadsheet.targets import AnyTarget, AzureTarget, FolderTarget, GcsTarget, GitTarget, RsyncTarget, S3Target


def opened(target: AnyTarget, folders: Folders, built: Path, patience: Patience) -> Target:
    """Return what publishes the output in the folder `built` to a target of a site. Raises `SiteError`."""
    match target:
        case FolderTarget():
            from broadsheet.publish.folder.layout import folder_target  # noqa: PLC0415

            return folder_target(target, folders)
        case GitTarget():
            from broadsheet.publish.git.branch import GitTarget as Branch  # noqa: PLC0415

            return Branch(target, folders.root, patience, aside=built.parent)
        case RsyncTarget():
            from broadsheet.publish.rsync.folder import RsyncFolder  # noqa: PLC0415

            return RsyncFolder(target, built, patience)
        case S3Target() | GcsTarget() | AzureTarget():
            return _object_store(target, folders, patience)


def _object_store(target: S3Target | GcsTarget | AzureTarget, folders: Folders, patience: Patience) -> Target:
    if lack := missing("s3", "to publish to an object store"):
        raise SiteError([Problem(Place(folders.root.as_posix()), *lack)])
    from broadsheet.publish.objects.store import objects_of  # noqa: PLC0415

    return objects_of(target, patience)
