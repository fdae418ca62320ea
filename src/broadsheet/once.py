"""Answers that are found once for each thing that is asked about. Pure."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Answer = TypeVar("Answer")


class Once(Generic[Thing, Answer]):
    """A function whose answers are remembered: lists share their items, and most rows of a large site repeat others.

    Things are told apart by identity, which costs no hashing of their text.
    """

    def __init__(self, answer: Callable[[Thing], Answer]) -> None:
        """`answer` is a function of the thing alone."""
        self._answer = answer
        self._known: dict[int, Answer] = {}
        self._kept: list[Thing] = []

    def __call__(self, thing: Thing) -> Answer:
        """Return the answer for one thing."""
        if id(thing) not in self._known:
            self._known[id(thing)] = self._answer(thing)
            # Kept, so that no other takes its place in memory, and its answer.
            self._kept.append(thing)
        return self._known[id(thing)]

    def of(self, things: Iterable[Thing]) -> list[Answer]:
        """Return the answers for many, where most are known."""
        known = self._known
        with suppress(KeyError):
            return [known[id(thing)] for thing in things]
        return [self(thing) for thing in things]
