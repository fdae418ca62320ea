"""Where the preview listens, on real sockets, and which names it answers to."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.serve.hosts import FIRST_PORT, LAST_PORT, ListenError, is_allowed, is_loopback, listen, url_of


@pytest.fixture
def sockets() -> Iterator[ExitStack]:
    """What is entered is closed after the test."""
    with ExitStack() as stack:
        yield stack


def other(sockets: ExitStack, host: str) -> int:
    """Have another program listen on a port; return which."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = sockets.enter_context(socket.socket(family, socket.SOCK_STREAM))
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind((host, 0))
    taken.listen()
    return int(taken.getsockname()[1])


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.mark.parametrize(
    "header",
    [
        "localhost",
        "localhost:8000",
        "LOCALHOST:8000",
        "localhost.:8000",
        "news.localhost:8000",
        "127.0.0.1",
        "127.0.0.1:8000",
        "192.168.1.7:8000",
        "[::1]",
        "[::1]:8000",
        "[2001:DB8::1]:8000",
        "[::ffff:127.0.0.1]:80",
        "localhost:",
        "desk.local:8000",
        "DESK.local.",
        "xn--bcher-kva.local:8000",
    ],
)
def test_an_address_localhost_and_the_name_that_was_given_are_answered_to(header: str):
    assert is_allowed(header, ["Desk.local", "bücher.local"])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evillocalhost",
        "desk.local.evil.example",
        "evil.example@localhost",
        "evil.example#.localhost",
        "evil.example/.localhost",
        "evil.example\\.localhost",
        "evil.example .localhost",
        "evil.example\x00.localhost",
        "localhost\n",
        "localhost\r\nx: y",
        " localhost",
        ".localhost",
        "..localhost",
        "localhost..",
        "localhost:8000:8000",
        "localhost:port",
        "localhost:800000",
        "localhost:٨٠",
        "localhost, evil.example",
        "http://localhost",
        "::1",
        "[::1",
        "[::1]x",
        "[evil.example]",
        "[127.0.0.1]",
        "[]",
        "[::1%25eth0]",
        "127.0.0.256",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "017.0.0.1",
        "ⓛocalhost",
        "a" * 100_000,
        "a." * 100_000,
    ],
)
def test_a_name_that_somebody_else_can_give_away_is_not_answered_to(header: str | None):
    assert not is_allowed(header, ["desk.local", ""])


@given(st.text())
def test_only_names_of_this_machine_pass_whatever_is_sent(header: str):
    if is_allowed(header, []):
        assert header.isascii()
        assert header[0] == "[" or "localhost" in header.lower() or header[0].isdigit()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "::ffff:127.0.0.1", "LocalHost", "a.localhost."]
)
def test_what_only_this_machine_reaches_is_loopback(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.7", "desk.local", "", "localhost.example", "fe80::1%eth0"]
)
def test_what_others_may_reach_is_not_loopback(host: str):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (("127.0.0.1", 8000), "http://127.0.0.1:8000/repo/"),
        (("0.0.0.0", 8001), "http://127.0.0.1:8001/repo/"),
        (("::1", 8000, 0, 0), "http://[::1]:8000/repo/"),
        (("::", 8000, 0, 0), "http://[::1]:8000/repo/"),
        (("fe80::1%eth0", 8000, 0, 2), "http://[fe80::1]:8000/repo/"),
    ],
)
def test_the_address_that_is_told_can_be_opened(address: tuple[str, int], url: str):
    assert url_of(address, "/repo/") == url


def test_what_connects_before_anybody_serves_waits():
    with closing(listen("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as caller:
        caller.sendall(b"hello")
        served, _ = listener.accept()
        with served:
            assert served.recv(5) == b"hello"


def test_a_port_that_was_just_in_use_can_be_taken_again():
    first = listen("127.0.0.1", 0)
    port = first.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)) as caller:
        served, _ = first.accept()
        # Who closes first leaves a connection behind that lingers.
        served.close()
        first.close()
        assert caller.recv(1) == b""
    with closing(listen("127.0.0.1", port)) as again:
        assert again.getsockname()[1] == port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
@pytest.mark.parametrize("taken_at", ["127.0.0.1", "0.0.0.0", pytest.param("::", marks=needs_ipv6)])
def test_a_port_that_somebody_listens_on_is_taken(host: str, taken_at: str, sockets: ExitStack):
    port = other(sockets, taken_at)
    with pytest.raises(ListenError, match=f"Port {port} is taken") as caught:
        listen(host, port)
    assert "without --port" in caught.value.hint


@needs_ipv6
@pytest.mark.parametrize(
    ("host", "taken_at"), [("::1", "::1"), ("::1", "::"), ("::", "::1"), ("::", "0.0.0.0"), ("[::1]", "::1")]
)
def test_a_port_is_taken_by_ipv6_too(host: str, taken_at: str, sockets: ExitStack):
    port = other(sockets, taken_at)
    with pytest.raises(ListenError, match="is taken"):
        listen(host, port)


@needs_ipv6
def test_an_ipv6_address_is_listened_on_with_and_without_brackets():
    for host in ("::1", "[::1]"):
        with closing(listen(host, 0)) as listener:
            address = listener.getsockname()
            assert url_of(address, "/") == f"http://[::1]:{address[1]}/"
            socket.create_connection(address[:2]).close()


def test_of_two_previews_that_start_at_once_one_gets_the_port():
    with closing(listen("127.0.0.1", 0)) as first, pytest.raises(ListenError, match="is taken"):
        listen("127.0.0.1", first.getsockname()[1])


def test_without_a_port_the_next_free_one_is_taken():
    with closing(listen("127.0.0.1", None)) as first, closing(listen("127.0.0.1", None)) as second:
        ports = [listener.getsockname()[1] for listener in (first, second)]
    assert FIRST_PORT <= ports[0] < ports[1] <= LAST_PORT


def test_a_host_of_another_machine_is_refused_by_name():
    # An address for documentation: no machine has it.
    with pytest.raises(ListenError, match=r"“192\.0\.2\.1” is no address of this machine"):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize("host", ["", "[]", "a..b", "x" * 70, "::1%nosuch", "local\x00host"])
def test_a_host_that_is_none_is_refused(host: str):
    with pytest.raises(ListenError, match="There is no host"):
        listen(host, 0)


@pytest.mark.parametrize("port", [-1, 65536, 10**30])
def test_a_port_that_is_none_is_refused(port: int):
    with pytest.raises(ListenError, match="There is no port"):
        listen("127.0.0.1", port)


def test_what_is_served_on_it_is_sent_at_once_however_small_it_is(sockets):
    """Else the end of an answer waits until its beginning is acknowledged: asyncio looks at the protocol's number."""
    listener = sockets.enter_context(listen("127.0.0.1", 0))

    async def sends_at_once() -> bool:
        found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            client = writer.get_extra_info("socket")
            found.set_result(bool(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            writer.close()

        async with await asyncio.start_server(met, sock=listener):
            with socket.create_connection(listener.getsockname()):
                return await found

    assert asyncio.run(sends_at_once())
