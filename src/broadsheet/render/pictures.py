"""Pictures as pages show them: the site's own files, and those from elsewhere as the setting `images` says."""

from collections.abc import Container, Iterator
from typing import Any

from broadsheet.config import Settings
from broadsheet.model import Image, Picture, Record, Site
from broadsheet.render.text import youtube_id
from broadsheet.render.views import ImageView
from broadsheet.text import clean_url

PLACEHOLDER = "theme/placeholder.svg"
_STILL = "https://i.ytimg.com/vi/{}/hqdefault.jpg"
# As it is drawn.
_PLACEHOLDER_SIZE = (480, 270)


class Pictures:
    """Makes the views of pictures."""

    def __init__(self, site: Site, settings: Settings, assets: dict[str, str]) -> None:
        """`assets` gives every static file's URL, below the root, by its path."""
        self._mode = settings.images
        self._fetched = site.pictures
        self._assets = assets

    def view(self, image: Image, alt: str, root: str) -> ImageView | None:
        """Return a picture from elsewhere, or one of the site's own files below `root`; None for nothing to show."""
        url = clean_url(image.url)
        known = (image.width, image.height) if image.width and image.height else (0, 0)
        if url is None:
            asset = self._assets.get(image.url.lstrip("/"))
            return ImageView(root + asset, *known, alt) if asset is not None else None
        if self._mode == "none":
            return None
        if self._mode == "link":
            return ImageView(url, *known, alt)
        picture = self._fetched.get(url)
        return self._copy(picture, alt, root) if picture else self._placeholder(alt, root)

    def what_is_shown(self, image: Image) -> Any:
        """Return all that `view` takes from elsewhere than the image itself and the settings, as plain values."""
        url = clean_url(image.url)
        if url is None:
            return self._assets.get(image.url.lstrip("/"))
        if self._mode != "cache":
            return None
        picture = self._fetched.get(url)
        if picture is None:
            return self._assets.get(PLACEHOLDER)
        return picture, [self._assets.get(path) for _, path in picture.copies]

    def _copy(self, picture: Picture, alt: str, root: str) -> ImageView:
        copies = [(width, root + self._assets[path]) for width, path in picture.copies]
        srcset = ", ".join(f"{url} {width}w" for width, url in copies) if len(copies) > 1 else ""
        return ImageView(copies[-1][1], picture.width, picture.height, alt, srcset)

    def _placeholder(self, alt: str, root: str) -> ImageView:
        url = root + self._assets.get(PLACEHOLDER, PLACEHOLDER)
        return ImageView(url, *_PLACEHOLDER_SIZE, alt, is_placeholder=True)


def own_images(record: Record, site: Site) -> Iterator[Image]:
    """Yield the pictures of a record that say something about it: the first that is there is shown."""
    return (image for image in record.images if image.url not in site.shared_images)


def still_of(record: Record) -> Image | None:
    """Return a picture of a record's video, or None for a record without one."""
    video = youtube_id(record.featured_content or "")
    return Image(_STILL.format(video), 480, 360) if video else None


def pictures_from_elsewhere(site: Site, own: Container[str]) -> list[str]:
    """Return the addresses of the pictures from elsewhere that pages show, those of the newest records first.

    `own` has the paths of the site's own static files.
    """
    shown: list[Image | None] = [
        next((image for image in own_images(record, site) if _is_there(image, own)), still_of(record))
        for record in site.records.values()
    ]
    shown += [source.image for source in site.sources.values()]
    shown += [item.image for edition in site.editions for item in edition.items]
    urls = (clean_url(image.url) for image in shown if image is not None)
    return list(dict.fromkeys(url for url in urls if url is not None))


def _is_there(image: Image, own: Container[str]) -> bool:
    return clean_url(image.url) is not None or image.url.lstrip("/") in own
