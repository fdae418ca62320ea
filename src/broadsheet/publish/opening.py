"""The settings of a target to what publishes there. What a kind needs is imported when it is asked for."""

from __future__ import annotations

from pathlib import Path

from broadsheet.publish.target import Patience, Target
from broadsheet.read.folders import Folders
from broadsheet.targets import AnyTarget


def opened(target: AnyTarget, folders: Folders, built: Path, patience: Patience) -> Target:
    """Return what publishes the output in the folder `built` to a target of a site. Raises `SiteError`."""
    raise NotImplementedError
