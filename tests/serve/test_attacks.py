"""What somebody may try who wants of a preview what it does not show: each attack against the real command."""

import os
import re
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest
import yaml
from running import Answer, Running, parsed, request, running, until

from test_canary import CANARY, write_site

NOW = "2024-06-15T12:00:00Z"
OWN = ("/.broadsheet/events?path=/", "/.broadsheet/groups.json", "/.broadsheet/preview.js")
SECRET = "not-for-anybody"
STORY = "/daily/news/2024-05-01-a-story/"


def write(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def site(tmp_path_factory, record) -> Path:
    """A site in which the secret is in every place that is no page, and that opens itself wherever it can."""
    site = tmp_path_factory.mktemp("attacks") / "site"
    write(site / "broadsheet.yaml", f"title: Tram\nbase_url: https://tram.example.org/daily/\n# {SECRET}\n")
    record(site / "_news", secured=f"{SECRET};AAAA", related=[{"title": "Other", "secured": SECRET}])
    record(site / "_news", "2024-05-02-draft.md", title=SECRET, draft=True)
    record(site / "_news", "2024-05-03-broken.md", publishedDateTime="never", secured=SECRET)
    write(site / "templates/_own.html", SECRET)
    write(site / ".git/config", SECRET)
    write(site / ".broadsheet/kept", SECRET)
    write(site / "static/.hidden/file.txt", SECRET)
    write(site / "static/.env", SECRET)
    write(site / "public/old.html", SECRET)
    write(site.parent / "outside/file.txt", SECRET)
    (site / "static/out.txt").symlink_to(site.parent / "outside/file.txt")
    (site / "static/out").symlink_to(site.parent / "outside", target_is_directory=True)
    (site / "static/up.yaml").symlink_to("../broadsheet.yaml")
    write(site / "static/about.txt", "About us\n")
    headers = (
        "Access-Control-Allow-Origin: *",
        "access-control-allow-credentials: true",
        "Timing-Allow-Origin: *",
        "Cross-Origin-Resource-Policy: cross-origin",
        "Set-Cookie: a=b",
        "Content-Length: 3",
        "Transfer-Encoding: chunked",
        "X-Split: a\rX-Injected: b",
        "X-Fine: yes",
    )
    write(site / "static/_headers", "/*\n" + "".join(f"  {header}\n" for header in headers))
    return site


@pytest.fixture(scope="module")
def preview(site, tmp_path_factory):
    with running(site, "--now", NOW, errors=tmp_path_factory.mktemp("told") / "errors") as preview:
        yield preview


def closed(answer: Answer, *, status: int = 404) -> None:
    """Hold that an answer gave nothing away."""
    assert answer.status == status
    assert SECRET.encode() not in answer.body
    assert b"/attacks" not in answer.body, "where the site lies is nobody's business"


# Who may call.


def test_only_the_loopback_address_listens(preview):
    addresses = {"127.0.0.2", "::1", *own_addresses()}
    for address in addresses:
        with pytest.raises(OSError, match=r"refused|unreachable|assign|not supported|timed out"):
            socket.create_connection((address, preview.port), timeout=2).close()


def own_addresses() -> set[str]:
    """The addresses that this machine would send from: nothing is sent to find them."""
    found = set()
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as caller:
            caller.connect((elsewhere, 9))
            found.add(caller.getsockname()[0])
    return found


def test_whoever_listens_everywhere_is_warned_and_still_checks_names(site, tmp_path):
    with running(site, "--host", "0.0.0.0", "--now", NOW, errors=tmp_path / "errors") as preview:
        assert "warning: whoever can reach this machine can read" in (tmp_path / "errors").read_text()
        assert preview.ask(STORY, host="evil.example").status == 421
        assert preview.ask(STORY).status == 200


def test_nobody_is_warned_who_is_not_in_danger(preview):
    assert "whoever can reach" not in preview.errors.read_text()


@pytest.mark.parametrize("target", ["/", STORY, "/daily/feed.json", *OWN])
def test_a_foreign_name_that_leads_here_is_not_answered(preview, target):
    port = preview.port
    for host in (
        "evil.example",
        f"evil.example:{port}",
        f"127.0.0.1.evil.example:{port}",
        f"localhost.evil.example:{port}",
        f"evillocalhost:{port}",
        f"127.0.0.1:{port}@evil.example",
        f"evil.example@127.0.0.1:{port}",
        f"127.0.0.1:{port}, evil.example",
        f"127.0.0.1:{port}/evil",
        "[::1].evil.example",
        "0x7f.1",
        "127.1",
        "xn--localhost-",
    ):
        closed(preview.ask(target, host=host), status=421)
        closed(
            preview.ask(target, f"X-Forwarded-Host: 127.0.0.1:{port}", "Forwarded: host=localhost", host=host),
            status=421,
        )


@pytest.mark.parametrize("target", ["/", STORY, *OWN])
def test_two_names_or_none_are_not_answered(preview, target):
    host = preview.host
    for lines in (["Host: evil.example"], [f"Host: {host}"]):
        for answer in (preview.ask(target, *lines), preview.send(request(target, *lines, f"Host: {host}"))):
            assert answer.status in {400, 421}
            closed(answer, status=answer.status)
    closed(preview.send(request(target)), status=400)
    closed(preview.send(f"GET {target} HTTP/1.0\r\n\r\n".encode()), status=421)
    closed(preview.send(f"GET {target} HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n".encode()), status=421)


def test_names_that_nobody_else_can_give_away_are_answered(preview):
    for host in (f"127.0.0.1:{preview.port}", f"localhost:{preview.port}", f"tram.localhost:{preview.port}", "[::1]"):
        assert preview.ask(STORY, host=host).status == 200


def test_what_a_proxy_may_say_changes_nothing(preview):
    plain = preview.ask("/daily/news")
    for line in (
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: evil",
        "X-Forwarded-Prefix: //evil.example",
        "X-Original-URL: /daily/",
        "X-Rewrite-URL: /daily/",
        "X-HTTP-Method-Override: DELETE",
    ):
        answer = preview.ask("/daily/news", line)
        assert (answer.status, answer.headers.get("location")) == (plain.status, plain.headers.get("location"))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"])
@pytest.mark.parametrize("target", [STORY, *OWN])
def test_nothing_but_reading_is_allowed(preview, method, target):
    answer = preview.ask(target, "Access-Control-Request-Method: GET", "Origin: https://evil.example", method=method)
    closed(answer, status=405)
    assert not any(name.startswith("access-control-") for name in answer.headers)


# What may be had.

CLIMBS = [
    "{up}broadsheet.yaml",
    "{up}_news/2024-05-02-draft.md",
    "{up}outside/file.txt",
    "{up}{up}outside/file.txt",
    "{up}.git/config",
    "{up}{up}{up}{up}{up}{up}etc/hostname",
]
UPS = [
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    ".%2e/",
    "..\\",
    "..%5c",
    "%2e%2e%5c",
    "%252e%252e%252f",
    "..%252f",
    "%c0%ae%c0%ae/",
    "%c0%ae%c0%ae%c0%af",
    "%e0%80%ae%e0%80%ae/",
    "..%c0%af",
    "..%00/",
    "..;/",
    "....//",
    "%uff0e%uff0e/",
    "%ef%bc%8e%ef%bc%8e/",
    "/../",
    "./../",
    "..%3f/",
    "..%23/",
]
BELOW = ["/", "/daily/", "/daily/theme/", "/daily/news/", "/.broadsheet/", "/daily//", "//", "/daily/pagefind/"]


@pytest.mark.parametrize("below", BELOW)
def test_no_spelling_of_a_path_climbs_out_of_the_site(preview, below):
    with preview.connect() as client:
        # On one line, as a browser asks.
        tried = [below + climb.format(up=up) for climb in CLIMBS for up in UPS]
        for target in tried:
            client.sendall(request(target, host=preview.host).replace(b"Connection: close\r\n", b""))
            answer = one(client)
            assert answer.status in {400, 404}, target
            closed(answer, status=answer.status)


def one(client: socket.socket) -> Answer:
    """Return the next answer on a line that stays open; those here say how long they are."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(1 << 16)
    answer = parsed(data)
    while len(answer.body) < int(answer.headers["content-length"]):
        answer = answer._replace(body=answer.body + client.recv(1 << 16))
    return answer


def test_what_is_no_path_is_not_found(preview):
    host = preview.host
    for target in (
        f"http://{host}{STORY}",
        "http://evil.example/",
        f"http://{host}/../broadsheet.yaml",
        "*",
        "file:///etc/hostname",
        "broadsheet.yaml",
        "../broadsheet.yaml",
        "\\..\\broadsheet.yaml",
        "/%00",
        "/daily/%00",
        "/daily/about.txt%00.html",
        "/%ff%fe",
        "/daily/news/%ed%a0%80/",
        "//evil.example/",
        "//evil.example/..",
        "///evil.example/%2e%2e",
        "/%5cevil.example",
        "/%5c%5cevil.example/..",
        "/.//evil.example",
        "/daily//evil.example/%2e%2e/news",
        "/daily/%0d%0aX-Injected:%20b",
        "/daily/news%0d%0aX-Injected:%20b",
        "//daily/news",
        "/daily/%2f%2fevil.example",
    ):
        answer = preview.ask(target)
        closed(answer, status=404)
        assert "location" not in answer.headers
        assert "x-injected" not in answer.headers


def test_redirects_lead_nowhere_but_into_the_site(preview):
    for target, location in (
        ("/", "/daily/"),
        ("/daily", "/daily/"),
        ("/?next=//evil.example", "/daily/?next=//evil.example"),
        (STORY[:-1], STORY),
        (f"{STORY[:-1]}?a=%0d%0aX-Injected:%20b", f"{STORY}?a=%0d%0aX-Injected:%20b"),
        ("/daily/news/2024%2D05-01-a-story", STORY),
    ):
        answer = preview.ask(target, "X-Forwarded-Proto: evil")
        assert (answer.status, answer.headers["location"]) == (301, location)
        assert answer.headers["cache-control"] == "no-cache", "a browser would keep it for the next site at this port"
        assert "x-injected" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "broadsheet.yaml",
        "_config.yml",
        "_news",
        "_news/",
        "_news/2024-05-01-a-story.md",
        "_news/2024-05-02-draft.md",
        "news/2024-05-02-draft/",
        "templates/",
        "templates/_own.html",
        ".git/",
        ".git/config",
        ".broadsheet/",
        ".broadsheet/kept",
        ".broadsheet/records",
        "static/",
        "static/about.txt",
        ".env",
        ".hidden/",
        ".hidden/file.txt",
        "public/",
        "public/old.html",
        "old.html",
        "out.txt",
        "out/",
        "out/file.txt",
        "up.yaml",
        "theme",
        "theme/",
        "news/",
        ".broadsheet-manifest.json",
    ],
)
def test_neither_sources_nor_folders_are_sent(preview, path):
    for below in ("/daily/", "/"):
        closed(preview.ask(below + path))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "app.py",
        "__init__.py",
        "told.py",
        "%2e%2e%2fapp.py",
        "preview.js/",
        "PREVIEW.JS",
        "preview.js%00",
        "events/",
        "kept",
        "records",
        "..",
        "%2e",
    ],
)
def test_of_its_own_files_a_preview_sends_those_that_pages_need(preview, name):
    closed(preview.ask(f"/.broadsheet/{name}"))


def test_links_that_lead_out_are_told_and_left_out(preview):
    told = preview.errors.read_text()
    for name in ("static/out.txt", "static/out", "static/up.yaml"):
        assert re.search(rf"{re.escape(name)}: error: a link that leads out of the folder", told)


def test_a_link_that_is_swapped_in_between_two_looks_is_not_followed(record, tmp_path):
    record(tmp_path / "_news")
    outside = write(tmp_path.parent / f"{tmp_path.name}-outside/file.txt", SECRET)
    for name in ("file.txt", "folder/file.txt", "pipe/file.txt", "endless/file.txt"):
        write(tmp_path / "static" / name, "Mine")
    # One that looks for changes itself, and seldom: what is asked for here was planned before.
    with running(tmp_path, "--poll", "--now", NOW, errors=tmp_path / "errors") as preview:
        assert preview.ask("/file.txt").body == b"Mine"
        preview.process.send_signal(19)
        try:
            swap(tmp_path / "static/file.txt", outside)
            os.rename(tmp_path / "static/folder", tmp_path / "static/.away")
            (tmp_path / "static/folder").symlink_to(outside.parent, target_is_directory=True)
            (tmp_path / "static/pipe/file.txt").unlink()
            os.mkfifo(tmp_path / "static/pipe/file.txt")
            swap(tmp_path / "static/endless/file.txt", Path("/dev/zero"))
            asked = [f"/{name}" for name in ("file.txt", "folder/file.txt", "pipe/file.txt", "endless/file.txt")]
            with ExitStack() as stack:
                clients = [stack.enter_context(preview.connect()) for _ in asked]
                for client, target in zip(clients, asked, strict=True):
                    client.sendall(request(target, host=preview.host))
                preview.process.send_signal(18)
                for client in clients:
                    answer = parsed(b"".join(iter(lambda client=client: client.recv(1 << 16), b"")))
                    assert answer.status in {404, 500}
                    assert SECRET.encode() not in answer.body
        finally:
            preview.process.send_signal(18)
        with preview.stream() as stream:
            stream.after(1)
        for target in asked:
            closed(preview.ask(target))
        assert preview.status()["memory"] < 500_000


def swap(path: Path, target: Path) -> None:
    (path.parent / "aside").symlink_to(target)
    os.replace(path.parent / "aside", path)


# Who may read.


@pytest.mark.parametrize("target", [STORY, "/daily/about.txt", "/daily/none/", "/daily", "/daily/feed.json", *OWN])
def test_pages_of_other_sites_are_let_in_by_no_header(preview, target):
    with preview.connect() as client:
        client.sendall(request(target, "Origin: https://evil.example", host=preview.host))
        data = b""
        while b"\r\n\r\n" not in data:
            data += client.recv(1 << 16)
    headers = parsed(data).headers
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert not {name for name in headers if name.startswith(("access-control-", "timing-allow-"))}


def test_a_file_of_headers_can_not_write_an_answer_of_its_own(preview):
    answer = preview.ask(STORY)
    assert answer.headers["x-fine"] == "yes"
    assert {"set-cookie", "transfer-encoding", "x-split", "x-injected"}.isdisjoint(answer.headers)
    assert int(answer.headers["content-length"]) == len(answer.body) > 1000


HOSTILE = [
    "a\r\nX-Injected: b.txt",
    "<img src=x onerror=alert(1)>.txt",
    '"quoted".html',
    "' or 1.css",
    "a?b#c.txt",
    "%2e%2e.txt",
    "\u202etxt.exe",
    "back\\slash.txt",
    "semi;colon.js",
    "Ünïcode \U0001f600.txt",
    " blank .txt",
]


def test_hostile_names_and_titles_stay_text(record, tmp_path):
    title = "</script><script>alert(1)</script>\u2028\u202e\r\n\r\ndata: {}"
    for number, name in enumerate(HOSTILE):
        stem = name.replace("\r\n", "\u2028")
        record(tmp_path / "_news", f"2024-05-01-{number}-{stem}.md", title=f"{title} {number}", draft=number % 2 == 0)
        write(tmp_path / "static" / name, "Static")
    record(tmp_path / "_news", "2024-05-02-broken.md", publishedDateTime=title)
    foreign = os.fsencode(tmp_path / "_news") + b"/2024-05-02-\xff\xfe.md"
    Path(os.fsdecode(foreign)).write_text("---\n---\n")
    write(tmp_path / "broadsheet.yaml", yaml.safe_dump({"title": title}))
    with running(tmp_path, "--now", NOW, errors=tmp_path / "errors") as preview:
        for name in HOSTILE:
            answer = preview.ask("/" + quote(name))
            assert (answer.status, answer.body) == (200, b"Static"), name
            assert "x-injected" not in answer.headers
            assert preview.ask("/" + quote(name) + "/").status == 404
        for path in ("/", "/news/2024-05-01-1/", "/news/2024-05-01-0-a/", "/nothing/%3Cscript%3E%0a%0adata:%20x"):
            page = preview.ask(path, "Accept: text/html")
            assert page.body.count(b"/.broadsheet/preview.js") == 1
            assert b"<script>alert(1)" not in page.body
            with preview.stream(quote(path, safe="")) as stream:
                state = stream.next()
                assert any("UTF-8" in problem["message"] for problem in state["problems"])
                assert all(link["url"].isascii() for link in state["nearby"])
        groups = preview.ask("/.broadsheet/groups.json")
        assert groups.headers["content-type"] == "application/json"
        assert len(groups.body) > 500


@pytest.fixture(scope="module")
def canaries(tmp_path_factory, record, run):
    folder = tmp_path_factory.mktemp("canaries")
    site, told = folder / "site", folder / "errors"
    write_site(site, record, hidden=True, group=True)
    assert run("build", site, "--now", NOW).returncode == 0
    with running(site, "--now", NOW, errors=told) as preview:
        yield preview, site / "public"


def test_no_canary_is_in_any_page_or_file_that_a_preview_sends(canaries):
    preview, output = canaries
    paths = [path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()]
    assert len(paths) > 20
    for path in paths:
        if not path.startswith(("pagefind/", ".broadsheet")):
            answer = preview.ask("/" + quote(path), "Accept: text/html")
            assert answer.status == 200, path
            assert CANARY.encode() not in answer.body.lower(), path


def test_states_name_no_hidden_record_where_it_is_not_asked_for(canaries):
    preview, output = canaries
    pages = [path.relative_to(output).as_posix() for path in output.rglob("*.html")]
    for path in (*pages, "news/2024-05-02-kana", "news/2024-05-02-bridge-inspection/"):
        with preview.stream("/" + quote(path.removesuffix("index.html"))) as stream:
            state = stream.next()
        # Its reasons, its problems, and what its story does not show tell the writer of his own files.
        if state["story"]:
            members = state["story"]["members"]
            state["story"]["members"] = [member for member in members if member["group"] != "not shown"]
        assert CANARY not in str(state | {"problems": [], "reasons": []}).lower(), path


def test_what_is_secured_is_told_nowhere(canaries):
    preview, _ = canaries
    groups = preview.ask("/.broadsheet/groups.json").body
    assert CANARY.encode() in groups, "the writer is told of his drafts"
    told = [groups, preview.errors.read_bytes()]
    for kind in ("draft", "scheduled", "removed", "unpublished", "cold", "removed-draft"):
        path = f"/news/2024-05-02-{CANARY}-{kind}/"
        told.append(preview.ask(path, "Accept: text/html").body)
        assert preview.ask(path).status == 404
        with preview.stream(path) as stream:
            state = stream.next()
            assert state["missing"]
            told.append(str(state).encode())
    for text in told:
        assert b"c2VjdXJlZA" not in text
        assert f"{CANARY}shown".encode() not in text
        assert f"{CANARY}item".encode() not in text


# Who would keep others from being served.


def test_what_is_too_long_is_refused(preview):
    long = "a" * 200_000
    for line in (f"Cookie: {long}", f"If-None-Match: {long}", f"Range: bytes={long}"):
        with suppress(ConnectionError):
            assert preview.ask(STORY, line).status in {400, 431}
    with suppress(ConnectionError):
        assert preview.ask(f"/daily/{long}").status in {400, 414}
    many = [f"X-{number}: {number}" for number in range(3000)]
    for lines in (many, ["Range: bytes=" + "0-," * 9000], ["Accept-Encoding: " + "gzip;q=0," * 4000]):
        assert preview.ask(STORY, *lines).status in {200, 400, 431}
    assert preview.ask(STORY).status == 200


def test_long_paths_take_no_longer_than_short_ones_in_effect(preview):
    for path in (
        "/daily/" + "a/" * 15_000,
        "/daily/" + "%20" * 10_000,
        "/daily/" + "..%2f" * 5_000,
        "/daily/" + "%C3%A4-" * 8_000,
    ):
        assert preview.ask(path).status == 404
        with preview.stream(path) as stream:
            assert stream.next()["page"].startswith("missing-")


def test_clients_that_never_finish_keep_nobody_from_being_served(preview):
    with ExitStack() as stack:
        clients = [stack.enter_context(preview.connect()) for _ in range(150)]
        for number, client in enumerate(clients):
            client.sendall(request(STORY, host=preview.host)[: number % 60])
        for client in clients[:50]:
            client.shutdown(socket.SHUT_WR)
        assert preview.ask(STORY).status == 200
        with preview.stream(STORY) as stream:
            assert stream.next()["page"]
    assert preview.ask(STORY).status == 200


def test_two_hundred_streams_are_told_and_forgotten(record, tmp_path):
    record(tmp_path / "_news")
    with running(tmp_path, "--now", NOW, errors=tmp_path / "errors") as preview:
        counts = []
        for turn in range(3):
            with ExitStack() as stack:
                streams = [stack.enter_context(preview.stream()) for _ in range(200)]
                seen = max(stream.next()["round"] for stream in streams)
                record(tmp_path / "_news", title=f"Another title {turn}")
                marks = {stream.after(seen)["page"] for stream in streams}
                assert len(marks) == 1
                assert preview.ask("/").status == 200
            with preview.stream() as last:
                last.next()
            until(lambda: preview.status()["files"] < 30)
            counts.append(preview.status())
        assert counts[-1]["threads"] <= counts[0]["threads"] + 2
        assert counts[-1]["memory"] < 1.2 * counts[0]["memory"]


def test_a_client_that_never_reads_costs_a_state_and_no_more(record, tmp_path):
    """Its states are long, and there are many; what it has not read is not kept for it."""
    record(tmp_path / "_news")
    wide = "\U0001f4f0" * 240
    for number in range(60):
        record(
            tmp_path / "_news",
            f"2024-05-02-{number}.md",
            title=wide,
            excerpt=wide,
            publishedDateTime=wide,
            topics=[wide],
        )
    with running(tmp_path, "--now", NOW, errors=tmp_path / "errors") as preview, preview.connect() as idle:
        idle.sendall(request("/.broadsheet/events?path=/", host=preview.host))
        with preview.stream() as stream:
            size = len(str(stream.next()).encode())
            rounds = 40
            before = preview.status()["memory"]
            for turn in range(rounds):
                seen = stream.last["round"]
                record(tmp_path / "_news", title=f"Another title {turn}")
                stream.after(seen)
            assert preview.ask("/").status == 200
            assert size > 100_000
            assert preview.status()["memory"] - before < rounds * size / 1000 / 2 + 30_000
            last = stream.last["round"]
        received, data = [], b""
        while not received or received[-1] < last:
            data += idle.recv(1 << 20)
            received = [int(number) for number in re.findall(rb'data: \{"round":(\d+),', data)]
        assert len(received) < rounds, "what was overtaken is not told any more"
        assert data.count(b'"reasons"') >= len(received) - 1


def test_an_end_comes_at_once_whoever_is_still_there(record, tmp_path):
    record(tmp_path / "_news")
    preview = Running(tmp_path, errors=tmp_path / "errors")
    try:
        with ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(preview.stream()).next()
                stack.enter_context(preview.connect()).sendall(b"GET / HT")
            assert preview.end() == 0
    finally:
        preview.end()
    assert preview.said[-1] == "ended\n"
    assert "Traceback" not in preview.trouble()


def test_many_askers_at_a_time_are_all_served(preview):
    answers: list[int] = []

    def ask() -> None:
        answers.extend(preview.ask(target).status for target in (STORY, "/daily/", "/daily/none"))

    askers = [Thread(target=ask) for _ in range(60)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(answers) == [200] * 120 + [404] * 60
