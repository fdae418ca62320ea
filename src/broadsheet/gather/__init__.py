"""Imports feeds: what others publish becomes records of the site, each report once."""
