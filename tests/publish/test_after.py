"""What is done after publishing, with a real hub on loopback and the real shell."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from msgspec import structs

from broadsheet.problems import Severity
from broadsheet.publish.after import ping, run_commands
from broadsheet.publish.target import Patience

SECRET = "s3cr3t-t0ken"
FEEDS = ["https://tram.example.org/feed.xml", "https://tram.example.org/topics/a%20b/feed.json?x=1&y=2"]
# Answers to requests, one after the other, each a status and its headers; the last one stands for all that follow.
Answers = list[tuple[int, dict[str, str]]]


class Hub:
    """A server that keeps what it is sent, and answers as it was told to."""

    def __init__(self, answers: Answers) -> None:
        self.asked: list[tuple[str, str, dict[str, list[str]], str]] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                hub.asked.append((self.command, self.path, parse_qs(body), self.headers["Content-Type"]))
                self._answer()

            def do_GET(self) -> None:
                hub.asked.append((self.command, self.path, {}, ""))
                self._answer()

            def _answer(self) -> None:
                status, headers = answers[min(len(hub.asked), len(answers)) - 1]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hub?for=us"

    @contextmanager
    def serving(self) -> Iterator["Hub"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


@pytest.fixture
def paused(monkeypatch) -> Iterator[list[float]]:
    """The pauses that were made, by a clock that takes no time."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return []


@pytest.fixture
def patience(paused) -> Patience:
    return Patience(attempts=3, pause=1, sleep=paused.append)


def test_a_hub_is_told_of_every_feed_by_a_form(patience):
    with Hub([(204, {})]).serving() as hub:
        assert ping(hub.url, FEEDS, patience) == []
    assert [(command, path) for command, path, _, _ in hub.asked] == [("POST", "/hub?for=us")] * 2
    assert [form for *_, form, _ in hub.asked] == [{"hub.mode": ["publish"], "hub.url": [feed]} for feed in FEEDS]
    assert {kind for *_, kind in hub.asked} == {"application/x-www-form-urlencoded"}


@pytest.mark.parametrize("status", [200, 202, 204])
def test_every_status_of_success_is_a_yes(patience, status):
    with Hub([(status, {})]).serving() as hub:
        assert ping(hub.url, FEEDS[:1], patience) == []


def test_with_nothing_to_tell_nobody_is_asked(patience):
    assert ping("http://127.0.0.1:9/", [], patience) == []


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_hub_that_is_in_trouble_is_asked_again_after_a_pause(patience, paused, status):
    with Hub([(status, {}), (status, {}), (204, {})]).serving() as hub:
        assert ping(hub.url, FEEDS, patience) == []
    assert paused == [1, 2]
    assert [form["hub.url"] for *_, form, _ in hub.asked] == [[FEEDS[0]]] * 3 + [[FEEDS[1]]]


def test_a_hub_that_stays_in_trouble_is_left_alone_and_one_warning_says_of_how_many_feeds_it_was_not_told(
    patience, paused
):
    with Hub([(204, {}), (500, {})]).serving() as hub:
        (problem,) = ping(hub.url, [FEEDS[0], *FEEDS], patience)
    assert problem.severity is Severity.WARNING
    assert problem.place.file == hub.url
    assert problem.message == f"the hub answered with status 500: not told of 2 feeds, first {FEEDS[0]}"
    assert len(hub.asked) == 1 + patience.attempts
    assert len(paused) == patience.attempts - 1


def test_what_a_hub_refuses_is_not_asked_again_and_the_others_are(patience, paused):
    with Hub([(404, {}), (204, {}), (403, {})]).serving() as hub:
        problems = ping(hub.url, [*FEEDS, FEEDS[0]], patience)
    assert [problem.message.partition(":")[0] for problem in problems] == [
        "the hub answered with status 404",
        "the hub answered with status 403",
    ]
    assert len(hub.asked) == 3
    assert paused == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_followed_with_the_form_and_not_without(patience, status):
    with Hub([(status, {"Location": "/moved"}), (204, {})]).serving() as hub:
        assert ping(hub.url, FEEDS[:1], patience) == []
    assert [(command, path) for command, path, _, _ in hub.asked] == [("POST", "/hub?for=us"), ("POST", "/moved")]
    assert hub.asked[0][2:] == hub.asked[1][2:]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:1", "https://"])
def test_a_redirect_to_what_is_no_web_page_is_not_followed(patience, location):
    with Hub([(302, {"Location": location})]).serving() as hub:
        (problem,) = ping(hub.url, FEEDS[:1], patience)
    assert "the hub leads to no web address" in problem.message
    assert len(hub.asked) == 1


def test_redirects_in_a_circle_and_those_that_lead_nowhere_are_refusals(patience, paused):
    with Hub([(307, {"Location": "/again"})]).serving() as hub:
        (problem,) = ping(hub.url, FEEDS[:1], patience)
    assert "without an end" in problem.message
    assert len(hub.asked) == 6
    for headers in ({}, {"Location": "/see"}):
        with Hub([(303, headers)]).serving() as hub:
            (problem,) = ping(hub.url, FEEDS[:1], patience)
        assert "status 303" in problem.message
        assert len(hub.asked) == 1
    assert paused == []


@contextmanager
def listening(backlog: int = 8) -> Iterator[tuple[socket.socket, str]]:
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as listener:
        yield listener, f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_hub_that_never_answers_keeps_nobody_waiting(patience, paused):
    with listening() as (_, url):
        (problem,) = ping(url, FEEDS, structs.replace(patience, request=0.05))
    assert "did not answer within 0.05 seconds: not told of 2 feeds" in problem.message
    assert len(paused) == patience.attempts - 1


def test_a_hub_that_hangs_up_or_is_not_there_is_a_warning(patience):
    with listening() as (listener, url):

        def hang_up() -> None:
            for _ in range(patience.attempts):
                listener.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        (problem,) = ping(url, FEEDS[:1], patience)
        thread.join()
    assert "the hub " in problem.message
    (problem,) = ping(url, FEEDS[:1], patience)
    assert "can not be reached: connection refused" in problem.message


def test_an_answer_that_is_none_is_a_warning(patience):
    with listening() as (listener, url):

        def babble() -> None:
            for _ in range(patience.attempts):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"SSH-2.0-nobody\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        (problem,) = ping(url, FEEDS[:1], patience)
        thread.join()
    assert "the hub broke off the connection" in problem.message


Shown = Callable[[], str]


@pytest.fixture
def shown(capfd) -> Shown:
    return lambda: capfd.readouterr().out


def test_commands_run_in_order_in_the_sites_folder_with_the_names_they_are_given(tmp_path, monkeypatch, shown):
    monkeypatch.setenv("FROM_OUTSIDE", "inherited")
    commands = [
        "echo first $BROADSHEET_TARGET $FROM_OUTSIDE",
        "echo second; pwd",
        'printf %s "$BROADSHEET_URLS" > urls',
    ]
    assert run_commands(commands, tmp_path, {"BROADSHEET_TARGET": "pages", "BROADSHEET_URLS": "/a b/list"}) == []
    assert shown().split() == ["first", "pages", "inherited", "second", str(tmp_path.resolve())]
    assert (tmp_path / "urls").read_text() == "/a b/list"
    assert "BROADSHEET_TARGET" not in os.environ


def test_nothing_runs_after_a_command_that_failed(tmp_path, shown):
    (problem,) = run_commands(["true", "exit 3", "echo never", "echo never"], tmp_path, {})
    assert problem.severity is Severity.ERROR
    assert problem.message == "command 2 of 4 under `after` failed with status 3; 2 commands after it not run"
    assert shown() == ""


@pytest.mark.parametrize("command", ["exit 1", "no-such-program-{0} 2>&1 >/dev/null", "kill -TERM $$"])
def test_a_problem_says_which_command_and_how_and_nothing_of_its_text(tmp_path, capfd, command):
    (problem,) = run_commands([f"{command.format(SECRET)} # {SECRET}"], tmp_path, {"TOKEN": SECRET})
    assert problem.message.startswith("command 1 of 1 under `after` ")
    assert SECRET not in repr(problem)
    capfd.readouterr()


def test_a_command_that_a_signal_ended_is_told_as_such(tmp_path):
    (problem,) = run_commands(["kill -TERM $$"], tmp_path, {})
    assert problem.message == "command 1 of 1 under `after` was ended by signal 15"


def test_a_command_that_can_not_be_started_is_a_problem_and_no_crash(tmp_path):
    (problem,) = run_commands(["true"], tmp_path / "gone", {})
    assert "can not be run: no such file or directory" in problem.message


def test_what_commands_print_can_be_sent_elsewhere(tmp_path, shown):
    with (tmp_path / "told").open("w", encoding="utf-8") as file:
        assert run_commands(["echo here"], tmp_path, {}, file) == []
    assert (tmp_path / "told").read_text() == "here\n"
    assert shown() == ""


PRINTING = """
import sys
from pathlib import Path
from broadsheet.publish.after import run_commands

print("before")
run_commands(["echo after"], Path(sys.argv[1]), {})
"""


def test_what_was_printed_before_stands_before_what_a_command_prints(tmp_path):
    done = subprocess.run([sys.executable, "-c", PRINTING, tmp_path], capture_output=True, check=True)
    assert done.stdout.split() == [b"before", b"after"]
