"""The workflow as GitHub Actions has it. Pure."""

import re

from broadsheet.new.steps import HINT, NOTE, PYTHON, Work, indented, quoted

FILE = ".github/workflows/publish.yml"
_SCHEMA = "https://json.schemastore.org/github-workflow.json"
_AS = ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
_OUTPUT = '"$RUNNER_TEMP/site"'
# What git allows in the name of a branch, and a filter of branches takes for a pattern.
_PATTERN = re.compile(r"[!+\]]")

_DEPLOY = """\

  deploy:
    needs: build
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      pages: write
      id-token: write
    environment:
      name: github-pages
      url: ${{ steps.deployment.outputs.page_url }}
    steps:
      - uses: actions/deploy-pages@v4
        id: deployment
"""


def workflow(work: Work) -> str:
    """Return the text of the file."""
    branch = _PATTERN.sub(r"\\\g<0>", work.branch)
    environment = {**work.environment, "BRANCH": work.branch}
    crons = "".join(f'    - cron: "{line}"\n' for line in work.crontab)
    given = "".join(f"  {name}: {_quoted(value)}\n" for name, value in environment.items())
    return f"""\
{HINT.format(_SCHEMA)}{NOTE}name: Publish

on:
  push:
    branches: [{quoted(branch)}]
  # Without a push, too: scheduled records come out when it is their time. In UTC.
  schedule:
{crons}  workflow_dispatch:

permissions: {{}}

# One at a time. Of those that wait only the newest is run; it has all that the others have.
concurrency:
  group: publish
  cancel-in-progress: false

defaults:
  run:
    shell: bash

env:
{given}
jobs:
{_publishing(work) if work.target else _building(work) + _DEPLOY}"""


def left_to_do(work: Work) -> list[str]:
    """Return what its owner has to do at GitHub, as sentences."""
    left = []
    if work.target is None:
        left.append("Settings → Pages → Build and deployment → Source: GitHub Actions")
    if work.secrets:
        left.append(f"Settings → Secrets and variables → Actions → Secrets: {', '.join(work.secrets)}")
    if work.variables:
        left.append(f"Settings → Secrets and variables → Actions → Variables: {', '.join(work.variables)}")
    if work.cuts_editions or work.imports:
        reasons = {"the issues that are cut": work.cuts_editions, "what is imported": work.imports}
        why = " and ".join(reason for reason, counts in reasons.items() if counts)
        left.append(f"if `{work.branch}` is protected: let GitHub Actions push to it, for {why}")
    return left


def _building(work: Work) -> str:
    return (
        _job("build", work, {"pages": "read"})
        # Before an issue is cut: it fails where Pages are not switched on.
        + "      - uses: actions/configure-pages@v5\n        id: pages\n"
        + _prepared(work)
        + _step("Build", work.build(_OUTPUT, '"$BASE_URL"'), {"BASE_URL": "${{ steps.pages.outputs.base_url }}"})
        + "      - uses: actions/upload-pages-artifact@v3\n        with:\n          path: ${{ runner.temp }}/site\n"
    )


def _publishing(work: Work) -> str:
    needed = {name: f"${{{{ secrets.{name} }}}}" for name in work.secrets}
    needed |= {name: f"${{{{ vars.{name} }}}}" for name in work.variables}
    return _job("publish", work, {}) + _prepared(work) + _step("Publish", work.publish(), needed)


def _job(name: str, work: Work, permissions: dict[str, str]) -> str:
    permissions = {"contents": "write" if work.pushes else "read", **permissions}
    granted = "".join(f"      {name}: {value}\n" for name, value in permissions.items())
    return f"""\
  {name}:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
{granted}    steps:
      # The newest state, whatever it was that started this.
      - uses: actions/checkout@v4
        with:
          ref: ${{{{ env.BRANCH }}}}
          persist-credentials: {"true" if work.pushes else "false"}
"""


def _prepared(work: Work) -> str:
    kept = f"{_path(work.cache)}/*\n!{_path(work.releases)}"
    gather = _step("Import feeds", work.gather(*_AS), {}) if work.imports else ""
    cut = _step("Cut the edition", work.cut(*_AS), {}) if work.cuts_editions else ""
    return f"""\
      - uses: actions/setup-python@v5
        with:
          python-version: "{PYTHON}"
      # What the last run learned makes this one quick; each saves its own.
      - uses: actions/cache@v4
        with:
          path: |
{indented(kept, 12)}          key: broadsheet-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
          restore-keys: broadsheet-
      - name: Install Broadsheet
        run: {quoted(work.install)}
{gather}{cut}"""


def _step(name: str, commands: str, environment: dict[str, str]) -> str:
    given = "".join(f"          {name}: {value}\n" for name, value in environment.items())
    return (
        f"      - name: {name}\n"
        + (f"        env:\n{given}" if given else "")
        + f"        run: |\n{indented(commands, 10)}"
    )


def _path(path: str) -> str:
    """Return the pattern of a cache that means just this path."""
    return _literal(re.sub(r"[*?\[]", r"[\g<0>]", path.replace("\\", "\\\\")))


def _quoted(text: str) -> str:
    return quoted(_literal(text))


def _literal(text: str) -> str:
    """Return `text` so that GitHub finds no expression in it."""
    return text.replace("${{", "${{ '${{' }}")
