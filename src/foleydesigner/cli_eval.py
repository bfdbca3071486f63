"""`foley eval …`: evidence for what the agents and models are worth."""

from __future__ import annotations

from pathlib import Path

import click

from foleydesigner.cli_bench import finish, kept, workplace


@click.group(name="eval")
def evaluate() -> None:
    """Compare ways of working on scenes of known truth."""


@evaluate.command()
@click.option("--scenes", type=click.IntRange(1), default=24, show_default=True, help="How many complex scenes.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True, help="Of the first scene.")
@kept
def agents(scenes: int, seed: int, out: Path, work: Path | None) -> None:
    """One pass without agents against the full graph, on complex scenes (table 5 of the paper)."""
    from foleydesigner.evals.ablation import agents as part

    with workplace(work) as folder:
        finish(part.run(folder, range(seed, seed + scenes), click.echo), out)
