"""The path of a URL to the file of the output that a host would send for it. Pure."""

from collections.abc import Callable

from msgspec import Struct


class Found(Struct, frozen=True):
    """What a URL leads to: a file by its path in the output, or another URL's path; nothing where both are empty."""

    path: str = ""
    redirect: str = ""


def find(url_path: str, base_path: str, has: Callable[[str], bool]) -> Found:
    """Return what is at `url_path`, of a site at `base_path`, both decoded; its output `has` files."""
    if not url_path.startswith(base_path):
        # Where nothing else can be, a way into the site is better than nothing.
        return Found(redirect=base_path) if url_path in {"/", base_path.rstrip("/")} else Found()
    path = url_path.removeprefix(base_path)
    if not path or path.endswith("/"):
        path += "index.html"
    if has(path):
        return Found(path)
    return Found(redirect=f"{url_path}/") if has(f"{path}/index.html") else Found()
