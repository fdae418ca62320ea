"""Lighthouse gives every kind of page all points, on a phone. It measures time, so nothing else may run beside it."""

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from judged import BROWSER_FLAGS, KINDS, SITES

pytestmark = [pytest.mark.slow, pytest.mark.alone]

CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
RUNS = 3

Report = dict[str, Any]
Lighthouse = Callable[..., Report]


@pytest.fixture(scope="module")
def lighthouse(chromium: str, node_tool, tmp_path_factory: pytest.TempPathFactory) -> Lighthouse:
    """Return a function that gives Lighthouse's report of an address: `categories` and `audits`, each by its name."""
    command = [
        *node_tool("lighthouse/cli/index.js"),
        "--quiet",
        "--output=json",
        "--no-enable-error-reporting",
        "--disable-full-page-screenshot",
        f"--chrome-flags=--headless=new {' '.join(map(_quoted, BROWSER_FLAGS))}",
    ]
    environment = {**os.environ, "CHROME_PATH": chromium, "TMPDIR": str(tmp_path_factory.mktemp("lighthouse"))}

    def run(address: str, *categories: str) -> Report:
        asked = [*command, address, f"--only-categories={','.join(categories)}"]
        done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False, timeout=180)
        assert done.returncode == 0, done.stderr
        report: Report = json.loads(done.stdout)
        assert "runtimeError" not in report, report["runtimeError"]
        return report

    return run


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SITES)
def test_a_page_gets_all_points(judged, lighthouse: Lighthouse, name: str, kind: str):
    address = judged(name).page(kind)
    report = lighthouse(address, *CATEGORIES)
    reports = [report]
    # Only what is measured in time varies, and to one side: a busy machine makes a page slower, none makes it quicker.
    while _points(reports[-1], "performance") < 100 and len(reports) < RUNS:
        reports.append(lighthouse(address, "performance"))
    best = max(reports, key=lambda report: _points(report, "performance"))
    lost = [f"performance:\n{_lost_points(best, 'performance')}"] if _points(best, "performance") < 100 else []
    lost += [f"{it}:\n{_lost_points(report, it)}" for it in CATEGORIES[1:] if _points(report, it) != 100]
    assert not lost, f"{address}\n" + "\n".join(lost)


def test_lost_points_are_told_with_what_to_mend(tmp_path, serve, lighthouse: Lighthouse):
    (tmp_path / "index.html").write_text("<!doctype html><title>A page</title><p>Text", encoding="utf-8")
    report = lighthouse(serve(tmp_path), "seo")
    assert _points(report, "seo") < 100
    assert "Document does not have a meta description" in _lost_points(report, "seo")


def _points(report: Report, category: str) -> int:
    return round(100 * report["categories"][category]["score"])


def _lost_points(report: Report, category: str) -> str:
    """Return the audits that cost points, or say what would save time, with the elements that they name."""
    lines = []
    for entry in report["categories"][category]["auditRefs"]:
        audit = report["audits"][entry["id"]]
        if (audit["score"] or 0) < 1 and audit["scoreDisplayMode"] in {"binary", "numeric", "metricSavings", "error"}:
            lines.append(f"  {audit['title']} {audit.get('displayValue', '')} {audit.get('explanation', '')}".rstrip())
            lines += [f"    {culprit}" for culprit in _culprits(audit)[:3]]
    return "\n".join(lines)


def _culprits(audit: Report) -> list[str]:
    """Return what an audit points at: elements, addresses or messages."""
    items = audit.get("details", {}).get("items", [])
    found = [(item.get("node") or {}).get("snippet") or item.get("description") or item.get("url") for item in items]
    return [text for text in found if isinstance(text, str)]


def _quoted(flag: str) -> str:
    name, separator, value = flag.partition("=")
    return f'{name}="{value}"' if separator else name
