"""Where the checkers are, and what happens when one is missing."""

import os

import pytest
from judged import ROOT

NODE_MODULES = ROOT / ".tools/node_modules"
VNU = NODE_MODULES / "vnu-jar/build/dist/vnu.jar"


def require(tool: str, found: object) -> None:
    """Skip the test where a tool was not found, or fail it where BROADSHEET_REQUIRE_TOOLS is set."""
    if not found:
        (pytest.fail if os.environ.get("BROADSHEET_REQUIRE_TOOLS") else pytest.skip)(f"{tool} is missing")
