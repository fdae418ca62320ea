"""The workflow as GitLab CI has it. Pure."""

import re

from broadsheet.last_build import RELEASES_FOLDER
from broadsheet.new.steps import HINT, NOTE, PYTHON, Work, indented, quoted
from broadsheet.targets import RsyncTarget

FILE = ".gitlab-ci.yml"
_SCHEMA = "https://gitlab.com/gitlab-org/gitlab/-/raw/master/app/assets/javascripts/editor/schema/ci.json"
_HEAD = HINT.format(_SCHEMA) + NOTE
_AS = ("Broadsheet", "broadsheet@noreply.$CI_SERVER_HOST")
# Pages are taken from a folder of this name.
_OUTPUT = "public"
_NEWEST = """\
# The newest state, whatever it was that started this.
git fetch --quiet --depth=1 origin "refs/heads/$BRANCH"
git checkout --quiet --detach FETCH_HEAD
"""


def workflow(work: Work) -> str:
    """Return the text of the file."""
    given = "".join(_variable(name, value) for name, value in work.environment.items())
    schedules = "".join(f"#   {line}\n" for line in work.crontab)
    rules = "".join(
        f'    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE == "{source}"\n'
        for source in ("push", "schedule", "web")
    )
    rsync = ["apt-get update -q && apt-get install -q --yes rsync"] if isinstance(work.target, RsyncTarget) else []
    before = _block(_NEWEST) + "".join(f"    - {quoted(command)}\n" for command in (*rsync, work.install))
    gather = [work.gather(*_AS)] if work.imports else []
    blocks = [*gather, *([work.cut(*_AS)] if work.cuts_editions else []), *_published(work)]
    script = "".join(map(_block, blocks))
    return f"""\
{_HEAD}# It runs on every push to the default branch. Scheduled records and issues come out without one, by
# schedules that are made in GitLab itself: Build → Pipeline schedules, for the default branch, in UTC:
{schedules}
{"publish" if work.target else "pages"}:
  image: python:{PYTHON}
  timeout: 1 hour
  # One at a time.
  resource_group: publish
  interruptible: false
  rules:
{rules}  variables:
{given}    BRANCH: $CI_DEFAULT_BRANCH
  # What the last run learned makes this one quick.
  cache:
    key: broadsheet
    paths:
      - {quoted(_path(work.cache))}
  before_script:
{before}  script:
{script}{"" if work.target else _ARTIFACTS}"""


_ARTIFACTS = f"""\
  artifacts:
    paths:
      - {_OUTPUT}
"""


def left_to_do(work: Work) -> list[str]:
    """Return what its owner has to do at GitLab, as sentences."""
    times = " and ".join(f"`{line}`" for line in work.crontab)
    left = [f"Build → Pipeline schedules → New schedule: {times}, in UTC, for `{work.branch}`"]
    if work.pushes:
        left.append("Settings → CI/CD → Job token permissions: allow Git push requests to the repository")
    if names := (*work.secrets, *work.variables):
        left.append(f"Settings → CI/CD → Variables, masked where they are secret: {', '.join(names)}")
    return left


def _published(work: Work) -> list[str]:
    if work.target is None:
        return [work.build(_OUTPUT, '"$CI_PAGES_URL"')]
    # Not for the cache: they are whole sites, and the next run has another machine.
    return [work.publish() + f'rm -rf "$SITE/{RELEASES_FOLDER}"\n']


def _block(commands: str) -> str:
    return f"    - |\n{indented(commands, 6)}"


def _variable(name: str, value: str) -> str:
    return f"    {name}:\n      value: {quoted(value)}\n      expand: false\n"


def _path(path: str) -> str:
    """Return the pattern of a cache that means just this path; GitLab replaces variables in it."""
    return re.sub(r"[*?\[\]{}\\]", r"\\\g<0>", path).replace("$", "$$")
