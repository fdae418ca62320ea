"""Broadsheet turns a folder of news records into a static news digest."""

__version__ = "0.1.0"
