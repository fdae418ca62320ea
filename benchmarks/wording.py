"""Made-up words, titles and texts of a wanted length, for the generator."""

import base64
import re
from random import Random

_ONSETS = ("b", "br", "d", "dr", "f", "g", "gl", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v", "z")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "io")
_CODAS = ("", "", "", "n", "r", "s", "l", "nt", "sk")
_SHORT = "a an as at by for from in is it of on or that the to was with".split()
_VOCABULARY = 11_000  # distinct words, as measured in 56,000 words of titles and excerpts
_MARK_SHARE = 0.3  # of texts that carry a mark of _MARKS
_MARKS = ("’s", "’s", ":", ",", " –", " &", '"', " €", "é")


class Wording:
    """Makes text with the random numbers it is given."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._words = sorted({self._word(1 + index % 3) for index in range(_VOCABULARY * 2)})
        random.shuffle(self._words)
        del self._words[_VOCABULARY:]
        # Long tail: a word's share falls with its rank.
        self._weights = []
        total = 0.0
        for rank in range(1, len(self._words) + 1):
            total += 1 / (rank + 20)
            self._weights.append(total)

    def _word(self, syllables: int) -> str:
        choice = self.random.choice
        return "".join(choice(_ONSETS) + choice(_VOWELS) for _ in range(syllables)) + choice(_CODAS)

    def names(self, count: int) -> list[str]:
        """Return different names, each one capitalised word."""
        found: dict[str, None] = {}
        while len(found) < count:
            found[self._word(3).capitalize()] = None
        return list(found)

    def theme(self) -> list[str]:
        """Return the words that the texts of one cluster share."""
        return self.random.choices(self._words, k=8)

    def title(self, length: int, theme: list[str]) -> str:
        """Return about `length` characters of capitalised words."""
        return " ".join(word if word in _SHORT else word[:1].upper() + word[1:] for word in self._take(length, theme))

    def text(self, length: int, theme: list[str]) -> str:
        """Return a sentence of about `length` characters, or nothing."""
        if length < 10:
            return ""
        text = " ".join(self._take(length, theme))
        return f"{text[0].upper()}{text[1:]}."

    def _take(self, length: int, theme: list[str]) -> list[str]:
        random = self.random
        count = length // 5 + 2
        pool = random.choices(self._words, cum_weights=self._weights, k=count)
        words: list[str] = []
        for index in range(count):
            kind = random.random()
            words.append(random.choice(_SHORT) if kind < 0.3 else random.choice(theme) if kind < 0.45 else pool[index])
            length -= len(words[-1]) + 1
            if length <= 0:
                break
        if random.random() < _MARK_SHARE:
            place, mark = random.randrange(len(words)), random.choice(_MARKS)
            words[place] = f'"{words[place]}"' if mark == '"' else words[place] + mark
        return words

    def slug(self, title: str) -> str:
        """Return `title` as it stands in a file name and an address."""
        return re.sub(r"[^a-z0-9]+", "-", title.lower().replace("’", "").replace("é", "e")).strip("-")

    def quoted(self, text: str) -> str:
        """Return `text` as a double-quoted YAML value."""
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    def ciphertext(self, length: int) -> str:
        """Return `length` random bytes and a 16-byte vector as they stand in a record's `secured`."""
        return ";".join(base64.b64encode(self.random.randbytes(size)).decode() for size in (length, 16))
