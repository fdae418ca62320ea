"""Where a remote is, and what gives access to it; a secret shows up nowhere."""

import base64
import os
import resource
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pushed import IMPATIENT, A, B, Hub, publish

from broadsheet.problems import SiteError
from broadsheet.publish.git.branch import GitTarget
from broadsheet.publish.git.program import Git, GitError, find_git, is_passing
from broadsheet.publish.git.site import access_to
from broadsheet.targets import GitTarget as Settings

TOKEN = "ghp_t0psecret/+x"
QUOTED = "ghp_t0psecret%2F%2Bx"
HEADER = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


class Web:
    """A server at 127.0.0.1 that lets in who has the token, and hands on to `git http-backend`.

    `failures` are the statuses of the next answers; a `silent` one keeps everybody waiting. `seen` are the command
    lines of all processes while requests were answered, `served` counts bytes.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.failures: list[int] = []
        self.is_silent = False
        self.over = threading.Event()
        self.refusals = self.served = 0
        self.seen = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"web": self}))
        self._server.daemon_threads = True
        self.place = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, request: "Handler", body: bytes) -> tuple[int, bytes, dict[str, str]]:
        self.seen += listed_processes()
        if self.is_silent:
            self.over.wait(60)
        if self.failures:
            return self.failures.pop(0), b"", {}
        scheme, _, given = (request.headers["Authorization"] or "").partition(" ")
        if scheme.lower() != "basic" or given != HEADER:
            self.refusals += 1
            return 401, b"", {"WWW-Authenticate": 'Basic realm="git"'}
        return backend(self.hub, request, body)

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def do_GET(self) -> None:
        status, body, headers = self.web.answer(self, self._body())
        self.web.served += len(body)
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True

    def do_POST(self) -> None:
        self.do_GET()

    def _body(self) -> bytes:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def log_message(self, *_: Any) -> None:
        pass


def backend(hub: Hub, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    path, _, query = request.path.partition("?")
    environment = hub.environment | {
        "GIT_PROJECT_ROOT": str(hub.folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": request.command,
        "CONTENT_TYPE": request.headers["Content-Type"] or "",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers["Content-Encoding"] or "",
        "GIT_PROTOCOL": request.headers["Git-Protocol"] or "",
        "REMOTE_USER": "somebody",
    }
    command = [str(shutil.which("git")), "http-backend"]
    done = subprocess.run(command, input=body, env=environment, capture_output=True, check=True, timeout=60)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    return int(headers.pop("Status", "200").split()[0]), content, headers


def listed_processes() -> str:
    """The command lines of all processes, as every user of the machine can see them."""
    lines = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            lines.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(lines)


@pytest.fixture
def hub(tmp_path) -> Hub:
    return Hub(tmp_path, filters=True)


@pytest.fixture
def web(hub) -> Iterator[Web]:
    web = Web(hub)
    hub.git(hub.path, "config", "http.receivepack", "true")
    yield web
    web.close()


@pytest.fixture
def site(hub, tmp_path) -> Path:
    site = tmp_path / "site"
    hub.git(hub.folder, "init", "-q", str(site))
    return site


def give_token(kind: str, hub: Hub, site: Path, web: Web) -> str:
    """Leave a token where people and programs leave it; return the remote."""
    plain, secret = f"http://{web.place}/hub.git", f"http://x-access-token:{QUOTED}@{web.place}/hub.git"
    if kind == "remote of the repository":
        hub.git(site, "remote", "add", "origin", secret)
        return "origin"
    if kind == "header of the repository":
        hub.git(site, "config", f"http.http://{web.place}/.extraheader", f"AUTHORIZATION: basic {HEADER}")
    elif kind == "included header":
        (hub.folder / "secret.config").write_text(
            f'[http "http://{web.place}/"]\nextraheader = Authorization: Basic {HEADER}\n'
        )
        hub.git(site, "config", f"includeIf.gitdir:{site}/.git.path", str(hub.folder / "secret.config"))
    elif kind == "credential helper of the user":
        Path(hub.environment["HOME"], ".git-credentials").write_text(secret.removesuffix("/hub.git") + "\n")
        hub.git(site, "config", "--global", "credential.helper", "store")
    elif kind == "rule of the user":
        hub.git(site, "config", "--global", f"url.{secret}.insteadOf", "https://pages.example.org/r.git")
        return "https://pages.example.org/r.git"
    elif kind == "rule for the same address":
        base = f"http://{web.place}/"
        hub.git(site, "config", "--global", f"url.{secret.removesuffix('hub.git')}.insteadOf", base)
    elif kind == "environment":
        hub.environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.http://{web.place}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {HEADER}",
        }
    return plain


@pytest.mark.parametrize(
    "kind",
    [
        "remote of the repository",
        "header of the repository",
        "included header",
        "credential helper of the user",
        "rule of the user",
        "rule for the same address",
        "environment",
    ],
)
def test_a_token_gives_access_and_is_seen_nowhere(hub, site, web, kind, capfd):
    remote = give_token(kind, hub, site, web)
    target = hub.target(site, remote)
    publish(target, "one", A)
    assert hub.tree() == A
    # Refused in the end, with the address in what git says.
    hook = hub.path / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\necho 'no {TOKEN} http://x:{QUOTED}@{web.place}/ {HEADER}' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(SiteError) as raised:
        publish(target, "two", B)
    shown = "".join(capfd.readouterr()) + str(raised.value) + target.place + repr(raised.value.problems)
    assert "the server refuses the push" in shown
    assert "remote-http" in web.seen, "the programs that were at work were looked at"
    # Of a secret that only a helper of git knows, what the server says of it is the server's business.
    texts = [web.seen] if "helper" in kind else [web.seen, shown]
    assert not any(secret in text for secret in (TOKEN, QUOTED, HEADER) for text in texts)


def test_a_token_that_is_refused_is_not_shown_and_not_tried_again(hub, site, web):
    hub.git(site, "remote", "add", "origin", f"http://x:wr0ngsecret@{web.place}/hub.git")
    with pytest.raises(GitError) as raised:
        publish(hub.target(site, "origin"), "one", A)
    (problem,) = raised.value.problems
    assert "credential helpers" in problem.hint
    assert not is_passing(raised.value)
    assert "wr0ngsecret" not in f"{raised.value!r} {raised.value} {problem!r} {raised.value.said}"
    assert web.refusals == 1


def test_a_user_without_a_password_is_not_on_a_command_line_either(hub, site, web):
    Path(hub.environment["HOME"], ".git-credentials").write_text(f"http://x-access-token:{QUOTED}@{web.place}\n")
    hub.git(site, "config", "--global", "credential.helper", "store")
    hub.git(site, "remote", "add", "origin", f"http://x-access-token@{web.place}/hub.git")
    publish(hub.target(site, "origin"), "one", A)
    assert hub.tree() == A
    assert "x-access-token" not in web.seen


def test_a_server_that_fails_for_a_while_is_tried_again(hub, site, web):
    remote = give_token("environment", hub, site, web)
    web.failures = [503]
    publish(hub.target(site, remote), "one", A)
    assert hub.tree() == A


def test_a_server_that_goes_on_failing_is_told(hub, site, web):
    remote = give_token("environment", hub, site, web)
    web.failures = [502] * 9
    with pytest.raises(GitError, match="502") as raised:
        publish(hub.target(site, remote), "one", A)
    assert is_passing(raised.value)
    assert len(web.failures) == 9 - IMPATIENT.attempts


def test_a_large_release_arrives(hub, site, web):
    """More than fits into one request of known length."""
    remote = give_token("environment", hub, site, web)
    files = A | {"large.bin": os.urandom(3_000_000)}
    publish(hub.target(site, remote), "one", files)
    assert hub.tree() == files


def test_no_files_are_brought_but_the_ledger_and_those_that_are_looked_at(hub, site, web):
    remote = give_token("environment", hub, site, web)
    large = A | {"large.bin": os.urandom(300_000)}
    publish(hub.target(site, remote), "one", large)
    web.served = 0
    publish(hub.target(site, remote), "two", large | {"news/a/index.html": b"new"})
    assert 0 < web.served < 100_000


def test_a_remote_of_the_repository_may_be_a_path_relative_to_it(hub, site):
    hub.git(site, "remote", "add", "pages", "../hub.git")
    (site / "deep/er").mkdir(parents=True)
    publish(hub.target(site / "deep/er", "pages"), "one", A)
    assert hub.tree() == A


@pytest.mark.parametrize("remote", ["../hub.git", "hub.git", "./hub.git"])
def test_a_path_may_be_relative_to_a_site_in_no_repository(hub, remote):
    site = hub.folder / "plain" if remote.startswith("..") else hub.folder
    site.mkdir(exist_ok=True)
    publish(hub.target(site, remote), "one", A)
    assert hub.tree() == A


def test_the_address_for_pushing_is_the_one_that_counts(hub, site):
    hub.git(site, "remote", "add", "origin", "https://example.invalid/r.git")
    hub.git(site, "remote", "set-url", "--push", "origin", str(hub.path))
    publish(hub.target(site, "origin"), "one", A)
    assert hub.tree() == A


def test_a_rule_for_pushing_holds_for_an_address(hub, site):
    hub.git(site, "config", f"url.{hub.path}.pushInsteadOf", hub.path.as_uri())
    access = access_to(hub.path.as_uri(), site, program(hub))
    assert (f"url.{hub.path}.pushInsteadOf".lower(), hub.path.as_uri()) in [
        (name.lower(), value) for name, value in access.settings
    ]
    publish(hub.target(site, hub.path.as_uri()), "one", A)
    assert hub.tree() == A


def test_settings_of_the_remote_itself_are_handed_on(hub, site):
    hub.git(site, "remote", "add", "origin", "https://example.org/r.git")
    hub.git(site, "config", "remote.origin.proxy", "http://proxy.example.org")
    assert ("remote.target.proxy", "http://proxy.example.org") in access_to("origin", site, program(hub)).settings


def test_a_remote_that_there_is_not_is_told(hub, site):
    with pytest.raises(SiteError) as raised:
        publish(hub.target(site, "origin"), "one", A)
    (problem,) = raised.value.problems
    assert (problem.message, problem.hint) == (
        "there is no remote `origin`",
        "`git remote add origin ADDRESS`, or an address in `remote:`",
    )


def test_a_site_in_no_repository_has_no_remotes(hub):
    with pytest.raises(SiteError, match="the site's folder is in no git repository"):
        hub.target(hub.folder, "origin").refused([])


def test_a_repository_that_can_not_be_read_is_told_as_git_tells_it(hub, site):
    (site / ".git/config").write_text("[broken")
    with pytest.raises(GitError, match="bad config line"):
        hub.target(site, "origin").refused([])


def test_nobody_is_asked_for_the_keys_of_a_key(hub, site):
    settings = dict(access_to("git@example.org:r.git", site, program(hub)).settings)
    assert settings["core.sshCommand"] == "ssh -o BatchMode=yes -o ConnectTimeout=60 -o ServerAliveInterval=15"


@pytest.mark.parametrize("where", ["GIT_SSH_COMMAND", "GIT_SSH", "user", "site"])
def test_an_ssh_that_somebody_chose_is_left_alone(hub, site, where):
    if where in {"user", "site"}:
        hub.git(site, "config", "--global" if where == "user" else "--local", "core.sshCommand", "ssh -p 2222")
    else:
        hub.environment[where] = "ssh"
    settings = dict(access_to("git@example.org:r.git", site, program(hub)).settings)
    assert settings.get("core.sshcommand") == ("ssh -p 2222" if where == "site" else None)
    assert "core.sshCommand" not in settings


def test_a_repository_of_somebody_else_is_told_as_git_tells_it(hub, site):
    hub.environment["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1"
    with pytest.raises(GitError, match="detected dubious ownership"):
        hub.target(site, "origin").refused([])


def test_whatever_a_header_gives_access_by_is_not_shown(hub, site):
    for header in ("Authorization: Bearer b3arer", "Authorization: Basic abc", "PRIVATE-TOKEN: pr1vate"):
        hub.git(site, "config", "--add", "http.https://example.org/.extraHeader", header)
    hub.git(site, "config", "--add", "http.https://example.org/.extraHeader", "")
    access = access_to("https://example.org/r.git", site, program(hub))
    git = program(hub).having(secrets=access.secrets)
    assert git.scrubbed("b3arer and pr1vate\r\x1b[31m") == "… and …\n "


def test_git_that_is_missing_is_told(hub):
    hub.environment["PATH"] = str(hub.folder)
    with pytest.raises(SiteError, match="the program `git` was not found"):
        publish(hub.target(), "one", A)


@pytest.mark.parametrize("version", ["git version 2.30.9", "git version 1.9", "something else"])
def test_a_git_that_is_too_old_is_told(hub, version):
    fake_git(hub, f"echo '{version}'")
    with pytest.raises(SiteError, match=f"this git is too old: {version}"):
        publish(hub.target(), "one", A)


def test_what_a_hook_of_git_leaves_in_the_environment_leads_nowhere(hub, site):
    (site / "record.md").write_text("record")
    hub.git(site, "add", "-A")
    before = (site / ".git/index").read_bytes()
    hub.environment |= {
        "GIT_DIR": str(site / ".git"),
        "GIT_INDEX_FILE": str(site / ".git/index"),
        "GIT_WORK_TREE": str(site),
    }
    hub.environment |= {"GIT_PREFIX": "x/", "GIT_OBJECT_DIRECTORY": str(site / ".git/objects"), "GIT_NAMESPACE": "n"}
    publish(hub.target(site), "one", A)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"):
        del hub.environment[name]
    assert hub.tree() == A
    assert (site / ".git/index").read_bytes() == before


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(hub, site, web):
    remote = give_token("environment", hub, site, web)
    web.is_silent = True
    impatient = IMPATIENT.__class__(attempts=1, request=0.2)
    target = GitTarget(Settings(remote=remote), site, impatient, hub.environment)
    with pytest.raises(GitError, match="git ls-remote failed") as raised:
        publish(target, "one", A)
    assert is_passing(raised.value)


def test_a_git_that_does_nothing_is_ended(hub):
    impatient = IMPATIENT.__class__(attempts=1, request=0.2)
    fake_git(hub, 'echo "git version 2.39.0"; [ "$1" = version ] || { trap "" TERM; exec sleep 60 <&- >&- 2>&-; }')
    target = GitTarget(Settings(remote=str(hub.path)), hub.folder, impatient, hub.environment)
    with pytest.raises(GitError, match="the other side says nothing any more") as raised:
        publish(target, "one", A)
    assert is_passing(raised.value)


def test_there_may_be_no_room_for_temporary_files(hub, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(hub.folder / "nowhere"))
    with pytest.raises(SiteError, match="git can not be run: no such file or directory"):
        publish(hub.target(), "one", A)


def test_there_may_be_no_room_for_a_repository_aside(hub, monkeypatch):
    target = hub.target()
    target.refused([])
    monkeypatch.setattr("tempfile.tempdir", str(hub.folder / "nowhere"))
    with pytest.raises(SiteError, match="no temporary folder can be made: no such file or directory"):
        publish(target, "one", A)


def test_a_disk_that_is_full_is_told_and_nothing_is_published(hub):
    target = hub.target()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(SiteError, match="there is no room aside: file too large"):
            publish(target, "one", A | {"large.bin": os.urandom(1_500_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not hub.has("gh-pages")
    publish(target, "one", A)
    assert hub.tree() == A


def program(hub: Hub) -> Git:
    return find_git("pages", IMPATIENT.__class__(), hub.environment)


def fake_git(hub: Hub, script: str) -> None:
    folder = hub.folder / "programs"
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    hub.environment["PATH"] = f"{folder}:{hub.environment['PATH']}"
