"""A small program that uses everything public."""

from datetime import UTC, datetime
from pathlib import Path

import broadsheet
from broadsheet import BuildResult, Digest, Place, Problem, Severity, SiteError, Story


def built(site: Path) -> list[str]:
    steps: list[str] = []

    def told(step: str, done: int, total: int) -> None:
        steps.append(f"{step}: {done / total:.0%}")

    result: BuildResult = broadsheet.build(site, output="public", now=datetime.now(UTC), jobs=2, progress=told)
    changed: int = result.written.changed
    return [*steps, f"{changed:,} files", broadsheet.__version__.upper()]


def titles(site: str) -> list[str]:
    digest: Digest = broadsheet.load(site, drafts=True)
    hottest: Story = max(digest.site.stories, key=lambda story: story.rank)
    topics: list[str] = [digest.site.topics[topic].name for topic in hottest.topics]
    language: str = digest.settings.language
    return [*topics, language, *(item.title for item in hottest.coverage)]


def places(error: SiteError) -> list[Place]:
    problems: tuple[Problem, ...] = error.problems
    return [problem.place for problem in problems if problem.severity is Severity.ERROR]
