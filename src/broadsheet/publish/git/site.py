"""What the repository that a site lies in tells: where a remote is, and what gives access to it.

It is only looked at: nothing is written there.
"""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path
from urllib.parse import unquote

from msgspec import Struct

from broadsheet.problems import Place, Problem, SiteError
from broadsheet.publish.git.program import Git, GitError

# The remote, as the repository aside calls it.
REMOTE = "target"
# What a repository's own settings say of access and of who commits: `actions/checkout` leaves its token there.
_HANDED_ON = re.compile(r"(?:http|credential|url|user|author|committer|ssh)\..*|core\.sshcommand", re.I).fullmatch
_OF_THE_REMOTE = ("proxy", "proxyauthmethod", "receivepack", "uploadpack")
_OWN_SCOPES = frozenset({"local", "worktree"})
_WEB_ADDRESS = re.compile(r"(https?://)(?:([^/]*)@)?([^/@]+)(.*)", re.I | re.S).fullmatch
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+::?.*|[^/\\]{2,}:.*", re.S).fullmatch
_HOST = re.compile(r"[A-Za-z][\w+.-]*://(?:[^/]*@)?(\[[^\]]*\]|[^/:]*)|(?:[^/@:]*@)?(\[[^\]]*\]|[^/:]{2,}):").match


class Access(Struct, frozen=True):
    """The way to a remote: its address, without any secret, and the settings of git that give access to it."""

    url: str
    settings: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The name of the machine, empty where it is this one."""
        found = None if Path(self.url).is_absolute() else _HOST(self.url)
        return (found[1] or found[2] or "").strip("[]") if found else ""


def access_to(remote: str, site: Path, git: Git) -> Access:
    """Return the way to a `remote`, a name or an address, as seen from the folder of a site. Raises `SiteError`."""
    settings = _settings_of(site, git)
    own = [(name, value) for scope, name, value in settings if scope in _OWN_SCOPES]
    handed = [(name, value) for name, value in own if _HANDED_ON(name)]
    handed += [
        (f"remote.{REMOTE}.{kind}", value)
        for name, value in own
        for kind in _OF_THE_REMOTE
        if name.lower() == f"remote.{remote}.{kind}".lower()
    ]
    url, access, secrets = _without_secrets(_absolute(_address_of(remote, site, git), site, git))
    # An address is as it is meant: a rule for others, applied once more, could make another one of it.
    access += [(f"remote.{REMOTE}.url", url), (f"url.{url}.insteadOf", url)]
    names = {name.lower() for _, name, _ in settings}
    if "core.sshcommand" not in names and not {"GIT_SSH_COMMAND", "GIT_SSH"} & git.environment.keys():
        connect = max(1, int(git.patience.request))
        # Nobody is there to be asked for anything, and a line that is dead is found out.
        access.append(
            ("core.sshCommand", f"ssh -o BatchMode=yes -o ConnectTimeout={connect} -o ServerAliveInterval=15")
        )
    access += [
        (f"http.{name}", value)
        for name, value in (("lowSpeedLimit", "1"), ("lowSpeedTime", str(git.quiet_seconds)))
        if f"http.{name}".lower() not in names
    ]
    secrets += tuple(secret for _, name, value in settings for secret in _secrets_in(name, value))
    return Access(url, (*handed, *access), secrets)


def _settings_of(site: Path, git: Git) -> list[tuple[str, str, str]]:
    """Return all settings of git that hold in a folder: scope, name, value."""
    parts = git.run("-C", site, "config", "--list", "--show-scope", "-z").decode("utf-8", "surrogateescape").split("\0")
    pairs = zip(parts[::2], parts[1::2], strict=False)
    return [(scope, name, value) for scope, text in pairs for name, _, value in [text.partition("\n")]]


def _address_of(remote: str, site: Path, git: Git) -> str:
    """Return the address of a remote as git has it, all its rules applied."""
    if _is_address(remote):
        return _by_rules(remote, site, git)
    try:
        return _line(git.run("-C", site, "remote", "get-url", "--push", "--", remote))
    except GitError as error:
        if re.search(r"[/\\]", remote) or (site / remote).exists():
            return _by_rules(remote, site, git)
        if "no such remote" in error.said.lower():
            message, hint = (
                f"there is no remote `{remote}`",
                f"`git remote add {remote} ADDRESS`, or an address in `remote:`",
            )
        elif "not a git repository" in error.said:
            message, hint = "the site's folder is in no git repository", "an address in `remote:`, or `git init` there"
        else:
            raise
    raise SiteError([Problem(Place(git.place), message, hint)])


def _by_rules(address: str, site: Path, git: Git) -> str:
    asked = git.having([(f"remote.{REMOTE}.url", address)])
    return _line(asked.run("-C", site, "ls-remote", "--get-url", REMOTE))


def _is_address(text: str) -> bool:
    return bool(_ADDRESS(text)) or Path(text).is_absolute()


def _absolute(address: str, site: Path, git: Git) -> str:
    """Return an address that means the same everywhere: a folder is relative to the site's repository, if any."""
    if _is_address(address):
        return address
    try:
        base = Path(_line(git.run("-C", site, "rev-parse", "--show-toplevel")))
    except GitError:
        base = site.absolute()
    return os.path.normpath(base / address)


def _without_secrets(address: str) -> tuple[str, list[tuple[str, str]], tuple[str, ...]]:
    """Return an address without name and password, the settings that say the same, and the secrets.

    Git would hand the address on to a program of its own on the command line.
    """
    parts = _WEB_ADDRESS(address)
    if not parts or not parts[2]:
        return address, [], ()
    base = f"{parts[1]}{parts[3]}"
    user, _, password = parts[2].partition(":")
    user, plain = unquote(user), unquote(password)
    if not plain:
        return base + parts[4], [(f"credential.{base}.username", user)], (user,)
    header = base64.b64encode(f"{user}:{plain}".encode()).decode()
    setting = (f"http.{base}/.extraHeader", f"Authorization: Basic {header}")
    return base + parts[4], [setting], (plain, password, header)


def _secrets_in(name: str, value: str) -> tuple[str, ...]:
    """Return the secrets in a setting of git: a header that gives access, or a rule that adds a password."""
    if name.lower().endswith(".insteadof"):
        return _without_secrets(name.partition(".")[2].rpartition(".")[0])[2]
    words = value.partition(":")[2].split() if name.lower().endswith(".extraheader") else []
    if len(words) != 2 or words[0].lower() != "basic":
        return tuple(words[-1:])
    try:
        plain = base64.b64decode(words[1]).decode(errors="replace")
    except ValueError:
        plain = ""
    return words[1], plain.partition(":")[2]


def _line(printed: bytes) -> str:
    return os.fsdecode(printed).removesuffix("\n")
