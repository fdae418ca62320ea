"""What can be wrong with the settings of the targets that a site is published to. Pure."""

import re
import shlex
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from broadsheet.problems import Problem
from broadsheet.targets import AnyTarget, AzureTarget, FolderTarget, GcsTarget, GitTarget, RsyncTarget, S3Target
from broadsheet.text import clean_url, has_login, is_base_url, no_base_url
from broadsheet.yaml_text import Document

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}").fullmatch
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+").fullmatch
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}").fullmatch
_CONTAINER = re.compile(r"\$web|\$root|[a-z0-9](?:-?[a-z0-9]){2,62}").fullmatch
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}").fullmatch
# The rules of `git check-ref-format`, as far as a name of a branch can break them.
_NO_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|^[-/.]|[/.]$|/\.|\.lock(?:/|$)|^@$").search
_RSYNC = re.compile(r"(?:[\w.+-]+@)?(?:[\w.-]+|\[[0-9A-Fa-f:.]+\]):[^\0\n]+").fullmatch
_SECRET = "credentials come from the environment, or from the stores of the tools themselves"

_Add = Callable[[str, str, str], None]


def wrong_targets(targets: Mapping[str, AnyTarget], document: Document) -> list[Problem]:
    """Return a problem for every setting of a target that says nothing usable, or what must not be written there."""
    wrong: list[Problem] = []
    for name, target in targets.items():
        path = ("publish", name)

        def add(field: str, message: str, hint: str, path: tuple[str, ...] = path) -> None:
            at = (*path, field) if (*path, field) in document.places else path
            wrong.append(Problem(document.place(at), f"`{'.'.join((*path, field))}` {message}", hint))

        if not _NAME(name):
            message = f"a target can not be called {name!r}"
            wrong.append(Problem(document.key_place(path), message, "letters, digits, `-` and `_`"))
        if target.base_url is not None and not is_base_url(target.base_url):
            add("base_url", f"is {no_base_url(target.base_url)}: {target.base_url}", "")
        if any(not command.strip() for command in target.after):
            add("after", "has a command that is empty", "remove it")
        _wrong_target(target, add)
    return wrong


def _wrong_target(target: AnyTarget, add: _Add) -> None:
    match target:
        case FolderTarget():
            if not target.path.strip() or "\0" in target.path:
                add("path", "is no name of a folder", "")
        case GitTarget():
            _wrong_git(target, add)
        case RsyncTarget():
            _wrong_rsync(target, add)
        case S3Target() | GcsTarget() | AzureTarget():
            _wrong_store(target, add)


def _wrong_git(target: GitTarget, add: _Add) -> None:
    if not target.remote.strip() or target.remote.startswith("-") or not target.remote.isprintable():
        add("remote", "is neither a remote nor an address", "for example origin")
    elif _has_secret(target.remote):
        add("remote", "holds a password", _SECRET)
    if not target.branch or _NO_BRANCH(target.branch):
        add("branch", f"is no name of a branch: {target.branch!r}", "for example gh-pages")
    if target.cname is not None and not _DOMAIN(target.cname):
        add("cname", f"is no domain: {target.cname}", "for example news.example.org")


def _wrong_rsync(target: RsyncTarget, add: _Add) -> None:
    if "::" in target.to or target.to.startswith("rsync:"):
        add("to", "leads to an rsync daemon", "over ssh, as `user@host:/srv/www/news`")
    elif "@" in target.to.partition(":")[2].partition("/")[0]:
        add("to", "holds a password", _SECRET)
    elif not _RSYNC(target.to) or target.to.startswith("-"):
        add("to", f"is no folder of another machine: {target.to}", "for example user@host:/srv/www/news")
    try:
        words = shlex.split(target.ssh)
    except ValueError:
        words = []
    if not words or words[0].startswith("-"):
        add("ssh", "is no command", "for example ssh -p 2222")


def _wrong_store(target: S3Target | GcsTarget | AzureTarget, add: _Add) -> None:
    prefix = target.prefix
    parts = prefix.strip("/").split("/") if prefix else []
    if prefix.startswith("/") or not prefix.isprintable() or {"", ".", ".."} & set(parts):
        add("prefix", f"is no folder of a bucket: {prefix!r}", "for example news/2026")
    endpoint = None if isinstance(target, GcsTarget) else target.endpoint
    if endpoint is not None and clean_url(endpoint) and has_login(endpoint):
        add("endpoint", "holds a name or a password", _SECRET)
    elif endpoint is not None and not is_base_url(endpoint):
        add("endpoint", f"is {no_base_url(endpoint)}: {endpoint}", "")
    if isinstance(target, AzureTarget):
        if not _CONTAINER(target.container):
            add("container", f"is no name of a container: {target.container}", "")
        if target.account is not None and not _ACCOUNT(target.account):
            add("account", f"is no name of a storage account: {target.account}", "")
    elif not _BUCKET(target.bucket):
        add("bucket", f"is no name of a bucket: {target.bucket}", "")


def _has_secret(remote: str) -> bool:
    """Return whether an address holds a password; `user@` alone is none, but for https, where it may be a token."""
    scheme, colon, _ = remote.partition("://")
    user, at, _ = urlsplit(remote).netloc.rpartition("@") if colon else ("", "", "")
    return bool(at) and (":" in user or scheme.lower() in {"http", "https"})
