"""Pelican's settings for the common page set: tags stand for topics, and nothing else is made."""

SITENAME = "News"
SITEURL = "https://news.example"
PATH = "records"
ARTICLE_PATHS = [""]
PAGE_PATHS: list[str] = []
STATIC_PATHS: list[str] = []
PLUGIN_PATHS = ["plugins"]
PLUGINS = ["front_matter"]
THEME = "theme"
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
JINJA_ENVIRONMENT = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}

ARTICLE_URL = "news/{slug}/"
ARTICLE_SAVE_AS = "news/{slug}/index.html"
TAG_URL = "topics/{slug}/"
TAG_SAVE_AS = "topics/{slug}/index.html"
PAGINATED_TEMPLATES = {"tag": 25}
PAGINATION_PATTERNS = [
    (1, "/{base_name}/", "{base_name}/index.html"),
    (2, "/{base_name}/{number}/", "{base_name}/{number}/index.html"),
]
DIRECT_TEMPLATES = ["index", "sitemap"]
SITEMAP_SAVE_AS = "sitemap.xml"
CATEGORY_SAVE_AS = AUTHOR_SAVE_AS = ARCHIVES_SAVE_AS = ""

FEED_RSS = "feed.xml"
FEED_MAX_ITEMS = 50
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
