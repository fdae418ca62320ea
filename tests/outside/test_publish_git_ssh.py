"""A site is published to a branch over the real ssh."""

import sys
from pathlib import Path

import pytest
from sshd import Sshd

from broadsheet.problems import SiteError
from broadsheet.publish.git.program import GitError, is_passing

sys.path.append(str(Path(__file__).parents[1] / "publish"))

from pushed import A, B, Hub, publish

pytestmark = pytest.mark.slow


@pytest.fixture
def hub(tmp_path: Path, sshd: Sshd) -> Hub:
    hub = Hub(tmp_path, filters=True)
    hub.environment["GIT_SSH_COMMAND"] = sshd.ssh
    return hub


@pytest.mark.parametrize("form", ["ssh://{host}{path}", "{host}:{path}"])
def test_one_release_after_the_other_arrives(hub: Hub, sshd: Sshd, form: str):
    remote = form.format(host=sshd.host, path=hub.path)
    publish(hub.target(remote=remote), "one", A)
    sent, _ = publish(hub.target(remote=remote), "two", B)
    assert sorted(sent) == ["images/fedcba9876543210.webp", "index.html", "news/b/index.html"]
    assert hub.tree().items() >= B.items()
    assert hub.target(remote=remote).go_back(lambda _: None)[0] == "one"
    assert hub.tree().items() >= A.items()


def test_the_ssh_of_the_repository_is_the_one_that_is_used(hub: Hub, sshd: Sshd, tmp_path: Path):
    del hub.environment["GIT_SSH_COMMAND"]
    site = tmp_path / "site"
    hub.git(tmp_path, "init", "-q", str(site))
    hub.git(site, "config", "core.sshCommand", sshd.ssh)
    hub.git(site, "remote", "add", "pages", f"{sshd.host}:{hub.path}")
    publish(hub.target(site, "pages"), "one", A)
    assert hub.tree() == A


def test_a_key_that_is_refused_is_told_and_not_tried_again(hub: Hub, sshd: Sshd):
    hub.environment["GIT_SSH_COMMAND"] = sshd.ssh.replace(str(sshd.key), "/dev/null")
    with pytest.raises(GitError, match="Permission denied") as raised:
        publish(hub.target(remote=f"{sshd.host}:{hub.path}"), "one", A)
    assert not is_passing(raised.value)
    assert "ssh agent" in raised.value.problems[0].hint


def test_a_host_that_is_not_known_is_told_and_nobody_is_asked(hub: Hub, sshd: Sshd):
    """With the ssh of the machine as it is: in a home without keys or known hosts."""
    del hub.environment["GIT_SSH_COMMAND"]
    with pytest.raises(GitError, match="git ls-remote failed") as raised:
        publish(hub.target(remote=f"ssh://{sshd.host}:{sshd.port}{hub.path}"), "one", A)
    assert not is_passing(raised.value)
    assert "known_hosts" in raised.value.problems[0].hint


def test_a_server_that_refuses_is_quoted(hub: Hub, sshd: Sshd):
    hook = hub.path / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'Protected branch' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(SiteError, match="pre-receive hook declined; it says: Protected branch"):
        publish(hub.target(remote=f"{sshd.host}:{hub.path}"), "one", A)
