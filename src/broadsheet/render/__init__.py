"""Render: the arranged site to pages as bytes. Reads templates, writes nothing."""
