r"""Train position encoder and injections (stage 2) on a folder of clips; the backbone stays frozen unless asked.

    # a CPU, to see that it works: small steps, little memory
    python -m foleydesigner.generator.training.train_injection --base stabilityai/stable-audio-open-small \
        --data CLIPS --out RUN --steps 200 --batch 1 --seconds 4

    # one GPU
    python -m foleydesigner.generator.training.train_injection --base stabilityai/stable-audio-open-1.0 \
        --data CLIPS --out RUN --steps 50000 --batch 8 --checkpointing --tracking-uri http://127.0.0.1:5000

    # many GPUs: one process each; `--batch` is a process's
    torchrun --nproc-per-node 8 -m foleydesigner.generator.training.train_injection \
        --base stabilityai/stable-audio-open-1.0 --data CLIPS --out RUN --steps 50000 --batch 8 --checkpointing

The same command again goes on where RUN stopped. At the end RUN/injection is an engine:
`foley design CLIP --out OUT --engine RUN/injection`. CLIPS is described in `generator.training.folder`; a dataset of
`foley dataset build` will do as well, and is then encoded once, into `--cache`. Mixed precision is Accelerate's:
`ACCELERATE_MIXED_PRECISION=bf16`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from foleydesigner.errors import FoleyError
from foleydesigner.generator.dit.config import InjectionConfig
from foleydesigner.generator.training.settings import TrainingSettings


def main(arguments: list[str] | None = None) -> int:
    """Run it; one clear line for everything that is raised on purpose."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, help="folder or hub name of the backbone")
    parser.add_argument("--data", required=True, type=Path, help="folder of clips")
    parser.add_argument("--out", required=True, type=Path, help="folder of the run")
    parser.add_argument("--cache", type=Path, help="folder for latents of a dataset; RUN/latents if not given")
    parser.add_argument("--tracking-uri", help="MLflow server or store")
    parser.add_argument("--every", type=int, default=4, help="one injection after this many blocks")
    parser.add_argument("--place", choices=("blocks", "input"), default="blocks", help="where positions join")
    TrainingSettings.add_options(parser)
    options = parser.parse_args(arguments)
    settings = TrainingSettings.of(options)
    try:
        train(
            options.base,
            options.data,
            options.out,
            settings,
            injection=InjectionConfig(place=options.place, every=options.every, seed=settings.seed),
            tracking_uri=options.tracking_uri,
            cache=options.cache,
        )
    except FoleyError as error:
        print(f"train_injection: {error}", file=sys.stderr)  # noqa: T201 - a program's answer
        return error.exit_code
    return 0


def train(
    base_name: str,
    data: Path,
    out: Path,
    settings: TrainingSettings,
    *,
    injection: InjectionConfig | None = None,
    tracking_uri: str | None = None,
    cache: Path | None = None,
    until: int | None = None,
    licence: str = "as the backbone's",
    half: bool = False,
) -> Path:
    """Train, and write the averaged weights as an engine's folder, which is returned.

    Args:
        base_name: folder or hub name of the backbone.
        data: folder of clips, or a FilmStereo dataset.
        out: folder of the run.
        settings: of the run.
        injection: what is put into the backbone; None = as it is by default.
        tracking_uri: MLflow's server or store.
        cache: folder for latents of a dataset; None = out/latents.
        until: stop after this step, and write what there is then.
        licence: of what comes of it.
        half: whether its matrices are kept in 16 bits; checkpoints never are.

    Raises:
        MissingExtraError: the `dit` extra is not installed.
        CheckpointError: the backbone or a checkpoint cannot be used.
        EngineError: the data cannot be used.
    """
    from foleydesigner.generator.dit.backbones import inject_stable_audio
    from foleydesigner.generator.dit.injection_files import save_injection
    from foleydesigner.generator.dit.weights import load_base, save_base
    from foleydesigner.generator.training.filmstereo import FilmStereoStream, is_filmstereo
    from foleydesigner.generator.training.folder import FolderStream
    from foleydesigner.generator.training.log import TrainingLog
    from foleydesigner.generator.training.trainer import Trainer

    local = Path(base_name).is_dir()
    base = load_base(base_name)
    inject_stable_audio(base.model, injection or InjectionConfig(seed=settings.seed))
    stream: FilmStereoStream | FolderStream
    if is_filmstereo(data):
        stream = FilmStereoStream(data, base.model, cache or out / "latents", seed=settings.seed)
    else:
        stream = FolderStream(data, int(base.model.sample_rate), settings.seed)
    # A folder is known by its name: its path is this machine's affair.
    told = settings.to_json() | {"base": Path(base_name).name if local else base_name, "clips": len(stream)}
    log = TrainingLog(out, name=out.name, parameters=told, tracking_uri=tracking_uri)
    trainer = Trainer(base.model, stream, out, settings, log, base.usual_plan)
    trainer.run(until)
    log.close()
    folder = out / "injection"
    where = str(Path(base_name).resolve()) if local else base_name
    injected = trainer.averaged()
    if settings.train_base:
        save_base(base, folder, half=half)
        where = "."
    notes = {"training": told, "step": trainer.step}
    save_injection(injected, folder, base=where, licence=licence, notes=notes, half=half)
    return folder


if __name__ == "__main__":
    sys.exit(main())
