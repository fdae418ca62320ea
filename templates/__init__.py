"""The default theme: Jinja templates and their static files."""
