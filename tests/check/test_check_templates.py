"""What can be wrong with a site's own templates: blocks that nothing shows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from broadsheet.check.templates import template_findings
from broadsheet.problems import Problem
from broadsheet.render.theme import Theme

Find = Callable[..., list[Problem]]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """Return a function that gives what is wrong with templates, by their names without an ending."""

    def run(**texts: str) -> list[Problem]:
        for name, text in texts.items():
            (tmp_path / f"{name}.html").write_text(text)
        return [finding.problem for finding in template_findings(Theme(tmp_path), [f"{name}.html" for name in texts])]

    return run


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('{% extends "default/home.html" %}\n{% block contnet %}x{% endblock %}', "did you mean `content`?"),
        ('{% extends "base.html" %}{% if 1 %}\n{% block zzz %}x{% endblock %}{% endif %}', "there are: content, dat"),
        ('{% extends "default/latest.html" %}\n{% block list_haed %}x{% endblock %}', "did you mean `list_head`?"),
    ],
)
def test_a_block_that_nothing_shows_is_told(find, text, hint):
    (problem,) = find(home=text)
    assert (problem.place.line, problem.rule) == (2, "template-name")
    assert problem.message.startswith("what it extends has no block `")
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize(
    "text",
    [
        '{% extends "default/home.html" %}{% block content %}{% block own %}x{% endblock %}{% endblock %}',
        '{% extends "default/latest.html" %}{% block list_head %}x{% endblock %}{% block head %}{% endblock %}',
        '{% extends "base" ~ ".html" %}{% block any %}x{% endblock %}',
        '{% extends "home.html" %}{% block any %}x{% endblock %}',
        "{% block any %}x{% endblock %}",
    ],
)
def test_a_block_that_is_shown_or_may_be_is_not(find, text):
    assert find(home=text) == []


def test_a_block_of_ones_own_base_is_known(find):
    base = '{% extends "default/base.html" %}{% block content %}{% block aside %}{% endblock %}{% endblock %}'
    assert find(base=base, home='{% extends "base.html" %}{% block aside %}x{% endblock %}') == []


def test_of_what_can_not_be_read_no_blocks_are_known(find):
    problems = find(base="{% block %}", home='{% extends "base.html" %}{% block any %}x{% endblock %}')
    assert {problem.rule for problem in problems} == {"template"}
