"""All targets by name, and where each is: only the modules of one that runs are imported, and instrumented."""

from importlib import import_module

from fuzz.target import Target

TARGETS = {
    "record": "fuzz.front_matter:RECORD",
    "yaml": "fuzz.site_files:YAML",
    "settings": "fuzz.site_files:SETTINGS",
    "data-files": "fuzz.site_files:DATA_FILES",
    "display": "fuzz.texts:DISPLAY",
    "names": "fuzz.texts:NAMES",
    "address": "fuzz.addresses:ADDRESS",
    "site-link": "fuzz.addresses:SITE_LINK",
    "body": "fuzz.markdown:BODY",
    "plain-page": "fuzz.markdown:PLAIN_PAGE",
    "cache-file": "fuzz.caches:CACHE_FILE",
    "records-cache": "fuzz.caches:RECORDS_CACHE",
    "last-build": "fuzz.caches:LAST_BUILD",
    "pictures-list": "fuzz.caches:PICTURES_LIST",
    "state-files": "fuzz.caches:STATE_FILES",
    "mending": "fuzz.mending:MENDING",
    "remarks": "fuzz.remarks:REMARKS",
    "growth": "fuzz.growth:GROWTH",
}


def found(name: str) -> Target:
    """Return the target called `name`, or the one that stands at `module:NAME`."""
    module, _, attribute = TARGETS.get(name, name).partition(":")
    target = getattr(import_module(module), attribute)
    assert isinstance(target, Target)
    return target
