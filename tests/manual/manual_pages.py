"""Plays the pages of the manual: every code block is run, or held to something real. Nothing is skipped.

A page is a story. Its blocks run in order, in one fresh and empty folder and in one shell: the current folder and
exported variables stay from block to block. HOME is a folder aside, git has a name and an address, nothing reaches the
network. A block of which nothing tells how it could be run fails. For who writes a page:

sh          Run by `bash -eo pipefail` as it stands. `broadsheet serve` is started, asked for its page, ended by Ctrl-C.
            `pip install`, `pipx`, `uvx` and `python3 -m venv` are stand-ins that check what is asked for; `make X` sees
            that the target is there, and runs quick ones in a checkout: stand_ins.py. All of it is real in
            test_manual_for_real.py.
            A `text` block with `<!-- file: crontab -->`: each line's command is run.
console     Lines `$ COMMAND`; what stands below one is what it prints.
text, …     With `<!-- output -->` before it: what the block before has printed, as a whole. `…` stands for anything
            within a line, a line `…` for any lines, a duration for any duration, a port of 127.0.0.1 for any port. With
            `<!-- output: PATH -->` a part of that file: lines in a row. `json`: the keys shown, with values of the same
            types; null stands for any.
python      Run in the current folder.
yaml, markdown, html, css, js, xml, toml, ini, …
            A file. Its name, by the first that there is: `<!-- file: NAME -->` before the block; a comment as its first
            line with nothing but a path, `# _data/stories.yaml`; the paragraph right before it, if that ends with a
            colon: its last code span that is a path with an ending; else what it holds. Settings, steps of a workflow,
            a record or its front matter, a page and a template that extends `default/…` are known by that. Paths are
            below the site that `<!-- site: … -->` names, else below the current folder. Settings take the place of the
            same keys of `broadsheet.yaml`, any other block is the whole file. The site is built with `--strict` before
            a block takes a file's place, and at the end of the page; where it has no records, with those of the
            example. Workflows and steps are checked by their schema, and their commands run.

Directives are comments of HTML, which no reader sees, on lines of their own before a block:

<!-- site: my-site -->             the site of what follows; where there is no such folder, a copy of the example
                                   beside this file; `my-site = site`: a copy of that folder of the repository
<!-- fresh -->                     another empty folder; `fresh: checkout`: with all files of the repository
<!-- file: NAME -->                what file the block is
<!-- output -->                    what the block before has printed; `output: PATH`: a part of that file
<!-- run: COMMAND -->              a command that readers do not see; may have several lines
<!-- status: 1 -->                 the block's last command ends with that
<!-- replace: A = B -->            from here on B is meant where A stands; variables of the shell are known in B
<!-- with: bucket NAME -->         a server of S3 on loopback has this bucket
<!-- with: web ADDRESS = FOLDER --> a server on loopback gives the files of FOLDER where pages say ADDRESS
<!-- picture -->                   a `text` block that is drawn, and means nothing to a machine
"""

from pathlib import Path

import manual_files
import manual_outputs
from manual_blocks import Block, Directive, PageError, steps
from manual_stage import Done, Stage


def play(path: Path, page: str, stage: Stage, held: frozenset[str] = frozenset()) -> None:
    """Run all blocks of a page but those whose text is `held` to something elsewhere. Raises `PageError`."""
    player = _Player(stage)
    for step in steps(path, page):
        try:
            if isinstance(step, Directive):
                player.obey(step)
            elif step.text not in held:
                player.play(step)
        except PageError as error:
            raise PageError(f"{page}:{step.line + error.line}: {error}") from None
    try:
        player.files.build()
    except PageError as error:
        raise PageError(f"{page}: {error}") from None


class _Player:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.files = manual_files.Files(stage)
        self._last: Done | None = None

    def obey(self, directive: Directive) -> None:
        match directive.kind:
            case "site":
                self.stage.use_site(directive.text)
            case "fresh":
                self.files.build()
                self.stage.fresh(directive.text)
            case "replace":
                self.stage.replace(directive.text)
            case "with":
                self.stage.serve(directive.text)
            case "run":
                self._last = self._run(directive.text, 0)

    def play(self, block: Block) -> None:
        status = int(block.traits.get("status", 0))
        if "output" in block.traits:
            self._compare(block)
        elif block.language == "sh":
            self._last = self._run(block.text, status)
        elif block.language == "console":
            self._play_console(block.text, status)
        elif block.language == "python":
            self._last = self._run(f"python3 - <<'THE END'\n{block.text}\nTHE END\n", status)
        elif block.name == "crontab":
            for line in block.text.splitlines():
                if line.strip() and not line.startswith("#"):
                    self._run(line.split(maxsplit=5)[5], status)
        elif block.language == "text" and "picture" in block.traits:
            pass
        else:
            self.files.take(block)

    def _run(self, text: str, status: int) -> Done:
        done = self.stage.run(text)
        if done.status != status:
            command = text.splitlines()[done.line - 1].strip() if 0 < done.line <= len(text.splitlines()) else text
            late = f" within {self.stage.patience} seconds" if done.status == 124 else ""
            raise PageError(f"`{command}` ended with {done.status}, not with {status}{late}\n{done.output}", done.line)
        return done

    def _play_console(self, text: str, status: int) -> None:
        commands: list[tuple[str, list[str]]] = []
        for line in text.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            elif line.startswith("> ") and commands and not commands[-1][1]:
                commands[-1] = (f"{commands[-1][0]}\n{line[2:]}", [])
            elif commands:
                commands[-1][1].append(line)
            else:
                raise PageError("a console's first line is `$ COMMAND`")
        for number, (command, printed) in enumerate(commands, 1):
            self._last = self._run(command, status if number == len(commands) else 0)
            if printed:
                manual_outputs.compare("\n".join(printed), self._last.output)

    def _compare(self, block: Block) -> None:
        if path := block.traits["output"]:
            file = self.stage.folder / self.stage.spoken(path)
            if not file.is_file():
                raise PageError(f"there is no file {path}")
            found = self.stage.heard(file.read_text(encoding="utf-8"))
            compare = manual_outputs.compare_shape if block.language == "json" else manual_outputs.compare_part
        elif self._last is None:
            raise PageError("nothing was run whose output this could be")
        else:
            found = self._last.output
            compare = manual_outputs.compare_shape if block.language == "json" else manual_outputs.compare
        compare(block.text, found)
