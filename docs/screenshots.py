"""Make the pictures in docs/screenshots/: the example site in a real browser. `make screenshots` runs this."""

import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/outside"))

from host import serving  # noqa: E402
from judged import BROWSER_FLAGS, KINDS, SEARCH, Judged  # noqa: E402

FOLDER = ROOT / "docs/screenshots"
HEAVIEST = 150_000
BROKEN = "2020-06-25-bny-mellon-builds-tools-for-sustainable-investing.md"

# In pixels of the page, not of the picture.
DESKTOP = (1280, 900)
PHONE = (390, 780)


class Shot(NamedTuple):
    """A picture: its name, a kind of page or its path, the window, and the look."""

    name: str
    page: str
    window: tuple[int, int] = DESKTOP
    look: str = "light"


SHOTS = [
    Shot("front", "front"),
    Shot("front-phone-dark", "front", PHONE, "dark"),
    Shot("story", "story"),
    Shot("topic-phone", "topic", PHONE),
    Shot("edition", "edition"),
    Shot("archive", "archive/"),
    *([Shot("search", "search/?q=supercomputer")] if SEARCH else []),
]


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("chromium is missing")
    with TemporaryDirectory() as folder, serving(Path(folder) / "out") as address, sync_playwright() as playwright:
        output = Path(folder) / "out"
        # A time of its own: the same pictures on any day.
        command = [sys.executable, "-m", "broadsheet", "build", ROOT / "site", "--output", output, "--quiet"]
        subprocess.run([*command, "--now", "2020-07-01T00:00:00Z"], check=True)
        site = Judged(output, address)
        browser = playwright.chromium.launch(executable_path=chromium, args=[*BROWSER_FLAGS, "--hide-scrollbars"])
        FOLDER.mkdir(exist_ok=True)
        for shot in SHOTS:
            _keep(shot.name, _taken(browser, site, shot))
        _keep("preview", _previewed(browser, Path(folder)))
        _keep("starter", _started(browser, Path(folder)))
        browser.close()


def _keep(name: str, picture: bytes) -> None:
    small = _small(picture)
    (FOLDER / f"{name}.png").write_bytes(small)
    print(f"docs/screenshots/{name}.png: {len(small):,} bytes")  # noqa: T201


def _taken(browser: Browser, site: Judged, shot: Shot) -> bytes:
    """Return the PNG of a page's beginning."""
    width, height = shot.window
    context = browser.new_context(
        viewport={"width": width, "height": height},
        # Phones have fine screens.
        device_scale_factor=2 if shot.window == PHONE else 1,
        color_scheme=shot.look,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    page = context.new_page()
    page.goto(site.page(shot.page) if shot.page in KINDS else site.address + shot.page, wait_until="networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")
    picture = page.screenshot(animations="disabled")
    context.close()
    return picture


def _started(browser: Browser, folder: Path) -> bytes:
    """Return the PNG of the front page of a new site, as the tutorial makes it."""
    program, output = [sys.executable, "-m", "broadsheet"], folder / "starter"
    title, topics = ["--title", "Harbour News"], ["--topic", "Ferries", "--topic", "Weather"]
    clock = {**os.environ, "SOURCE_DATE_EPOCH": "1780300800", "TZ": "UTC"}
    subprocess.run(
        [*program, "new", "site", "my-news", *title, *topics], cwd=folder, env=clock, check=True, capture_output=True
    )
    command = [*program, "build", "my-news", "--output", output, "--quiet"]
    subprocess.run(command, cwd=folder, env=clock, check=True, capture_output=True)
    with serving(output) as address:
        return _taken(browser, Judged(output, address), Shot("starter", ""))


def _previewed(browser: Browser, folder: Path) -> bytes:
    """Return the PNG of a preview of the site in which somebody has just broken a record."""
    copy = folder / "site"
    shutil.copytree(ROOT / "site", copy, ignore=shutil.ignore_patterns("public", ".broadsheet"))
    # From the folder above, so that nobody's machine is in the picture.
    command = [sys.executable, "-m", "broadsheet", "serve", "site", "--port", "0", "--now", "2020-07-01T00:00:00Z"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as preview:
        assert preview.stdout
        address = next(match[0] for line in preview.stdout if (match := re.search(r"http://\S+", line)))
        width, height = DESKTOP
        page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
        page.goto(address)
        page.get_by_role("button", name="Preview").wait_for()
        record = copy / "records" / BROKEN
        record.write_text(record.read_text(encoding="utf-8").replace("quality:", "  quality:", 1), encoding="utf-8")
        page.get_by_role("heading", name="1 error").wait_for()
        picture = page.screenshot(animations="disabled")
        page.close()
        preview.terminate()
    return picture


def _small(picture: bytes) -> bytes:
    """Return a PNG with so few colours that it is no heavier than it may be."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    for colors in (256, 128, 64, 32, 16):
        packed = BytesIO()
        image.quantize(colors, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() <= HEAVIEST:
            return packed.getvalue()
    sys.exit(f"a picture has more than {HEAVIEST:,} bytes with 16 colours")


if __name__ == "__main__":
    main()
