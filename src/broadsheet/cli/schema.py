"""`broadsheet schema`."""

from __future__ import annotations

import click

_NAMES = ("record", "topic", "organization", "settings", "edition", "overrides")


@click.command()
@click.argument("kind", type=click.Choice(_NAMES))
def schema(kind: str) -> None:
    """Print the JSON Schema of a KIND of file, by which editors complete and check what one writes.

    KIND is record, topic, organization, settings (broadsheet.yaml), edition or overrides (stories.yaml).
    """
    from broadsheet.schema import schema_text  # noqa: PLC0415

    click.echo(schema_text(kind), nl=False)
