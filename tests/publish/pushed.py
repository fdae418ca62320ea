"""Two small releases, bare repositories on this machine, and a publish as the command does it."""

import os
import subprocess
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from broadsheet.files import content_digest
from broadsheet.publish.git.branch import GitTarget
from broadsheet.publish.release import LEDGER, Item, Ledger
from broadsheet.publish.sending import Release, planned, send, verify
from broadsheet.publish.target import Patience
from broadsheet.targets import GitTarget as Settings

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
A = {
    "index.html": b'<a href="news/a/index.html">A</a><img src="images/0123456789abcdef.webp">',
    "news/a/index.html": b"<p>A</p>",
    "news/gone/index.html": b"<p>Gone</p>",
    "images/0123456789abcdef.webp": b"picture" * 100,
    "sitemap.xml": b"<a/>",
    "news/\u00fcber \u201equotes\u201c & 'spaces' \"/index.html": "<p>Über</p>".encode(),
}
B = {
    **{
        path: content
        for path, content in A.items()
        if path not in {"news/gone/index.html", "images/0123456789abcdef.webp"}
    },
    "index.html": b'<a href="news/a/index.html">A</a><a href="news/b/index.html">B</a>',
    "news/b/index.html": b'<p>B</p><img src="../../images/fedcba9876543210.webp">',
    "images/fedcba9876543210.webp": b"another" * 100,
}
IMPATIENT = Patience(attempts=2, pause=0, sleep=lambda _: None)


def release_of(name: str, files: Mapping[str, bytes], source: str = "") -> Release:
    items = {path: Item(path, content_digest(content), len(content)) for path, content in files.items()}
    return Release(name, items, lambda item: files[item.path], source=source)


def publish(
    target: GitTarget, name: str, files: Mapping[str, bytes], now: datetime = NOW, source: str = ""
) -> tuple[list[str], Ledger]:
    """Publish and fetch back; return the paths that were sent, and the ledger."""
    sent: list[str] = []
    with planned(release_of(name, files, source), target, now, 7, lambda _: None) as publishing:
        ledger = send(publishing, now, lambda _what, done, _of: sent.append(str(done)))
        verify(publishing, lambda *_: None)
    return [item.path for item in (*publishing.plan.new, *publishing.plan.changed)], ledger


class Hub:
    """A bare repository, and the machine that publishes to it: a home without any settings."""

    def __init__(self, folder: Path, *options: str, filters: bool = False) -> None:
        self.folder = folder
        self.path = folder / "hub.git"
        home = folder / "home"
        home.mkdir()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        }
        self.git(folder, "init", "-q", "--bare", *options, str(self.path))
        if filters:
            self.git(self.path, "config", "uploadpack.allowFilter", "true")
            self.git(self.path, "config", "uploadpack.allowAnySHA1InWant", "true")

    def git(self, folder: Path, *arguments: str, given: str = "", check: bool = True) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=self.environment,
            input=given,
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=60,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def target(self, site: Path | None = None, remote: str | None = None, **settings: object) -> GitTarget:
        site = site or self.folder
        chosen = Settings(remote=remote or str(self.path), **settings)  # type: ignore[arg-type]
        return GitTarget(chosen, site, IMPATIENT, self.environment, NOW.timestamp)

    def tree(self, commit: str = "gh-pages", *, all_files: bool = False) -> dict[str, bytes]:
        """The files of a commit, without those that a publish adds."""
        added = set() if all_files else {LEDGER, ".nojekyll"}
        command = ["git", "-C", str(self.path), "archive", "--format=tar", commit]
        archive = subprocess.run(command, env=self.environment, capture_output=True, check=True, timeout=60).stdout
        with tarfile.open(fileobj=BytesIO(archive)) as tar:
            files = {member.name: tar.extractfile(member) for member in tar if member.isfile()}
            return {path: file.read() for path, file in files.items() if file and path not in added}

    def commits(self, branch: str = "gh-pages") -> list[str]:
        return self.git(self.path, "log", "--format=%H", branch).split()

    def edit(self, files: Mapping[str, str | None], branch: str = "gh-pages") -> None:
        """Change files of the branch as somebody else would, by an ordinary clone."""
        clone = self.folder / f"clone-{len(list(self.folder.iterdir()))}"
        kind = self.git(self.path, "rev-parse", "--show-object-format").strip()
        self.git(self.folder, "init", "-q", f"--object-format={kind}", str(clone))
        self.git(clone, "remote", "add", "origin", str(self.path))
        self.git(clone, "fetch", "-q", "origin")
        self.git(clone, "checkout", "-q", "-B", branch, *([f"origin/{branch}"] if self.has(branch) else []))
        for path, text in files.items():
            if text is None:
                (clone / path).unlink()
            else:
                (clone / path).parent.mkdir(parents=True, exist_ok=True)
                (clone / path).write_text(text, encoding="utf-8")
        self.git(clone, "add", "-A")
        self.git(clone, "-c", "user.name=Else", "-c", "user.email=else@example.org", "commit", "-q", "-m", "By hand")
        self.git(clone, "push", "-q", "origin", f"HEAD:{branch}")

    def has(self, branch: str) -> bool:
        return bool(self.git(self.path, "for-each-ref", f"refs/heads/{branch}"))


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """All files below a folder, with their times."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
