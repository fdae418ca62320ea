"""What a target is, and what the checks of several have in common."""

import random
from collections.abc import Callable, Sequence

from msgspec import Struct

Mutator = Callable[[bytes, random.Random], bytes]


class Target(Struct, frozen=True):
    """Something that must hold for any bytes: `check` raises where it does not.

    `seeds` are where a run starts. `words` are what its inputs are made of, which mutations put in. `mutate` knows the
    form of the inputs; without one bytes change as they may. `longest` is in bytes.
    """

    check: Callable[[bytes], None]
    seeds: Sequence[bytes]
    words: Sequence[bytes] = ()
    mutate: Mutator | None = None
    longest: int = 4096


def text_of(data: bytes) -> str:
    """Return bytes as text; what is no UTF-8 becomes lone surrogates, which escapes of YAML and JSON can name, too."""
    return data.decode("utf-8", "surrogateescape")
