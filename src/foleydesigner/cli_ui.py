"""`foley ui`: the review app."""

from __future__ import annotations

from pathlib import Path

import click

from foleydesigner.errors import MissingExtraError


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="TCP port (default: the first free).")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; another one needs --auth.")
@click.option(
    "--jobs", "root", type=click.Path(path_type=Path, file_okay=False), default=Path("jobs"), show_default=True,
    help="Folder of the jobs; those of `foley design --out jobs/NAME` are the same.",
)  # fmt: skip
@click.option(
    "--auth",
    "users",
    multiple=True,
    metavar="NAME:PASSWORD",
    envvar="FOLEY_UI_AUTH",
    help="Who may come in, once for each person; out of sight in FOLEY_UI_AUTH, separated by spaces.",
)
def ui(port: int | None, host: str, root: Path, users: tuple[str, ...]) -> None:
    """Open the review app: start jobs, steer and approve script, takes and mix, download what is delivered."""
    from foleydesigner.ui.access import check_binding, parse_users

    people = parse_users(users)
    check_binding(host, people)
    try:
        from foleydesigner.ui.app import launch
    except ImportError as error:
        raise MissingExtraError(
            f"the app needs {error.name or 'gradio'}, which is not installed", "the extra `ui`", "uv sync --extra ui"
        ) from error
    launch(root, host=host, port=port, users=people)
