"""Fuzzing: targets, each a property of any bytes; `python -m fuzz` runs them, `python -m fuzz.one` one of them.

The targets need nothing but the program; only running them needs Atheris. Broadsheet does not know of this package.
"""
