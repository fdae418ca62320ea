"""What hosts refuse is known before anything is sent."""

import pytest
from pushed import Hub

from broadsheet.publish.git.limits import GITHUB, beyond, limits_of
from broadsheet.publish.release import Item

MIB = 2**20


def test_a_file_may_be_as_large_as_the_limit_and_not_larger():
    items = [Item("small.bin", "", 100 * MIB), Item("large.bin", "", 100 * MIB + 1)]
    (problem,) = beyond(GITHUB, items, "pages")
    assert str(problem) == "pages: error: large.bin is too large: 100.0 MiB"
    assert problem.hint == "GitHub takes files of up to 100 MiB"


def test_a_site_may_be_as_large_as_the_limit_and_not_larger():
    items = [Item(f"{number}.bin", "", 64 * MIB) for number in range(16)]
    assert beyond(GITHUB, items, "pages") == []
    (problem,) = beyond(GITHUB, [*items, Item("one.bin", "", 1)], "pages")
    assert problem.message == "the site is too large: 1,024.0 MiB in 17 files"


def test_the_limits_of_other_hosts_are_not_known():
    assert (limits_of("GitHub.com"), limits_of("git.example.org"), limits_of("")) == (GITHUB, None, None)


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/o/r.git",
        "git@github.com:o/r.git",
        "ssh://git@ssh.github.com:443/o/r.git",
        "https://user@GITHUB.com/o/r",
    ],
)
def test_the_limits_of_github_hold_for_its_addresses(tmp_path, remote):
    items = [Item("large.bin", "", 200 * MIB)]
    (problem,) = Hub(tmp_path).target(remote=remote).refused(items)
    assert "too large" in problem.message


def test_the_limits_of_github_do_not_hold_elsewhere(tmp_path):
    items = [Item("large.bin", "", 200 * MIB)]
    for number, remote in enumerate(("https://example.org/github.com/r.git", "/srv/github.com:r.git", "ssh://x/y")):
        (tmp_path / str(number)).mkdir()
        assert Hub(tmp_path / str(number)).target(remote=remote).refused(items) == []
