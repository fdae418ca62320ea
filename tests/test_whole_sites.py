"""Whole sites at random: whatever their files hold, a site is built right or refused with what is wrong with it."""

import re
import tempfile
from email import message_from_bytes, policy
from pathlib import Path

import html5lib
import pytest
from hypothesis import HealthCheck, event, given, settings

import strategies
from broadsheet.problems import Severity
from broadsheet.read.records import RecordReader
from test_canary import found_in
from test_incremental import (  # noqa: F401
    IN_MEMORY,
    NOW,
    _templates_are_compiled_once,
    clean,
    command,
    files_in,
    outcome,
)
from test_outputs import NO_TEXT, assert_well_formed

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=150, suppress_health_check=UNHURRIED)
@given(strategies.record_files())
def test_any_file_is_a_record_or_has_an_error(data: bytes) -> None:
    record, problems = RecordReader().read(data, "2024-05-01-a.md", "_news/2024-05-01-a.md")
    assert (record is None) == any(problem.severity is Severity.ERROR for problem in problems)
    assert all(problem.place.file == "_news/2024-05-01-a.md" for problem in problems)


def check_site(files: dict[str, bytes]) -> None:
    """Build a site three times: from nothing, again, and from nothing elsewhere."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        site = Path(folder) / "site"
        for name, content in files.items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_bytes(content)
        result, problems = outcome(lambda: command(site, NOW))
        event("refused" if result is None else "built")
        if result is None:
            assert problems
            assert files_in(site / "public") == {}
            return
        first = files_in(site / "public")
        assert found_in(site / "public") == []
        check_output({name: content for name, content in first.items() if not is_foreign(name)})
        assert outcome(lambda: command(site, NOW))[1] == problems
        assert files_in(site / "public") == first
        clean(site, NOW, None, Path(folder) / "elsewhere")
        assert files_in(Path(folder) / "elsewhere") == first
        # Nothing else was touched.
        assert {name: (site / name).read_bytes() for name in files} == files


def check_output(files: dict[str, bytes]) -> None:
    """Every file can be read as its readers do, and nothing in it runs."""
    emails = {name for name in files if name.startswith("editions/") and "/email." in name}
    assert_well_formed({name: content for name, content in files.items() if name not in emails})
    for name in emails:
        text = files[name].decode("utf-8")
        if name.endswith(".html"):
            check_email(text)
        elif name.endswith(".eml"):
            message = message_from_bytes(files[name], policy=policy.default)
            assert not message.defects
            assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
            check_email(message.get_body(("html",)).get_content())
        else:
            assert not NO_TEXT.search(text)


def check_email(html: str) -> None:
    """Unlike pages, emails have styles of their own."""
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    for element in root.iter():
        assert element.tag not in {"script", "iframe", "svg", "form", "object", "embed", "base", "link"}
        assert not any(attribute.startswith("on") for attribute in element.attrib)
        for attribute in {"href", "src"} & set(element.attrib):
            assert re.match(r"https?://|mailto:|/(?![/\\])|#", element.get(attribute))


def is_foreign(name: str) -> bool:
    return name.startswith(("theme/", ".broadsheet", "pics/"))


@settings(max_examples=15, suppress_health_check=UNHURRIED)
@given(strategies.sites())
def test_any_site_is_built_right_or_refused(files: dict[str, bytes]) -> None:
    check_site(files)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=UNHURRIED)
@given(strategies.sites())
def test_any_of_many_sites_is_built_right_or_refused(files: dict[str, bytes]) -> None:
    check_site(files)
