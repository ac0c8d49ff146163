"""What does ``audio-anomaly doctor`` do?"""

import click

__all__ = ["doctor"]


@click.command("doctor")
@click.option(
    "--settings", "list_settings", is_flag=True, help="List every setting with its default and reason."
)
def doctor(list_settings: bool) -> None:
    """Say what this machine has, and what is missing."""
    from pipeline.commands.diagnosis import diagnose, settings_page

    print(settings_page() if list_settings else diagnose())
