r"""Train nano's stereo autoencoder (stage 1) on the recordings of a FilmStereo dataset.

    # one core of a CPU: a quarter of an hour where nothing else runs; --steps 200 for a look
    OMP_NUM_THREADS=1 python -m foleydesigner.generator.training.train_codec \
        --data DATA --out RUN --cache CACHE --batch 16

    # one GPU
    python -m foleydesigner.generator.training.train_codec --data DATA --out RUN --cache CACHE --batch 64 \
        --tracking-uri http://127.0.0.1:5000

    # many GPUs: one process each; `--batch` is a process's
    torchrun --nproc-per-node 8 -m foleydesigner.generator.training.train_codec \
        --data DATA --out RUN --cache CACHE --batch 64

DATA is what `foley dataset build --out DATA` made; CACHE keeps its spectrograms. The same command again goes on where
RUN stopped. At the end RUN/codec is the codec: `foley eval codec --data DATA --codec RUN/codec --out FILE`.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from foleydesigner.errors import FoleyError
from foleydesigner.generator.filmstereo.annotation import Split
from foleydesigner.generator.training.settings import CodecSettings

if TYPE_CHECKING:
    from torch import Tensor

    from foleydesigner.generator.nano.codec import StereoCodec

_CLIPS, _HELD_OUT, _PATCHES = 200, 24, 30
"""Train clips that the latents' mean and variance are taken of; crops of the valid split that are looked at; patches of
each sound at each speed whose principal components training begins with."""


def main(arguments: list[str] | None = None) -> int:
    """Run it; one clear line for everything that is raised on purpose."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="folder of the dataset")
    parser.add_argument("--out", required=True, type=Path, help="folder of the run")
    parser.add_argument("--cache", required=True, type=Path, help="folder for spectrograms")
    parser.add_argument("--tracking-uri", help="MLflow server or store")
    parser.add_argument("--until", type=int, help="stop after this step, and write the codec as it is then")
    CodecSettings.add_options(parser)
    options = parser.parse_args(arguments)
    try:
        settings = CodecSettings.of(options)
        train(options.data, options.out, options.cache, settings, options.tracking_uri, options.until)
    except FoleyError as error:
        print(f"train_codec: {error}", file=sys.stderr)  # noqa: T201 - a program's answer
        return error.exit_code
    return 0


def train(
    data: Path,
    out: Path,
    cache: Path,
    settings: CodecSettings,
    tracking_uri: str | None = None,
    until: int | None = None,
) -> Path:
    """Train, and write the codec with its averaged weights; gives its folder.

    Raises:
        MissingExtraError: the `dit` extra is not installed.
        CheckpointError: a checkpoint cannot be used.
        DatasetError: the data cannot be used.
    """
    from foleydesigner.generator.dit.stable_audio import require

    require()
    from foleydesigner.generator.nano.codec import normalise
    from foleydesigner.generator.nano.config import CodecConfig
    from foleydesigner.generator.nano.files import save_codec
    from foleydesigner.generator.training.codec_data import SPEEDS, CropStream, log_mels, recordings_of
    from foleydesigner.generator.training.codec_trainer import CodecTrainer
    from foleydesigner.generator.training.log import TrainingLog

    config = CodecConfig()
    frames = settings.crop_latents * config.frames_per_latent
    paths = recordings_of(data, "train")
    # The logarithms' own scale: from the floor to full scale is 2.
    softest = settings.softest_db / (-10.0 * math.log10(config.floor))
    stream = CropStream(log_mels(paths, config, cache), len(SPEEDS), frames, softest, settings.seed)
    valid = CropStream(log_mels(recordings_of(data, "valid"), config, cache, (1.0,)), 1, frames, 0.0, settings.seed)
    told = settings.to_json() | {"recordings": len(paths)}
    log = TrainingLog(out, name=out.name, parameters=told, tracking_uri=tracking_uri)
    held_out = list(islice(valid.items(0), _HELD_OUT))
    patches = stream.patches(config.frames_per_latent, _PATCHES, settings.seed)
    trainer = CodecTrainer(config, stream, out, settings, log, held_out, patches)
    trainer.run(until)
    log.close()
    codec = trainer.codec()
    normalise(codec, list(latents_of(codec, data, "train", _CLIPS)))
    save_codec(codec, out / "codec", {"training": told, "step": trainer.step})
    return out / "codec"


def latents_of(codec: StereoCodec, data: Path, split: Split, limit: int | None = None) -> Iterator[Tensor]:
    """Latents (channels, T') of the direct signals of a split's first clips, in their order."""
    import torch

    from foleydesigner.generator.filmstereo.shards import FilmStereo
    from foleydesigner.tools.resampling import at_rate

    with torch.inference_mode():
        for clip in islice(FilmStereo(data).clips(split, ("direct",)), limit):
            heard = at_rate(clip.audio["direct"], clip.annotation.sample_rate_hz, codec.config.sample_rate_hz)
            yield codec.encode(torch.from_numpy(heard)[None])[0]


if __name__ == "__main__":
    sys.exit(main())
