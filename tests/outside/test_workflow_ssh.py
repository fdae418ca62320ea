"""The steps of a workflow that go over ssh, with a real agent and a real server."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml
from sshd import Sshd
from tools import require

sys.path.append(str(Path(__file__).parents[1] / "new"))
from workflows import at_github, at_gitlab, done, read, started

pytestmark = pytest.mark.slow


@pytest.fixture
def made(run, record, sshd: Sshd, tmp_path: Path):
    """Make a site that is published over ssh, and its workflow; return what the workflow says."""
    require("rsync", shutil.which("rsync"))
    require("ssh-agent", shutil.which("ssh-agent"))
    known = f"-o UserKnownHostsFile={tmp_path}/.ssh/known_hosts -o StrictHostKeyChecking=yes -o HostKeyAlias=tests"
    target = {
        "kind": "rsync",
        "to": f"{sshd.host}:{tmp_path}/www",
        "ssh": f"ssh -p {sshd.port} -F /dev/null -o BatchMode=yes {known}",
        "after": ['test -z "$SSH_PRIVATE_KEY"'],
    }

    def made(host: str, file: str):
        site = tmp_path / "work"
        site.mkdir()
        settings = {"base_url": "https://tram.example.org/", "publish": {"machine": target}}
        (site / "broadsheet.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        record(site / "_news")
        made = run("new", "workflow", site, "--host", host, "--target", "machine", "--install", "true")
        assert made.returncode == 0, made.stderr
        return site, read(site / file)

    return made


def test_the_step_that_publishes_gets_in_with_the_key_and_the_host_that_its_secrets_name(made, sshd, tmp_path):
    site, workflow = made("github", ".github/workflows/publish.yml")
    contexts = {"secrets__SSH_PRIVATE_KEY": sshd.key.read_text(), "vars__SSH_KNOWN_HOSTS": sshd.known_hosts.read_text()}
    command, environment = at_github(workflow, "Publish", site, **contexts)
    told = done(started(command, site, environment, SSH_AUTH_SOCK=""))
    assert (tmp_path / "www/index.html").is_file()
    assert "PRIVATE KEY" not in told
    assert [path.name for path in (tmp_path / ".ssh").iterdir()] == ["known_hosts"]
    environment["SSH_PRIVATE_KEY"] = "no key"
    done(started(command, site, environment, SSH_AUTH_SOCK=""), status=1)


def test_a_job_at_gitlab_does_so_too(made, sshd, tmp_path):
    site, workflow = made("gitlab", ".gitlab-ci.yml")
    job = workflow["publish"]
    job["before_script"] = ["true"]
    given = {"CI_DEFAULT_BRANCH": "main", "SSH_PRIVATE_KEY": sshd.key.read_text()}
    command, environment = at_gitlab(job, site, SSH_KNOWN_HOSTS=sshd.known_hosts.read_text(), **given)
    done(started(command, site, environment, SSH_AUTH_SOCK=""))
    assert (tmp_path / "www/index.html").is_file()
    assert not (site / ".broadsheet/releases").exists()
