"""`foley sounds`: the families of the procedural engine, and any of them by itself."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(invoke_without_command=True)
@click.pass_context
def sounds(context: click.Context) -> None:
    """List the families of sounds that the procedural engine makes, and their parameters."""
    if context.invoked_subcommand is not None:
        return
    from foleydesigner.generator.procedural.trial import PARAMETERS, is_hit
    from foleydesigner.script import CATEGORY_OF
    from foleydesigner.tools.taxonomy import taxonomy

    variants: dict[str, list[str]] = {}
    for concept in taxonomy().concepts:
        if concept.variant and concept.variant not in variants.setdefault(concept.family, []):
            variants[concept.family].append(concept.variant)
    for category in dict.fromkeys(CATEGORY_OF.values()):
        click.echo(category)
        for family in (f for f, c in CATEGORY_OF.items() if c == category):
            kind = "hits" if is_hit(family) else "goes on"
            click.echo(f"  {family:11} {kind:8} {', '.join(variants.get(family, []))}")
    click.echo("\nparameters (--set NAME=VALUE)")
    for name, meaning in PARAMETERS.items():
        click.echo(f"  {name:11} {meaning}")


@sounds.command()
@click.argument("family")
@click.option("--seconds", type=click.FloatRange(0.2, 600.0), default=10.0, show_default=True)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Another seed, another take."
)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter; may be given again.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="WAV, stereo, 48 kHz, 32-bit float.")
def render(family: str, seconds: float, seed: int, settings: tuple[str, ...], out: Path) -> None:
    """Make one take of FAMILY."""
    from foleydesigner.generator.procedural.engine import ProceduralEngine
    from foleydesigner.generator.procedural.trial import trial_request
    from foleydesigner.generator.spatial import place_blocks
    from foleydesigner.tools.audio_file import writing_wav

    chosen = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise click.BadParameter(f"{setting!r} is no NAME=VALUE.", param_hint="--set")
        chosen[name.strip()] = value.strip()
    request = trial_request(family, seconds, seed, chosen)
    (take,) = ProceduralEngine(workers=1).render([request])
    with writing_wav(out, take.sample_rate_hz, 2, samples=take.dry.samples) as file:
        for _, block in place_blocks(take.dry, request.cue, take.start_s, take.sample_rate_hz):
            file.write(block)
    click.echo(f"{out}: {take.dry.samples / take.sample_rate_hz:.2f} s of {family}")
