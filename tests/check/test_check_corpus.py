"""What is known to be awkward in real records is found where it is, and nothing is said of what is fine."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadsheet.check.checker import Order, check
from broadsheet.problems import Severity
from broadsheet.workers import Workers

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def found(corpus):
    """The findings in both sites: rule, start of the file's name, and path or text that the message names."""
    return {
        site: [
            (finding.rule, finding.problem.place.file.rpartition("/")[2], finding.problem)
            for finding in check(Order(corpus / site, NOW), Workers()).findings
        ]
        for site in ("azure-2020h1", "powerapps")
    }


@pytest.mark.parametrize(
    ("site", "rule", "file", "text"),
    [
        ("azure-2020h1", "removed-record", "2020-05-26-amazon-stock-is-the-coca-cola", "removed"),
        ("azure-2020h1", "outer-blanks", "2020-03-03-azure-iot-introduces", "`title`"),
        ("azure-2020h1", "outer-blanks", "2019-11-06-accelerating-blockchain", "`excerpt`"),
        ("azure-2020h1", "malformed-url", "2020-04-27-the-coca-cola-company", "a blank"),
        ("azure-2020h1", "malformed-url", "2020-05-12-capgeminis", "no ASCII"),
        ("azure-2020h1", "malformed-url", "2020-05-05-star-wars-jedi", "HTML entities"),
        ("azure-2020h1", "http-url", "2020-05-08-amazon-attacks", "`url`"),
        ("azure-2020h1", "image-is-cached", "2020-04-29-ibm-amazon-and-microsoft-race", "isCached"),
        ("azure-2020h1", "empty-excerpt", "2020-04-13-azure-machine-learningnew", "excerpt"),
        ("azure-2020h1", "duplicate-url", "2020-05-05-", "2020-05-04-cloud-providers-see"),
        ("powerapps", "mojibake", "2021-08-27-microsoft-makes-power-apps-changes", "`title`"),
        ("powerapps", "duplicate-url", "2021-08-27-microsoft-makes-power-apps-changes", "2021-08-26-"),
        ("powerapps", "invisible-character", "2023-10-10-dataverse-low-code-plug-ins", "2 characters"),
        ("powerapps", "junk-excerpt", "2024-02-05-january-2024-updates", "na"),
        ("powerapps", "embedded-html", "2020-12-03-considerations", "article"),
        ("powerapps", "duplicate-url", "2024-03-20-control-access", "258 days"),
    ],
)
def test_what_is_awkward_is_found_where_it_is(found, site, rule, file, text):
    hits = [problem for name, where, problem in found[site] if name == rule and where.startswith(file)]
    assert any(text in problem.message for problem in hits)


@pytest.mark.parametrize("site", ["azure-2020h1", "powerapps"])
def test_the_rules_that_the_sites_keep_to_find_nothing_in_them(found, site):
    """Heat and `published` follow their rules in every real record, and no address is another provider's."""
    rules = Counter(rule for rule, _, _ in found[site])
    kept = ("heat", "published", "quality", "provider-domain", "stale-related", "self-related", "unsafe-url", "time")
    assert not {rule: rules[rule] for rule in kept if rules[rule]}
    assert not [problem for _, _, problem in found[site] if problem.severity is Severity.ERROR]


def test_the_example_site_is_clean(tmp_path):
    checked = check(Order(Path(__file__).parents[2] / "site", NOW), Workers())
    assert not [finding.problem for finding in checked.findings if finding.problem.severity is not Severity.NOTE]
