"""The command line: `foley …`. Everything heavy is imported by the command that needs it, so that --help is instant."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from foleydesigner import __version__
from foleydesigner.cli_bench import bench
from foleydesigner.cli_dataset_build import dataset
from foleydesigner.cli_eval import evaluate
from foleydesigner.cli_models import models
from foleydesigner.cli_sounds import sounds
from foleydesigner.cli_trace import trace
from foleydesigner.cli_ui import ui
from foleydesigner.errors import ConfigurationError, FoleyError
from foleydesigner.memory import share_one_heap

if TYPE_CHECKING:
    from foleydesigner.config import Settings
    from foleydesigner.graph.run import Outcome

WAITING_EXIT_CODE = 20
"""The job stopped at a review and waits for `foley review`."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="foley")
def cli() -> None:
    """Give a silent film clip its Foley: a verified script, sounds in time and place, a mix, stems and 5.1."""
    share_one_heap()


def job_options(command: Callable[..., None]) -> Callable[..., None]:
    """Options of every command that starts a job."""
    options = [
        click.option(
            "--engine",
            default=None,
            metavar="NAME|FOLDER",
            help="Makes the sounds: procedural (default), dit-nano, sao, sao-small, sa3-sfx, or a folder with weights.",
        ),
        click.option(
            "--minds",
            type=click.Choice(["auto", "house", "served"]),
            default=None,
            help="Who thinks: craft rules, or models where servers are named (default: auto).",
        ),
        click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=None, help="Another seed, other takes."),
        click.option("--review", default=None, metavar="script,takes,mix", help="Stop there and wait for an answer."),
        click.option("--pan-law", type=click.Choice(["film", "spaced_pair"]), default=None),
        click.option("--pan-width", type=click.FloatRange(0, 1), default=None, help="1 = full picture width."),
        click.option("--surround", type=click.Choice(["objects", "upmix"]), default=None, help="How 5.1 is made."),
        click.option("--surround-order", type=click.Choice(["smpte", "film"]), default=None),
        click.option("--profile", type=click.Choice(["stem", "ebu_r128", "atsc_a85", "streaming"]), default=None),
        click.option("--workers", type=click.IntRange(1, 64), default=None, help="Threads (no effect on the result)."),
        click.option("--quiet", is_flag=True, help="No progress bars."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@cli.command()
@click.argument("clip", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--script",
    "screenplay",
    type=click.Path(path_type=Path, readable=False),
    help="Screenplay: Fountain or plain text.",
)
@click.option("--out", "folder", type=click.Path(path_type=Path), required=True, help="Folder of the job.")
@job_options
def design(clip: Path, screenplay: Path | None, folder: Path, quiet: bool, **options: Any) -> None:
    """Design the Foley of CLIP into a folder: script, cues, stems, mixes, delivery, report."""
    settings = make_settings(**options)
    from foleydesigner.graph import run

    finish(folder, with_progress(quiet, lambda listen: run.design(clip, screenplay, folder, settings, listen)))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--quiet", is_flag=True, help="No progress bars.")
def resume(folder: Path, quiet: bool) -> None:
    """Go on with an interrupted job from its last finished stage."""
    from foleydesigner.graph import run

    finish(folder, with_progress(quiet, lambda listen: run.resume(folder, listen)))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--approve", is_flag=True, help="Go on as it is.")
@click.option("--edit", type=click.Path(path_type=Path), help="Go on with this changed script or mix settings (JSON).")
@click.option("--reject", "note", help="Back, with this note as a constraint.")
@click.option("--event", "event_ids", multiple=True, help="With --reject at the takes: only these events.")
@click.option("--reviewer", default="", help="Who answers, for the provenance.")
@click.option("--quiet", is_flag=True, help="No progress bars.")
def review(
    folder: Path,
    approve: bool,
    edit: Path | None,
    note: str | None,
    event_ids: tuple[str, ...],
    reviewer: str,
    quiet: bool,
) -> None:
    """Show what a job waits for; with --approve, --edit or --reject, or at the prompt, answer it."""
    from foleydesigner import cli_review
    from foleydesigner.graph import run

    question = run.question(folder)
    if question is None:
        click.echo(f"{folder} waits for no review")
        return
    cli_review.show(question)
    if not (approve or edit or note is not None):
        if not sys.stdin.isatty():
            return
        approve, edit, note = cli_review.prompt()
    reply = cli_review.make_answer(question, approve, edit, note, event_ids, reviewer)
    finish(folder, with_progress(quiet, lambda listen: run.answer(folder, reply, listen)))


@cli.command()
@click.option("--out", "folder", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
@job_options
def demo(folder: Path, quiet: bool, **options: Any) -> None:
    """Render a small film scene with known truth and design its Foley."""
    settings = make_settings(**options)
    from foleydesigner.graph import run
    from foleydesigner.graph.scripting import read_script
    from foleydesigner.job import JobFolder
    from foleydesigner.tools.demo_scene import compare, write_demo_scene

    clip, screenplay = write_demo_scene(folder / "scene")
    outcome = with_progress(quiet, lambda listen: run.design(clip, screenplay, folder, settings, listen))
    if outcome.finished:
        click.echo("against the scene's truth: " + "; ".join(compare(read_script(JobFolder(folder)))))
    finish(folder, outcome)


cli.add_command(bench)
cli.add_command(dataset)
cli.add_command(evaluate)
cli.add_command(models)
cli.add_command(sounds)
cli.add_command(trace)
cli.add_command(ui)


def make_settings(**options: Any) -> Settings:
    """Settings from the options that were given; the rest by environment and default.

    Raises:
        ConfigurationError: an option or a FOLEY_* variable is out of range.
    """
    from pydantic import ValidationError

    from foleydesigner.config import Settings
    from foleydesigner.generator.learned import is_folder

    if options.get("engine") and is_folder(options["engine"]):
        options["engine"] = str(Path(options["engine"]).expanduser().resolve())  # a job is resumed from anywhere
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"setting {name} is {first.get('input')!r}", first["msg"].lower(), "see `foley design --help`"
        ) from error


def with_progress(quiet: bool, work: Callable[[Any], Outcome]) -> Outcome:
    """Run a job with progress bars on the terminal, or silently."""
    if quiet:
        return work(None)
    from foleydesigner.cli_progress import TerminalProgress

    with TerminalProgress() as listen:
        return work(listen)


def finish(folder: Path, outcome: Outcome) -> None:
    """Say where things are; a job that waits ends with its own exit code."""
    for warning in outcome.warnings:
        click.echo(f"foley: {warning}", err=True)
    if outcome.finished:
        click.echo(f"done: {folder / 'report.html'}")
        return
    point = outcome.question.point if outcome.question else "review"
    click.echo(f"waiting for the {point} review: foley review {folder}")
    sys.exit(WAITING_EXIT_CODE)


class _TerminatedError(KeyboardInterrupt):
    """SIGTERM: ends the run as Ctrl-C does."""


def _terminated(number: int, frame: object) -> None:
    raise _TerminatedError


def main() -> None:
    """Entry point: one clear line for everything that we raise on purpose."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        cli(standalone_mode=False)
    except FoleyError as error:
        click.echo(f"foley: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(f"foley: {error.format_message()} See `foley --help`.", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        # A full disk or a vanished folder in the middle of a stage: what was finished is kept.
        click.echo(f"foley: {error}; expected room and permission; mend that, then `foley resume`", err=True)
        sys.exit(5)
    except (KeyboardInterrupt, click.Abort) as stop:
        click.echo("foley: stopped; `foley resume` goes on from the last finished stage", err=True)
        terminated = isinstance(stop, _TerminatedError) or isinstance(
            stop.__cause__ or stop.__context__, _TerminatedError
        )
        sys.exit(128 + (signal.SIGTERM if terminated else signal.SIGINT))


if __name__ == "__main__":
    main()
