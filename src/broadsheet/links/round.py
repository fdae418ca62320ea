"""A round over many links: a few hosts at a time, each asked for one thing at a time, with a pause in between."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread

from msgspec import structs

from broadsheet.links.ask import ask
from broadsheet.links.robots import Robots, robots_of
from broadsheet.links.verdict import (
    TOO_MANY,
    UNAVAILABLE,
    Answer,
    Kind,
    Step,
    Verdict,
    first_step,
    followed,
    judged,
    origin_of,
)
from broadsheet.text import url_host
from broadsheet.web import REDIRECTS, Failure, Outside, retry_seconds

# Who wants longer pauses, or to be left alone for longer, is not waited for.
_LONGEST_DELAY = 30
_LONGEST_WAIT = 60
_WAIT_WITHOUT_SAYING = 10
_MOST_TRIES = 1
# A host that does not answer so often in a row is not there today.
_MOST_FAILURES = 3
# So often somebody who waits can be interrupted, on systems where nothing else lets him.
_LOOK_UP_EVERY = 0.5
_FORBIDDEN = "robots.txt does not allow it"
_LEFT_ALONE = "the host wants to be left alone"
_NO_RULES = Answer()
_SILENT = {Failure.TOO_LATE, Failure.BROKEN}
# Then nobody was disturbed.
_NEVER_MET = {Failure.NOT_PUBLIC, Failure.NO_HOST, Failure.NOT_FOUND_OUT}

Told = Callable[[str, Verdict], None]


class _Host:
    """What waits to be asked of a host, when it may be, and how often it has not answered in a row."""

    def __init__(self) -> None:
        self.steps: deque[Step] = deque()
        self.ready_at = 0.0
        self.delay = 0.0
        self.is_busy = False
        self.failures = 0
        self.is_left_alone = ""


class Round:
    """One round: every link that is `add`ed gets its verdict from `run`."""

    def __init__(self, outside: Outside, now: datetime, tell: Told) -> None:
        """`tell` gets every link with its verdict, as soon as there is one; `now` is what dates are compared with."""
        self.has_answer = False
        self._outside = outside
        self._now = now
        self._tell = tell
        self._hosts: dict[str, _Host] = {}
        # The rules of every origin, or the answer that says why there are none; None while they are asked for.
        self._rules: dict[str, Robots | Answer | None] = {}
        self._held: dict[str, list[Step]] = {}
        self._done: SimpleQueue[tuple[Step, Answer | Exception, float]] = SimpleQueue()
        self._active = 0

    def add(self, links: Iterable[str]) -> None:
        """Take on `links`, clean URLs without repeats."""
        for link in links:
            self._host(link).steps.append(first_step(link, self._outside.seconds))

    def run(self) -> None:
        """Ask until every link has its verdict; who interrupts it has those that were told."""
        while True:
            wait = self._start()
            if self._active:
                self._take(wait)
            elif wait is not None:
                self._outside.sleep(wait)
            elif not any(host.steps for host in self._hosts.values()):
                return

    def _host(self, url: str) -> _Host:
        return self._hosts.setdefault(url_host(url), _Host())

    def _start(self) -> float | None:
        """Start all that may be; return in how many seconds the next host may be asked, None for nobody knows."""
        now = self._outside.clock()
        waits = []
        for host in [host for host in self._hosts.values() if host.steps and not host.is_busy]:
            if host.ready_at > now:
                waits.append(host.ready_at - now)
            elif self._active < self._outside.at_once and (step := self._next(host)):
                host.is_busy = True
                self._active += 1
                # None that has to be waited for at the end: looking up a name can not be cut short.
                Thread(target=self._ask, args=(step,), daemon=True).start()
        return min(waits, default=None)

    def _next(self, host: _Host) -> Step | None:
        """Return what to ask of a host now; what may not be asked, or has to wait for its rules, is put away."""
        while host.steps:
            step = host.steps.popleft()
            if step.robots_of:
                if not host.is_left_alone:
                    return step
                self._open(step.robots_of, _NO_RULES)
            elif host.is_left_alone:
                self._settle(step, Verdict(Kind.UNKNOWN, host.is_left_alone))
            elif asked_first := self._allowed(step):
                return asked_first
        return None

    def _allowed(self, step: Step) -> Step | None:
        """Return `step` if its host allows it, what asks whether it does if nobody has, and None if it does not."""
        origin = origin_of(step.url)
        if origin not in self._rules:
            self._rules[origin] = None
            self._held[origin] = [step]
            return Step(step.start, f"{origin}/robots.txt", self._outside.seconds, "GET", robots_of=origin)
        rules = self._rules[origin]
        if rules is None:
            self._held[origin].append(step)
        elif isinstance(rules, Answer):
            self._settle(step, _without_rules(step, rules))
        elif rules.allows(step.url):
            return step
        else:
            self._settle(step, Verdict(Kind.UNKNOWN, _FORBIDDEN))
        return None

    def _ask(self, step: Step) -> None:
        try:
            answer, seconds = ask(step, self._outside.permit)
        except Exception as error:
            # A fault of ours: raised where somebody sees it.
            self._done.put((step, error, 0))
        else:
            self._done.put((step, answer, seconds))

    def _take(self, wait: float | None) -> None:
        """Take what one request came to, if there is one soon."""
        try:
            step, answer, seconds = self._done.get(timeout=min(wait or _LOOK_UP_EVERY, _LOOK_UP_EVERY))
        except Empty:
            return
        self._active -= 1
        if isinstance(answer, Exception):
            raise answer
        host = self._host(step.url)
        host.is_busy = False
        if answer.failure not in _NEVER_MET:
            host.ready_at = self._outside.clock() + max(self._outside.pause, host.delay)
        self._count(host, answer)
        step = structs.replace(step, seconds=seconds)
        if answer.status in {TOO_MANY, UNAVAILABLE} and self._comes_again(host, step, answer):
            return
        if step.robots_of:
            self._learn(step, answer)
        else:
            self._settle(step, judged(step, answer))

    def _count(self, host: _Host, answer: Answer) -> None:
        """Notice a host that is not there today."""
        self.has_answer = self.has_answer or not answer.failure
        host.failures = host.failures + 1 if answer.failure in _SILENT else 0
        if answer.failure and host.failures >= _MOST_FAILURES:
            host.is_left_alone = answer.failure.value

    def _comes_again(self, host: _Host, step: Step, answer: Answer) -> bool:
        """Heed a host that is asked for too much; return whether it is asked for the same again."""
        wait = retry_seconds(answer.retry_after, self._now)
        if wait is None:
            wait = _WAIT_WITHOUT_SAYING if answer.status == TOO_MANY else 0
        if wait > _LONGEST_WAIT:
            host.is_left_alone = _LEFT_ALONE
            return False
        host.ready_at = max(host.ready_at, self._outside.clock() + wait)
        if not wait or step.tries == _MOST_TRIES:
            return False
        host.steps.appendleft(structs.replace(step, tries=step.tries + 1))
        return True

    def _learn(self, step: Step, answer: Answer) -> None:
        """Take what was answered for the rules of an origin, or go on to where it leads."""
        if answer.status in REDIRECTS and answer.location:
            onward = followed(step, answer)
            if isinstance(onward, Step):
                self._host(onward.url).steps.appendleft(onward)
                return
            answer = Answer(404)
        if answer.failure and step.redirects:
            # How another host fails says nothing about this one.
            answer = _NO_RULES
        self._open(step.robots_of, answer)

    def _open(self, origin: str, answer: Answer) -> None:
        """Go on with what has waited for the rules of an origin: what it does not say is allowed."""
        host = self._host(origin)
        if answer.failure or answer.status >= 500 or answer.status == TOO_MANY or answer == _NO_RULES:
            self._rules[origin] = answer
        else:
            rules = self._rules[origin] = robots_of(answer.content)
            host.delay = max(host.delay, min(rules.delay, _LONGEST_DELAY))
            host.ready_at = max(host.ready_at, self._outside.clock() + host.delay)
        host.steps.extendleft(reversed(self._held.pop(origin)))

    def _settle(self, step: Step, outcome: Verdict | Step) -> None:
        """Tell the verdict of a link, or go on with it."""
        if isinstance(outcome, Verdict):
            self._tell(step.start, outcome)
        else:
            self._host(outcome.url).steps.appendleft(outcome)


def _without_rules(step: Step, answer: Answer) -> Verdict | Step:
    """Return what a link is whose host did not say what it allows: then nothing is."""
    if answer.failure:
        return judged(structs.replace(step, method="GET"), answer)
    why = f"has status {answer.status}" if answer.status else "can not be had"
    return Verdict(Kind.UNKNOWN, f"robots.txt {why}")
