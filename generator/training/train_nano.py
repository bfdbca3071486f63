r"""Train nano's denoiser (stage 2) with its injections, from scratch, on a FilmStereo dataset.

    # one core of a CPU with bf16 instructions, three quarters of an hour where nothing else runs; --until 50 for a look
    OMP_NUM_THREADS=1 ACCELERATE_MIXED_PRECISION=bf16 python -m foleydesigner.generator.training.train_nano \
        --data DATA --out RUN --cache CACHE --batch 16 --steps 2400

    # one GPU
    python -m foleydesigner.generator.training.train_nano --data DATA --out RUN --cache CACHE --batch 64 \
        --steps 20000 --tracking-uri http://127.0.0.1:5000

    # many GPUs: one process each; `--batch` is a process's
    torchrun --nproc-per-node 8 -m foleydesigner.generator.training.train_nano \
        --data DATA --out RUN --cache CACHE --batch 64 --steps 20000

DATA is what `foley dataset build --out DATA` made; CACHE keeps its latents. `--codec FOLDER` names another autoencoder
of stage 1 (`train_codec`), `--place input` trains the variant that the injection is compared with. The same command
again goes on where RUN stopped: RUN/base is the model as it began, RUN/step-… its checkpoints. At the end RUN/injection
is an engine: `foley design CLIP --out OUT --engine RUN/injection`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from foleydesigner.errors import FoleyError
from foleydesigner.generator.dit.config import InjectionConfig
from foleydesigner.generator.nano.files import SHIPPED
from foleydesigner.generator.training.settings import TrainingSettings

SIZES = {"width": 192, "depth": 6, "heads": 3}
LICENCE = "GPL-3.0-or-later"
INJECTION: dict[str, Any] = {"features": 32, "channels": 96, "head_channels": 32, "heads": 4, "hidden": 384}
USUAL = {
    "steps": 2_400, "batch": 16, "learning_rate": 5e-4, "warmup_steps": 300, "cooldown_steps": 800,
    "train_base": True,
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run it; one clear line for everything that is raised on purpose."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--codec", default=SHIPPED, type=Path, help="folder of the autoencoder; ours if not given")
    parser.add_argument("--data", required=True, type=Path, help="folder of the dataset")
    parser.add_argument("--out", required=True, type=Path, help="folder of the run")
    parser.add_argument("--cache", type=Path, help="folder for latents; RUN/latents if not given")
    parser.add_argument("--tracking-uri", help="MLflow server or store")
    parser.add_argument("--every", type=int, default=2, help="one injection after this many blocks")
    parser.add_argument("--place", choices=("blocks", "input"), default="blocks", help="where positions join")
    parser.add_argument("--until", type=int, help="stop after this step, and write what there is then")
    for name, size in SIZES.items():
        parser.add_argument(f"--{name}", type=int, default=size, help="of the denoiser")
    TrainingSettings.add_options(parser)
    parser.set_defaults(**USUAL)
    options = parser.parse_args(arguments)
    try:
        train(options, TrainingSettings.of(options))
    except FoleyError as error:
        print(f"train_nano: {error}", file=sys.stderr)  # noqa: T201 - a program's answer
        return error.exit_code
    return 0


def train(options: argparse.Namespace, settings: TrainingSettings) -> Path:
    """Lay the base down where it is not there, then train it with its injections; gives the engine's folder.

    Raises:
        MissingExtraError: the `dit` extra is not installed.
        CheckpointError: the codec or a checkpoint cannot be used.
        DatasetError: the data cannot be used.
    """
    from foleydesigner.generator.dit.stable_audio import require
    from foleydesigner.generator.training import train_injection

    require()
    base = options.out / "base"
    if not (base / "model_config.json").is_file():
        from foleydesigner.generator.dit.weights import save_base
        from foleydesigner.generator.nano.files import load_codec
        from foleydesigner.generator.nano.model import untrained

        sizes = {name: int(getattr(options, name)) for name in SIZES}
        save_base(untrained(load_codec(options.codec), settings.seed, **sizes), base)
    return train_injection.train(
        str(base),
        options.data,
        options.out,
        settings,
        injection=InjectionConfig(place=options.place, every=options.every, seed=settings.seed, **INJECTION),
        tracking_uri=options.tracking_uri,
        cache=options.cache,
        until=options.until,
        licence=LICENCE,
        half=True,
    )


if __name__ == "__main__":
    sys.exit(main())
