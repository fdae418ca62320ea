"""One target under Atheris: `python -m fuzz.one TARGET [options of libFuzzer] [FOLDER|FILE …]`; a file is replayed."""

import random
import sys
import tempfile

import atheris

from fuzz.target import Target

# How often bytes change as they may, where a target knows the form of its inputs.
_BLIND = 0.3
_INSTRUMENTED = ["broadsheet", "markdown_it.rules_block", "markdown_it.rules_inline"]


def main(arguments: list[str]) -> None:
    """Run a target until something is found, or libFuzzer is done."""
    name, *options = arguments
    with atheris.instrument_imports(include=_INSTRUMENTED):
        from fuzz.registry import found

        target = found(name)
    with tempfile.NamedTemporaryFile("w", prefix="broadsheet-fuzz-", suffix=".dict") as words:
        words.writelines(f'"{_escaped(word)}"\n' for word in target.words if word)
        words.flush()
        defaults = [f"-max_len={target.longest}", f"-dict={words.name}", "-timeout=60", "-rss_limit_mb=2500"]
        atheris.Setup([sys.argv[0], *defaults, *options], target.check, custom_mutator=_mutator(target))
        atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _mutator(target: Target):
    mutate = target.mutate
    if mutate is None:
        return None

    def change(data: bytes, most: int, seed: int) -> bytes:
        by = random.Random(seed)
        return atheris.Mutate(data, most) if by.random() < _BLIND else mutate(data, by)[:most]

    return change


if __name__ == "__main__":
    main(sys.argv[1:])
