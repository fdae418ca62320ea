"""The preview as a web application: the site as a host would send it, and what the preview adds beside it."""

import json
from collections.abc import AsyncIterator, Collection, Mapping
from functools import cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from broadsheet.explain import Group
from broadsheet.files import content_digest
from broadsheet.model import INDEX_FOLDER
from broadsheet.problems import Problem, SiteError, counted
from broadsheet.serve.address import find
from broadsheet.serve.header_rules import headers_for
from broadsheet.serve.hosts import is_allowed
from broadsheet.serve.hub import Hub
from broadsheet.serve.response import respond
from broadsheet.serve.searching import Searching
from broadsheet.serve.states import BROKEN, MISSING, NOT_FOUND, all_problems, groups, state
from broadsheet.serve.told import PREFIX, State
from broadsheet.serve.workshop import Copy, Workshop

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_RETRY = "retry: 500\n\n"
_HEARTBEAT = ": \n\n"
# What the preview says is for its own pages alone.
_OURS = {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}


def application(workshop: Workshop, searching: Searching, hub: Hub, names: Collection[str]) -> Starlette:
    """Return what answers requests for the site of `workshop`, for clients that call it by one of `names`."""
    desk = _Desk(workshop, searching, hub)
    return Starlette(
        routes=[
            Route(f"{PREFIX}events", desk.events),
            Route(f"{PREFIX}groups.json", desk.groups),
            Route(f"{PREFIX}{{name}}", _own_file),
            Route("/{path:whole}", desk.site),
        ],
        middleware=[Middleware(_KnownHosts, names=names)],
    )


class _WholePath(PathConvertor):
    """Any path at all: a file's name may have a line break in it, at which Starlette's own ends."""

    regex = "(?s:.*)"


register_url_convertor("whole", _WholePath())


class _KnownHosts:
    """Answers nobody who calls the preview by a name that somebody else could have given to this machine."""

    def __init__(self, app: "ASGIApp", names: Collection[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "http":
            hosts = Request(scope).headers.getlist("host")
            if len(hosts) != 1 or not is_allowed(hosts[0], self._names):
                refusal = PlainTextResponse("The preview does not know this host name: see --host.\n", 421)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _own_file(request: Request) -> Response:
    """Send the preview's script or style, parts of this package."""
    name = request.path_params["name"]
    content = _own_files().get(name)
    if content is None:
        return PlainTextResponse("The preview has no such file.\n", 404)
    return _sent(request, name, content, extra=_OURS, version=_script_version())


@cache
def _own_files() -> dict[str, bytes]:
    folder = resources.files("broadsheet.serve")
    return {name: folder.joinpath(name).read_bytes() for name in ("preview.js", "preview.css")}


@cache
def _script_version() -> str:
    return content_digest(b"".join(_own_files().values()))[:8]


class _Desk:
    """Answers requests: what takes time is done in threads."""

    def __init__(self, workshop: Workshop, searching: Searching, hub: Hub) -> None:
        self._workshop = workshop
        self._searching = searching
        self._hub = hub

    async def site(self, request: Request) -> Response:
        """Send a file of the site as a host would."""
        return await run_in_threadpool(self._site, request)

    async def groups(self, _: Request) -> Response:
        """Send what became of the records that are not plainly shown."""
        told = _as_json(await run_in_threadpool(groups, self._workshop))
        return Response(told, headers={**_OURS, "Cache-Control": "no-store"}, media_type="application/json")

    async def events(self, request: Request) -> Response:
        """Send the state of a page, now and whenever there are news of the site."""
        # As the browser has it, still percent-encoded.
        path = unquote(request.query_params.get("path", "/"))

        async def stream() -> AsyncIterator[str]:
            yield _RETRY
            async for is_new in self._hub.news():
                if not is_new:
                    yield _HEARTBEAT
                    continue
                told = await run_in_threadpool(self._state, path)
                yield f"event: state\ndata: {told.decode()}\n\n"

        headers = {**_OURS, "Cache-Control": "no-store"}
        return StreamingResponse(stream(), headers=headers, media_type="text/event-stream")

    def _state(self, path: str) -> bytes:
        return _as_json(state(self._workshop, path, all_problems(self._workshop, self._searching)))

    def _site(self, request: Request) -> Response:
        # Before the page: one that is newer than the look it is sent with is dressed anew, an older one never would be.
        standing, path = self._workshop.standing, request.scope["path"]
        look, base = (standing.look, standing.root) if standing else ("", "/")
        index_file = path.removeprefix(base)
        if path.startswith(base + INDEX_FOLDER) and (content := self._searching.content(index_file)) is not None:
            return self._file(request, index_file, content)
        found = find(path, base, self._workshop.has)
        if found.redirect:
            query = f"?{request.url.query}" if request.url.query else ""
            # Not for good: the next site at this port, or this one with another `base_url`, may lead elsewhere.
            headers = {**_OURS, "Location": quote(found.redirect) + query, "Cache-Control": "no-cache"}
            return Response(status_code=301, headers=headers)
        try:
            if found.path and (copy := self._workshop.copy(found.path)):
                return self._file(request, found.path, copy.content, copy.mark, look)
            missing = self._workshop.copy(NOT_FOUND) or Copy(_shell("This page is not here", f"The site is at {base}"))
        except SiteError as error:
            return self._broken(request, error.problems)
        return self._file(request, NOT_FOUND, missing.content, MISSING + missing.mark, look, status=404)

    def _broken(self, request: Request, problems: Collection[Problem]) -> Response:
        told = "\n".join(str(problem) for problem in problems)
        content = _shell(f"{counted(len(problems), 'error')}: this page can not be made yet", told)
        return self._file(request, "index.html", content, BROKEN, status=500)

    def _file(
        self, request: Request, path: str, content: bytes, mark: str = "", look: str = "", *, status: int = 200
    ) -> Response:
        extra = dict(_OURS)
        if mark:
            extra["Vary"] = "Accept"
            # Browsers that go to a page get the script that keeps it up to date; whoever else asks, what a build makes.
            if "text/html" in request.headers.get("accept", ""):
                content = with_script(content, mark, look)
        standing, version = self._workshop.standing, ""
        if standing:
            extra |= headers_for(standing.header_rules.rules, request.scope["path"])
            version = standing.version(path)
        return _sent(request, path, content, extra=extra, status=status, version=version)


def _as_json(told: State | tuple[Group, ...]) -> bytes:
    try:
        return msgspec.json.encode(told)
    except UnicodeEncodeError:
        # A problem may be about a file whose name is in no encoding: JSON has a way to write even that.
        return json.dumps(msgspec.to_builtins(told)).encode()


def _sent(
    request: Request, path: str, content: bytes, *, extra: Mapping[str, str], version: str, status: int = 200
) -> Response:
    """Return the answer with `content`, which has a `version` where other bytes would have another address."""
    lasting = bool(version) and request.query_params.get("v") == version
    answer = respond(request.method, request.headers, path, content, status=status, lasting=lasting, extra=extra)
    return Response(answer.body, answer.status, answer.headers)


def with_script(content: bytes, mark: str, look: str) -> bytes:
    """Return a page with the script of the preview, which knows what of it the browser has got."""
    source = f"{PREFIX}preview.js?v={_script_version()}"
    tag = f'<script src="{source}" data-page="{mark}" data-look="{look}" defer></script>'.encode()
    head, end, tail = content.rpartition(b"</body>")
    return head + tag + end + tail if end else content + tag


def _shell(title: str, text: str) -> bytes:
    """Return a page of the preview's own, for when the site has none to show."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title></head><body><h1>{escape(title)}</h1><pre>{escape(text)}</pre></body></html>\n"
    ).encode(errors="replace")
