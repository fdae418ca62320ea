"""`broadsheet completion`."""

from __future__ import annotations

import click

_VARIABLE = "_BROADSHEET_COMPLETE"
# How the script is used, once and for all; the first of these shells is the one of click's with conditions.
_INSTALLED = {
    "bash": """\
# Completes what is written after `broadsheet` in bash, from version 4.4 on. For this shell alone:
#   source <(broadsheet completion bash)
# For all that come, where bash-completion is installed:
#   mkdir -p ~/.local/share/bash-completion/completions
#   broadsheet completion bash > ~/.local/share/bash-completion/completions/broadsheet
# and elsewhere:
#   broadsheet completion bash > ~/.broadsheet-completion.bash
#   echo '. ~/.broadsheet-completion.bash' >> ~/.bashrc
""",
    "zsh": """\
#compdef broadsheet
# Completes what is written after `broadsheet` in zsh. For all shells that come:
#   mkdir -p ~/.zfunc
#   broadsheet completion zsh > ~/.zfunc/_broadsheet
# and in ~/.zshrc, before other lines with compinit if there are some:
#   fpath+=(~/.zfunc)
#   autoload -Uz compinit && compinit
""",
    "fish": """\
# Completes what is written after `broadsheet` in fish. For all shells that come:
#   mkdir -p ~/.config/fish/completions
#   broadsheet completion fish > ~/.config/fish/completions/broadsheet.fish
""",
}


@click.command()
@click.argument("shell", type=click.Choice(list(_INSTALLED)))
def completion(shell: str) -> None:
    """Print a script by which SHELL completes commands, options, and names of the site: topics, records, targets.

    Its first lines say where it has to be put. SHELL is bash, zsh or fish.
    """
    from click.shell_completion import ShellComplete, get_completion_class  # noqa: PLC0415

    from broadsheet.cli import main  # noqa: PLC0415

    kind = get_completion_class(shell)
    assert kind is not None
    # Its own way asks the shell of this machine for its version: the script may be for another one.
    script = ShellComplete.source(kind(main, {}, "broadsheet", _VARIABLE))
    click.echo(_INSTALLED[shell] + script.removeprefix("#compdef broadsheet\n"))
