"""Blocks that are files: where they go, what checks them, and the builds that show that they are understood."""

import configparser
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import yaml
from babel.messages.pofile import read_po
from manual_blocks import Block, PageError
from manual_stage import EXAMPLE, ROOT, Stage

from broadsheet.config import Settings
from broadsheet.problems import SiteError
from broadsheet.read.raw import RawRecord
from broadsheet.read.settings import parse_settings

SETTINGS = "broadsheet.yaml"
_FRONT_MATTER = re.compile(r"---\n(.*?)^---$", re.DOTALL | re.MULTILINE)
_EXTENDS = re.compile(r'{% extends "default/([\w/.-]+)" %}')
_SETTINGS_KEYS = {field.encode_name for field in msgspec.structs.fields(Settings)}
_RECORD_KEYS = {field.encode_name for field in msgspec.structs.fields(RawRecord)}
_PAGE_KEYS = {"title", "description", "menu", "footer", "order", "draft"}
_IN_A_SITE = ("_news/", "records/", "news/", "_data/", "data/", "templates/", "static/", "pages/", "editions/")
_GOOD = 'title: "{title}"\npublishedDateTime: 2024-05-31T08:00:00Z\n'


class Files:
    """The files that a page has its reader write."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        # What no build has seen yet: the place of each block, by the path of its file.
        self._unseen: dict[Path, str] = {}
        self._root: Path | None = None

    @property
    def site(self) -> Path:
        return self.stage.site or self.stage.folder

    def take(self, block: Block) -> None:
        """Write a block to its file, and check it. Raises `PageError`."""
        text = self.stage.spoken(block.text)
        if block.language == "yaml" and self._is_for_a_host(block, text):
            return
        name, text = self._named(block, text)
        name = self.stage.spoken(name)
        if check := _CHECKS.get(block.language):
            try:
                check(text)
            except (ValueError, SyntaxError, AssertionError, configparser.Error) as error:
                raise PageError(f"no {block.language}: {error}") from None
        elif block.language not in _TRIED_BY_BUILDING:
            raise PageError(f"nothing knows how to run a block of `{block.language}`")
        path = self.site / name
        of_the_site = name == SETTINGS or name.startswith(_IN_A_SITE) or path.parent == self._records()
        if not of_the_site and block.language in _TRIED_BY_BUILDING:
            raise PageError(f"{name} is no file of a site: nothing would read it")
        if path in self._unseen:
            self.build()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._merged(text) if name == SETTINGS else text, encoding="utf-8")
        if name.startswith("templates/") and not (ROOT / name).exists() and not self._is_used(path):
            raise PageError(f"the theme has no {name}, and no template of the site uses it")
        if of_the_site:
            self._root = self.site
            self._unseen[path] = f"{block.page}:{block.line}"

    def build(self) -> None:
        """Build the site with what was written since the last build. Raises `PageError`."""
        if not self._unseen or not self._root:
            return
        output, site = self.stage.base / "built", self._root
        shutil.rmtree(output, ignore_errors=True)
        if not any(self._records().glob("**/*.md")):
            site = self._with_records()
        command = [sys.executable, "-m", "broadsheet", "build", str(site), "--strict", "--output", str(output)]
        done = subprocess.run(
            command, env=self.stage.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        places, self._unseen = ", ".join(self._unseen.values()), {}
        if done.returncode:
            raise PageError(f"the site with what stands at {places} is not built\n{done.stdout}{done.stderr}")

    def _with_records(self) -> Path:
        """Return a copy of the example with the files of a site that has no records: settings alone are not built."""
        copy = self.stage.base / "with-records"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(EXAMPLE, copy)
        shutil.copytree(self.site, copy, dirs_exist_ok=True)
        return copy

    def _records(self) -> Path:
        return next(
            (self.site / name for name in ("_news", "records", "news") if (self.site / name).is_dir()), self.site
        )

    def _named(self, block: Block, text: str) -> tuple[str, str]:
        """Return the name of a block's file, and what is to be written."""
        if block.name:
            return block.name, text
        if block.language == "yaml":
            value = _yaml(text)
            if isinstance(value, dict) and value.keys() <= _SETTINGS_KEYS:
                return SETTINGS, text
            if isinstance(value, dict) and value.keys() <= _RECORD_KEYS:
                title = value.get("title", "A ferry of her own")
                lacking = _GOOD.format(title=title).splitlines(keepends=True)
                head = "".join(line for line in lacking if line.partition(":")[0] not in value)
                return self._named_by_title(str(title)), f"---\n{head}{text}---\n"
        if block.language == "markdown" and (found := _FRONT_MATTER.match(text)):
            head = _yaml(found[1])
            if head.keys() <= _PAGE_KEYS:
                return f"pages/{_slug(str(head['title']))}.md", text
            if "title" in head:
                return self._named_by_title(str(head["title"]), str(head.get("publishedDateTime", ""))[:10]), text
        if found := _EXTENDS.search(text):
            return f"templates/{found[1]}", text
        raise PageError(f"nothing tells what this block of `{block.language}` is, or how it could be run")

    def _named_by_title(self, title: str, day: str = "") -> str:
        records = self._records()
        return f"{records.relative_to(self.site)}/{day or '2024-05-31'}-{_slug(title)}.md"

    def _merged(self, text: str) -> str:
        """Return the site's settings with those of a block in the place of the same ones."""
        path = self.site / SETTINGS
        settings = path.read_text(encoding="utf-8") if path.exists() else ""
        for key in _yaml(text) or {}:
            settings = re.sub(rf"^{key}:.*\n(?:[ \t#-].*\n|\n)*", "", settings, flags=re.MULTILINE)
        merged = f"{settings}{text}"
        try:
            parse_settings(merged, SETTINGS)
        except SiteError as error:
            raise PageError("\n".join(str(problem) for problem in error.problems)) from None
        return merged

    def _is_used(self, path: Path) -> bool:
        others = [other.read_text("utf-8") for other in path.parent.rglob("*") if other.is_file() and other != path]
        return any(path.name in text for text in others)

    def _is_for_a_host(self, block: Block, text: str) -> bool:
        """Check a workflow, steps of one, or hooks, and run their commands. Return whether it was one."""
        value = _yaml(text)
        if isinstance(value, dict) and "repos" in value:
            hooks = [hook for repository in value["repos"] for hook in repository["hooks"]]
            self._run_all([hook["entry"] for hook in hooks if hook.get("language") == "system"], self.stage.folder)
        elif isinstance(value, dict) and "jobs" in value:
            _check_by_schema(text, "vendor.github-workflows")
            self._run_all(_commands(value), self.site)
        elif isinstance(value, list) and all(isinstance(one, dict) and {"uses", "run"} & one.keys() for one in value):
            job = {"runs-on": "ubuntu-latest", "steps": value}
            whole = {"on": "push", "jobs": {"job": job}}
            _check_by_schema(json.dumps(whole), "vendor.github-workflows")
            self._run_all(_commands(whole), self.site)
        elif block.name and block.name.endswith(".gitlab-ci.yml"):
            _check_by_schema(text, "vendor.gitlab-ci")
            jobs = [job for job in value.values() if isinstance(job, dict) and "script" in job]
            self._run_all([line for job in jobs for line in job["script"]], self.site)
        else:
            return False
        return True

    def _run_all(self, commands: list[str], folder: Path) -> None:
        for command in commands:
            done = self.stage.run(f"(\ncd '{folder}'\n{command}\n)")
            if done.status:
                raise PageError(f"`{command}` ended with {done.status}\n{done.output}")


def _yaml(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PageError(f"no YAML: {error}") from None


def _slug(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def _commands(workflow: dict[str, Any]) -> list[str]:
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    return [step["run"] for step in steps if "run" in step and "${{" not in step["run"]]


def _check_by_schema(text: str, name: str) -> None:
    """Check YAML by a schema that check-jsonschema brings along."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", name, "--default-filetype", "yaml", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PageError(f"this breaks the schema {name}\n{done.stdout}{done.stderr}")


def _check_braces(text: str) -> None:
    bare = re.sub(r"/\*.*?\*/|#.*|\"[^\"\n]*\"|'[^'\n]*'", "", text, flags=re.DOTALL if "/*" in text else 0)
    depth = 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        assert depth >= 0, "a brace is closed that was not opened"
    assert depth == 0, "a brace is not closed"


def _check_nginx(text: str) -> None:
    _check_braces(text)
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    assert not [line for line in lines if line and line[-1] not in ";{}"], "a directive does not end"


def _check_script(text: str) -> None:
    if node := shutil.which("node"):
        done = subprocess.run([node, "--check", "-"], input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    else:
        _check_braces(text)


def _check_po(text: str) -> None:
    read_po(text.encode().splitlines(keepends=True), abort_invalid=True)


def _check_dockerfile(text: str) -> None:
    joined = re.sub(r"\\\n", " ", text)
    words = [line.split()[0] for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    known = "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN SHELL STOPSIGNAL USER VOLUME WORKDIR"
    assert not set(words) - set(known.split()), f"no instruction: {', '.join(set(words) - set(known.split()))}"


_CHECKS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "xml": ElementTree.fromstring,
    "ini": lambda text: configparser.ConfigParser(strict=False, interpolation=None).read_string(text),
    "nginx": _check_nginx,
    "css": _check_braces,
    "js": _check_script,
    "po": _check_po,
    "dockerfile": _check_dockerfile,
}
# Only a build says whether these are good.
_TRIED_BY_BUILDING = {"yaml", "markdown", "html", "jinja", "html+jinja"}
