"""One picture from the web: what is taken, what is refused, and that nobody can make a build wait."""

import socket
import ssl
import threading
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

import broadsheet.web
from broadsheet import __version__
from broadsheet.pictures.fetch import Limits, MissingError, fetch
from broadsheet.web import is_public

LIMITS = Limits(most_bytes=200_000, seconds=60)
SOON = Limits(most_bytes=200_000, seconds=0.3)


def get(url: str, limits: Limits = LIMITS, permitted: str = "127.0.0.1") -> bytes:
    return fetch(url, lambda address: address == permitted, limits, monotonic() + 60)


def refused(url: str, limits: Limits = LIMITS) -> str:
    with pytest.raises(MissingError) as caught:
        get(url, limits)
    return str(caught.value)


def test_a_picture_comes_as_it_is(press, drawn):
    assert get(press.serve("/a.png?b=c&d", drawn())) == drawn()


def test_a_request_says_who_asks_and_nothing_else(press, drawn):
    url = press.serve("/a.png", drawn(), Set_Cookie="id=1")
    get(press.redirect("/b.png", url))
    get(url)
    for _, headers in press.requests:
        assert headers == {
            "Host": f"127.0.0.1:{press.port}",
            "Accept-Encoding": "identity",
            "User-Agent": f"broadsheet/{__version__}",
            "Accept": "image/webp,image/jpeg,image/png,image/gif",
            "Connection": "close",
        }


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(press, drawn, status):
    press.serve("/a.png", drawn())
    assert get(press.redirect("/b.png", "a.png", status)) == drawn()


def test_redirects_come_to_an_end(press):
    assert refused(press.redirect("/a.png", "/a.png")) == "too many redirects"
    assert len(press.requests) == 6


@pytest.mark.parametrize("target", ["file:///etc/hosts", "ftp://127.0.0.1/a.png", "gopher://127.0.0.1/", "data:,"])
def test_a_redirect_to_what_is_no_web_address_is_refused(press, target):
    assert refused(press.redirect("/a.png", target)) == "a redirect to no web address"


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "0x7f.0.0.3", "2130706435", "169.254.169.254", "10.0.0.1", "[::1]", "0.0.0.0"]
)
def test_a_redirect_to_an_address_that_is_not_allowed_is_never_connected_to(press, host):
    assert refused(press.redirect("/a.png", f"http://{host}:{press.port}/b.png")) == "an address that is not public"
    assert press.asked() == ["/a.png"]


def test_loopback_is_not_connected_to_unless_it_is_allowed(press, drawn):
    with pytest.raises(MissingError, match="an address that is not public"):
        fetch(press.serve("/a.png", drawn()), is_public, LIMITS, monotonic() + 60)
    assert press.requests == []


def test_a_name_is_looked_up_once_and_leads_nowhere_but_to_what_was_looked_at(press, drawn, monkeypatch):
    lookups = []

    def rebinding(host, port, *arguments, **options):
        lookups.append(host)
        address = "127.0.0.1" if len(lookups) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    press.serve("/a.png", drawn())
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert get(f"http://rebinding.example:{press.port}/a.png") == drawn()
    assert refused(f"http://rebinding.example:{press.port}/a.png") == "an address that is not public"
    assert len(lookups) == 2


def test_where_one_address_of_a_host_is_not_reached_the_next_is_tried(press, drawn, monkeypatch):
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (port, press.port)]
    press.serve("/a.png", drawn())
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: found)
    assert get(f"http://two.example:{press.port}/a.png") == drawn()


@pytest.mark.parametrize("status", [404, 403, 410, 429, 500, 503, 206, 204])
def test_only_an_answer_that_all_is_well_is_one(press, drawn, status):
    assert refused(press.serve("/a.png", drawn(), status=status)) == f"status {status}"


@pytest.mark.parametrize(
    "type", ["text/html", "image/svg+xml", "application/json", "video/mp4", "text/html; charset=utf-8"]
)
def test_what_says_that_it_is_no_picture_is_refused(press, type):
    assert refused(press.serve("/a.png", b"<svg/>", type)) == "no picture of a kind that is taken"


@pytest.mark.parametrize("type", ["", "application/octet-stream", "binary/octet-stream", "image/anything", "nonsense"])
def test_what_does_not_say_what_it_is_may_be_one(press, drawn, type):
    assert get(press.serve("/a.png", drawn(), type)) == drawn()


def test_what_says_that_it_is_too_large_is_not_read(press):
    def answer(request):
        request.send_response(200)
        request.send_header("Content-Length", "200001")
        request.end_headers()
        press.over.wait(10)

    press.answers["/a.png"] = answer
    assert refused(press.url("/a.png"), Limits(200_000, 60)) == "more than 0.190735 MB"


def test_what_never_ends_is_read_no_further_than_the_limit(press):
    sent = []

    def answer(request):
        request.send_response(200)
        request.end_headers()
        while not press.over.is_set():
            request.wfile.write(bytes(50_000))
            sent.append(1)

    press.answers["/a.png"] = answer
    assert refused(press.url("/a.png"), Limits(2**20, 60)) == "more than 1 MB"


def drip(press, before: bytes, piece: bytes):
    """Send something now and then, often enough for who waits for the next piece only."""

    def answer(request):
        request.wfile.write(before)
        while not press.over.wait(0.02):
            request.wfile.write(piece)

    return answer


@pytest.mark.parametrize(
    "before",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
    ids=["the status", "the headers", "the content"],
)
def test_who_sends_slowly_is_not_waited_for(press, before):
    press.answers["/a.png"] = drip(press, before, b"x")
    assert refused(press.url("/a.png"), SOON) == "not sent within 0.3 seconds"


def test_who_sends_a_chunk_at_a_time_is_not_waited_for(press):
    before = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    press.answers["/a.png"] = drip(press, before, b"1\r\nx\r\n")
    assert refused(press.url("/a.png"), SOON) == "not sent within 0.3 seconds"


def test_who_takes_the_connection_and_says_nothing_is_not_waited_for():
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        assert refused(f"http://127.0.0.1:{port}/", SOON) == "not sent within 0.3 seconds"
        assert refused(f"https://127.0.0.1:{port}/", SOON) == "not sent within 0.3 seconds"


def test_redirects_do_not_begin_the_time_anew(press):
    def answer(request):
        press.over.wait(0.12)
        request.send_response(302)
        request.send_header("Location", "/a.png")
        request.end_headers()

    press.answers["/a.png"] = answer
    assert refused(press.url("/a.png"), SOON) == "not sent within 0.3 seconds"


def test_an_end_of_all_time_is_an_end(press, drawn):
    with pytest.raises(MissingError):
        fetch(press.serve("/a.png", drawn()), lambda address: True, LIMITS, monotonic() - 1)
    assert press.requests == []


def test_what_is_cut_off_is_not_taken(press, drawn):
    data = drawn()
    url = press.serve("/a.png", data[:-10], Content_Length=str(len(data)))
    assert refused(url) == "the connection refused or broken off"


def test_who_does_not_answer_or_talks_nonsense_is_refused(press):
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    press.answers["/a.png"] = lambda request: request.wfile.write(b"nonsense\r\n\r\n")
    assert refused(f"http://127.0.0.1:{port}/") == "the connection refused or broken off"
    assert refused(press.url("/a.png")) == "the connection refused or broken off"


def test_a_host_that_does_not_speak_the_secure_protocol_has_no_secure_connection(press):
    assert refused(press.url("/a.png").replace("http", "https")) == "no secure connection"


def test_over_a_secure_connection_only_a_host_with_a_certificate_that_is_trusted_is_heard(press, drawn, monkeypatch):
    certificate = Path(__file__).with_name("loopback.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    press.secure(context)
    press.serve("/a.png", drawn())
    url = press.url("/a.png").replace("http:", "https:")
    assert refused(url) == "no secure connection"
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(broadsheet.web, "secure_context", lambda: trusting)
    assert get(url) == drawn()
    assert refused(url.replace("127.0.0.1", "localhost")) == "no secure connection"
    assert press.asked() == ["/a.png"]


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", "%zz.example", "b%C3%BC..x", "%20", "x%0d%0ay"])
def test_a_host_that_can_not_be_named_is_not_found(host):
    told = {"no such host", "the host could not be looked up", "the connection refused or broken off"}
    assert refused(f"http://{host}/") in told


def test_no_thread_is_left_behind(press, drawn):
    before = threading.active_count()
    get(press.serve("/a.png", drawn()))
    assert threading.active_count() <= before + 1
