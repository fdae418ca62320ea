"""Two small releases of a made-up site, A and then B, for the tests of targets: small, and with one case of everything.

From A to B a story is new, one is changed and one is gone; so are assets with a digest in their names, and without.
"""

from collections.abc import Callable, Mapping

from broadsheet.files import content_digest
from broadsheet.publish.release import Item
from broadsheet.publish.sending import Release

BASE_URL = "https://news.example.org/"

_Headers = Callable[[str, int], tuple[tuple[str, str], ...]]
_PICTURES = {name: f"images/{content_digest(name.encode())}-640.webp" for name in ("kept", "retired", "added")}


def release_of(name: str, files: Mapping[str, bytes], headers: _Headers | None = None, index: str = "") -> Release:
    """Return a release of these `files`; `headers` is that of the target, where it stores any."""
    items = {
        path: Item(path, content_digest(content), len(content), headers(path, len(content)) if headers else ())
        for path, content in files.items()
    }
    return Release(name, items, lambda item: files[item.path], index, f"commit-of-{name}")


def release_a(headers: _Headers | None = None) -> Release:
    """Return the release that comes first."""
    return release_of("a", FILES_A, headers)


def release_b(headers: _Headers | None = None) -> Release:
    """Return the release that comes next."""
    return release_of("b", FILES_B, headers)


def _page(title: str, *links: str, pictures: tuple[str, ...] = (), more: str = "") -> bytes:
    shown = "".join(f'<img src="/{_PICTURES[name]}" srcset="/{_PICTURES[name]} 640w" alt="">' for name in pictures)
    listed = "".join(f'<a href="{link}">{link}</a>\n' for link in links)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        '<link rel="stylesheet" href="/theme/style.css"><link rel="alternate" href="/feed.xml">\n'
        f'<script src="/theme/script.js" defer></script></head>\n<body><a href="/">Home</a> {shown}{listed}{more}'
        "<a href='https://example.com/elsewhere'>elsewhere</a></body></html>\n"
    ).encode()


def _site(stories: dict[str, bytes], topics: dict[str, tuple[str, ...]], name: str) -> dict[str, bytes]:
    """Return what all releases have: a front page, lists, feeds and a sitemap, which link to all stories."""
    links = [f"/news/{story}/" for story in stories]
    lists = [f"/topics/{topic}/" for topic in topics]
    files = {
        "index.html": _page(f"Front {name}", *links, *lists, "/latest/", "/search/", "feeds.opml"),
        "latest/index.html": _page(f"Latest {name}", *links),
        "404.html": _page("Nothing here", "/latest/"),
        "search/index.html": _page("Search", more='<script src="/pagefind/pagefind.js"></script>'),
        "robots.txt": f"Sitemap: {BASE_URL}sitemap.xml\n".encode(),
        "_headers": f"/theme/*\n  X-Release: {name}\n".encode(),
        "feed.xml": _feed(links),
        "feed.json": f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{{"url": "{links[0]}"}}]}}'.encode(),
        "feeds.opml": (
            "<opml>" + "".join(f'<outline xmlUrl="{link}feed.xml"/>' for link in lists) + "</opml>"
        ).encode(),
        "sitemap.xml": _sitemap([*links, *lists]),
        "api/news.json": f'{{"release": "{name}"}}\n'.encode(),
        "files/empty.txt": b"",
    }
    files |= {f"news/{story}/index.html": content for story, content in stories.items()}
    for topic, members in topics.items():
        inner = [f"/news/{story}/" for story in members]
        files[f"topics/{topic}/index.html"] = _page(topic, *inner, "feed.xml", *lists)
        files[f"topics/{topic}/feed.xml"] = _feed(inner)
    return files


def _feed(links: list[str]) -> bytes:
    entries = "".join(f'<entry><link href="{BASE_URL}{link[1:]}"/></entry>' for link in links)
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>\n'.encode()


def _sitemap(links: list[str]) -> bytes:
    places = "".join(f"<url><loc>{BASE_URL}{link[1:]}</loc></url>" for link in links)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>\n'.encode()


def _index(word: str) -> dict[str, bytes]:
    """Return what stands for a search index: names that hold digests, and one file that lists the others."""
    digest = content_digest(word.encode())[:12]
    return {
        f"pagefind/fragment/en_{digest}.pf_fragment": word.encode() * 40,
        f"pagefind/index/en_{digest}.pf_index": word.encode() * 30,
        "pagefind/pagefind-entry.json": f'{{"languages": {{"en": {{"hash": "en_{digest}"}}}}}}'.encode(),
        "pagefind/pagefind.js": b"export const search = 1;\n",
    }


_DOCUMENT = "files/a plan & more (1).pdf"
_DOCUMENT_LINK = "/files/a%20plan%20%26%20more%20%281%29.pdf"

FILES_A: dict[str, bytes] = {
    **_site(
        {
            "2024-05-01-stays": _page("Stays", "/topics/harbour/", pictures=("kept",)),
            "2024-05-02-changes": _page("Changes", _DOCUMENT_LINK, "/news/2024-05-03-goes/", pictures=("kept",)),
            "2024-05-03-goes": _page("Goes", "/news/2024-05-01-stays/", "/theme/old.svg", pictures=("retired",)),
        },
        {"harbour": ("2024-05-01-stays", "2024-05-03-goes"), "gone": ("2024-05-02-changes",)},
        "A",
    ),
    **_index("alpha"),
    "theme/style.css": b"@import 'more.css';\nbody { color: black; background: url(paper.svg) }\n",
    "theme/more.css": b"a { color: blue }\n",
    "theme/paper.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>\n",
    "theme/old.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><!-- old --></svg>\n",
    "theme/script.js": b"const A = 1;\n",
    _PICTURES["kept"]: b"RIFF kept " * 50,
    _PICTURES["retired"]: b"RIFF retired " * 50,
    _DOCUMENT: bytes(range(256)) * 8,
}

FILES_B: dict[str, bytes] = {
    **_site(
        {
            "2024-05-01-stays": FILES_A["news/2024-05-01-stays/index.html"],
            "2024-05-02-changes": _page(
                "Has changed", _DOCUMENT_LINK, "/news/2024-05-04-ist-neu-ß/", pictures=("added",)
            ),
            "2024-05-04-ist-neu-ß": _page("Is new", "/topics/straße/", "/theme/new.svg", pictures=("kept", "added")),
        },
        {"harbour": ("2024-05-01-stays",), "straße": ("2024-05-02-changes", "2024-05-04-ist-neu-ß")},
        "B",
    ),
    **_index("beta"),
    "theme/style.css": b"@import 'more.css';\nbody { color: navy; background: url('paper.svg') }\n",
    "theme/more.css": FILES_A["theme/more.css"],
    "theme/paper.svg": FILES_A["theme/paper.svg"],
    "theme/new.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><!-- new --></svg>\n",
    "theme/script.js": FILES_A["theme/script.js"],
    _PICTURES["kept"]: FILES_A[_PICTURES["kept"]],
    _PICTURES["added"]: b"RIFF added " * 50,
    _DOCUMENT: FILES_A[_DOCUMENT],
}
