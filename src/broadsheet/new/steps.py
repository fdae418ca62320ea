"""What a workflow does, whoever runs it: its work as a value, what that needs, and the commands of its steps. Pure.

Names of folders, branches and targets reach the shell by its environment, and never stand in a command.
"""

from msgspec import Struct

from broadsheet.last_build import CACHE_FOLDER, RELEASES_FOLDER
from broadsheet.model import MANIFEST
from broadsheet.targets import AnyTarget, AzureTarget, GcsTarget, GitTarget, RsyncTarget, S3Target

PYTHON = "3.13"
# By which editors know what may stand in such a file.
HINT = "# yaml-language-server: $schema={}\n"
NOTE = "# Builds the site and publishes it. Made by `broadsheet new workflow`, and yours from here on.\n"

_CUT = """\
for attempt in 1 2 3 4 5; do
  broadsheet edition {arguments}
  if [ -d "$SITE/editions" ]; then git --literal-pathspecs add -- "$SITE/editions"; fi
  if git diff --cached --quiet; then break; fi
  git -c user.name="{name}" -c user.email="{email}" commit --quiet --message "Cut the edition [skip ci]"
  if git push --quiet origin "HEAD:refs/heads/$BRANCH"; then break; fi
  if [ "$attempt" = 5 ]; then exit 1; fi
  # Somebody was quicker: what is there counts, and what is still due is cut anew.
  git fetch --quiet --depth=1 origin "refs/heads/$BRANCH"
  git reset --quiet --hard FETCH_HEAD
done
"""
# A source that is down must not keep the site from its readers: how feeds fare is on a page of it.
_IMPORT = """\
for attempt in 1 2 3 4 5; do
  broadsheet import {arguments} || echo "Not all could be imported; the site is built all the same."
  git --literal-pathspecs add -- "$SITE"
  if git diff --cached --quiet; then break; fi
  git -c user.name="{name}" -c user.email="{email}" commit --quiet --message "Import feeds [skip ci]"
  if git push --quiet origin "HEAD:refs/heads/$BRANCH"; then break; fi
  if [ "$attempt" = 5 ]; then exit 1; fi
  # Somebody was quicker: what is there counts, and what is still new is imported anew.
  git fetch --quiet --depth=1 origin "refs/heads/$BRANCH"
  git reset --quiet --hard FETCH_HEAD
done
"""
_OVER_SSH = """\
eval "$(ssh-agent -s)" > /dev/null
trap 'kill "$SSH_AGENT_PID"' EXIT
printf '%s\\n' "$SSH_PRIVATE_KEY" | ssh-add -q -
unset SSH_PRIVATE_KEY
mkdir -p ~/.ssh
printf '%s\\n' "$SSH_KNOWN_HOSTS" >> ~/.ssh/known_hosts
"""


class Work(Struct, frozen=True):
    """What a workflow has to do.

    `site` and `config` are relative to the root of the repository and start with a dot; all texts are printable.
    Without a `target` it publishes to the Pages of its host. `crontab` is in UTC.
    """

    site: str
    config: str | None
    branch: str
    install: str
    crontab: tuple[str, ...]
    cuts_editions: bool
    imports: bool = False
    name: str = ""
    target: AnyTarget | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that publishing takes from its environment."""
        match self.target:
            case S3Target():
                return ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
            case GcsTarget():
                return ("GOOGLE_SERVICE_ACCOUNT_KEY",)
            case AzureTarget():
                return ("AZURE_STORAGE_ACCOUNT_KEY",)
        return ("SSH_PRIVATE_KEY",) if self.goes_over_ssh else ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of what else it takes from its environment, and is no secret."""
        match self.target:
            case S3Target(region=None, endpoint=None):
                return ("AWS_REGION",)
            case AzureTarget(account=None):
                return ("AZURE_STORAGE_ACCOUNT_NAME",)
        return ("SSH_KNOWN_HOSTS",) if self.goes_over_ssh else ()

    @property
    def goes_over_ssh(self) -> bool:
        """Whether publishing connects by ssh."""
        return isinstance(self.target, RsyncTarget) or (isinstance(self.target, GitTarget) and not self.publishes_here)

    @property
    def publishes_here(self) -> bool:
        """Whether what is published is a branch of the very repository."""
        return isinstance(self.target, GitTarget) and self.target.remote == "origin"

    @property
    def pushes(self) -> bool:
        """Whether anything is pushed to the very repository."""
        return self.cuts_editions or self.imports or self.publishes_here

    @property
    def cache(self) -> str:
        """The folder to keep from one run to the next."""
        return f"{self.site}/{CACHE_FOLDER}"

    @property
    def releases(self) -> str:
        """The folder in it that need not be kept."""
        return f"{self.site}/{RELEASES_FOLDER}"

    @property
    def environment(self) -> dict[str, str]:
        """What the commands find in their environment."""
        given = {"SITE": self.site, "CONFIG": self.config or "", "TARGET": self.name}
        return {name: value for name, value in given.items() if value}

    @property
    def _config(self) -> str:
        return ' --config "$CONFIG"' if self.config else ""

    def gather(self, name: str, email: str) -> str:
        """Return the commands that import what is new, and push it as a commit of `name` and `email`."""
        return _IMPORT.format(arguments=f'"$SITE"{self._config}', name=name, email=email)

    def cut(self, name: str, email: str) -> str:
        """Return the commands that cut the issues that are due, and push them as a commit of `name` and `email`."""
        return _CUT.format(arguments=f'"$SITE"{self._config}', name=name, email=email)

    def build(self, output: str, base_url: str) -> str:
        """Return the commands that build the site into the folder `output`; both are words as the shell has them."""
        return (
            f'broadsheet build "$SITE"{self._config} --output {output} --base-url {base_url}\n'
            f"rm -f {output}/{MANIFEST}\n"
        )

    def publish(self) -> str:
        """Return the commands that publish the site to its target."""
        return (_OVER_SSH if self.goes_over_ssh else "") + f'broadsheet publish "$SITE" "$TARGET"{self._config}\n'


def quoted(text: str) -> str:
    """Return a printable text as YAML has it, whatever it holds."""
    return "'" + text.replace("'", "''") + "'"


def indented(text: str, columns: int) -> str:
    """Return the lines of `text` for a block of YAML that begins at a column."""
    return "".join(f"{' ' * columns}{line}\n" for line in text.splitlines())
