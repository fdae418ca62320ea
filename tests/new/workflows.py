"""Workflows as those who run them read them: their steps, with what stands in them evaluated, run by the real shell."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

# Where the command is that the steps call.
PROGRAMS = str(Path(sys.executable).parent)
ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
_EXPRESSION = re.compile(r"\$\{\{ (?:'((?:[^']|'')*)'|([\w.]+)) \}\}")


class Reader(yaml.SafeLoader):
    """YAML 1.2 in one regard: `on` is a key and no truth."""


Reader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> dict[str, Any]:
    workflow = yaml.load(path.read_text(encoding="utf-8"), Reader)
    assert isinstance(workflow, dict)
    return workflow


def evaluated(text: str, **contexts: str) -> str:
    """Return a text with its expressions replaced: by what they quote, or by what a name such as `env.SITE` means."""
    names = {name.replace("__", "."): value for name, value in contexts.items()}
    return _EXPRESSION.sub(lambda found: found[1].replace("''", "'") if found[2] is None else names[found[2]], text)


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def step(workflow: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for one in steps(workflow) if one.get("name") == name or one.get("uses", "").startswith(name)]
    return found


def at_github(workflow: dict[str, Any], name: str, folder: Path, **contexts: str) -> tuple[list[str], dict[str, str]]:
    """Return the command line that a step is, as GitHub's runner would call it, and its environment."""
    one = step(workflow, name)
    given = {**workflow["env"], **one.get("env", {})}
    environment = {key: evaluated(value, **contexts) for key, value in given.items()}
    script = folder.parent / f"{folder.name}-{name}.sh"
    script.write_text(one["run"], encoding="utf-8")
    return ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)], environment


def at_gitlab(job: dict[str, Any], folder: Path, **variables: str) -> tuple[list[str], dict[str, str]]:
    """Return the command line that a job's script is, as GitLab's runner would call it, and its environment."""
    environment = dict(variables)
    for name, value in job["variables"].items():
        is_raw = isinstance(value, dict)
        environment[name] = value["value"] if is_raw else variables[value.removeprefix("$")]
        assert not is_raw or value["expand"] is False
    script = folder.parent / f"{folder.name}.sh"
    script.write_text("\n".join([*job["before_script"], *job["script"]]), encoding="utf-8")
    return ["bash", "-eo", "pipefail", str(script)], environment


def started(command: list[str], folder: Path, environment: dict[str, str], **more: str) -> "subprocess.Popen[str]":
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **ALONE, "PATH": path, "HOME": str(folder.parent), **environment, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def done(process: "subprocess.Popen[str]", status: int = 0) -> str:
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == status, printed
    return printed


def git(folder: Path, *arguments: str | Path) -> str:
    called = subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments],
        cwd=folder,
        env={**os.environ, **ALONE},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert called.returncode == 0, called.stderr
    return called.stdout.strip()
