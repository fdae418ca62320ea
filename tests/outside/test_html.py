"""Every page conforms to HTML, by a conformance checker from outside."""

import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_every_page_of_the_example_site_conforms(tmp_path, build, html_errors):
    assert html_errors(build(ROOT / "site", tmp_path / "out", "--base-url", "https://example.org/news/")) == ""


@pytest.mark.parametrize("name", ["powerapps", "azure-2020h1"])
def test_every_page_of_a_real_site_conforms(name, tmp_path, build, html_errors, corpus):
    assert html_errors(build(corpus / name, tmp_path / "out")) == ""


def test_pages_of_hostile_records_conform(tmp_path, build, html_errors):
    titles = [
        "<script>alert(1)</script>",
        "a & b < c > d \" e ' f",
        "\u200f\u05e2\u05d1\u05e8\u05d9\u05ea\u200f \u0645\u0631\u062d\u0628\u0627",
        "\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
        "--> <!-- ]]> </title>",
    ]
    for number, title in enumerate(titles):
        text = title.replace("\\", "\\\\").replace('"', '\\"')
        (tmp_path / f"2024-01-0{number + 1}-record.md").write_text(
            f'---\ntitle: "{text}"\nexcerpt: "{text}"\npublishedDateTime: 2024-01-0{number + 1}T00:00:00Z\n'
            f'webUrl: "https://example.org/?a=1&b={number}"\nprovider:\n  name: "{text}"\n  domain: example.org\n'
            f'topics:\n  - "{text}"\n---\n\n# {title}\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n'
            "| a | b |\n|---|---|\n| 1 | 2 |\n",
            encoding="utf-8",
        )
    assert html_errors(build(tmp_path, tmp_path / "public")) == ""
    shutil.rmtree(tmp_path / "public")


def test_a_page_with_an_error_is_found(tmp_path: Path, html_errors):
    (tmp_path / "index.html").write_text("<!doctype html><html lang=en><title>x</title><p><div></p>", encoding="utf-8")
    assert "index.html" in html_errors(tmp_path)
