"""What the files of findings are called: below the site, below the root of a repository, as a URI. Pure."""

import os.path
import re
from pathlib import PurePath
from urllib.parse import quote

from msgspec import Struct

# What a path of a URI may hold as it is; a colon would make a scheme of a first part.
_PLAIN = "/!$&'()*+,;=@~"
# What stands for no byte of a name: no file is called so here.
_NO_BYTE = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")


class Places(Struct, frozen=True):
    """Where programs look for files: `root` is the folder of the repository, `here` the current one, both absolute."""

    root: str
    here: str

    def path(self, file: str) -> str:
        """Return the path from the root on, with slashes; an absolute one for what lies elsewhere."""
        whole = self._whole(file)
        return PurePath(os.path.relpath(whole, self.root) if self._is_within(whole) else whole).as_posix()

    def is_within(self, file: str) -> bool:
        """Return whether a file lies below the root."""
        return self._is_within(self._whole(file))

    def uri(self, file: str) -> str:
        """Return the path as a URI: relative to the root, absolute for what lies elsewhere."""
        path = _NO_BYTE.sub("\N{REPLACEMENT CHARACTER}", self.path(file))
        if not self.is_within(file):
            return PurePath(path).as_uri()
        # A name of a file is bytes; those that are no UTF-8 are kept, too.
        return quote(path.encode("utf-8", "surrogateescape"), safe=_PLAIN)

    def _whole(self, file: str) -> str:
        return os.path.normpath(os.path.join(self.here, file))

    def _is_within(self, whole: str) -> bool:
        return whole == self.root or whole.startswith(self.root.rstrip(os.sep) + os.sep)


def below_site(file: str, site: str) -> str:
    """Return the path of a file from its site on, with slashes, wherever the site lies; what is elsewhere as it is."""
    if file == site:
        return "."
    start = site.rstrip(os.sep) + os.sep
    return PurePath(file.removeprefix(start)).as_posix()
