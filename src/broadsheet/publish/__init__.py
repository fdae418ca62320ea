"""Sends a built site to where it is read. `release.py` and `plan.py` are pure; one module per kind of target."""
