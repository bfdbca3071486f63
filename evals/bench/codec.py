"""`foley eval codec`: what is left of held-out sounds after nano's autoencoder: where they are, and what they are.

Direct signals of the test split go through the codec and back. Delay: `itd_mae_us` over all clips. What they are: the
first clip of each recording, its left channel, is named by YAMNet before and after, at the gain that brings the
untouched one to a peak of 0.7; kept is the class with the highest score. (Both channels added would be a comb.)
Recordings that the tagger calls "Silence" before are left out, since it hears nothing there that could be kept. Beside
the codec stand the same sounds rebuilt from their exact log-mel, which says what the phase alone costs, and the
untouched sounds 5 ms later, which says how steady the tagger is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DatasetError
from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.evals.comparison.bootstrap import of_mean
from foleydesigner.evals.judges.yamnet import RATE_HZ, Yamnet
from foleydesigner.evals.metrics import itd
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.metrics.frames import frame_centres_s
from foleydesigner.files import file_sha256
from foleydesigner.generator.filmstereo.annotation import Split
from foleydesigner.generator.filmstereo.shards import Clip, FilmStereo
from foleydesigner.tools.resampling import at_rate

if TYPE_CHECKING:
    from foleydesigner.generator.nano.codec import StereoCodec

MOST_ITD_US, LEAST_KEPT = 40.0, 0.8
UNHEARD = "Silence"
LATER_S = 0.005
_PEAK = 0.7
Audio = NDArray[np.float32]


@dataclass(slots=True)
class _Heard:
    """What was measured so far."""

    delay_us: list[tuple[float, float, float]] = field(default_factory=list)
    """Of the codec, of a centred mono sound, and of the reference itself."""
    named: list[dict[str, str]] = field(default_factory=list)
    encode_s: list[float] = field(default_factory=list)
    decode_s: list[float] = field(default_factory=list)


def run(
    data: Path,
    folder: Path,
    split: Split = "test",
    limit: int = 0,
    tell: Callable[[str], None] = print,
) -> BenchRecord:
    """Measure the codec in `folder` on a split of a dataset; `limit` clips at most, 0 = all.

    Raises:
        MissingExtraError: torch, or the tagger's package, is not installed.
        CheckpointError: the codec cannot be used.
        DatasetError: the dataset holds no clip of the split.
    """
    from foleydesigner.generator.dit.stable_audio import require

    require()
    from foleydesigner.generator.nano.files import CODEC_WEIGHTS, SHIPPED, load_codec

    began_s = time.monotonic()
    codec, tagger, heard = load_codec(folder), Yamnet(), _Heard()
    known: set[str] = set()
    for number, clip in enumerate(FilmStereo(data).clips(split, ("direct",))):
        if limit and number >= limit:
            break
        _measure(clip, codec, tagger if clip.annotation.recording.id not in known else None, heard)
        known.add(clip.annotation.recording.id)
        if number % 20 == 0:
            tell(f"{number} clips")
    if not heard.delay_us:
        raise DatasetError(f"{data} holds no {split} clip that sounds", "one at least", "pass another --split")
    weights = folder / CODEC_WEIGHTS
    told = [] if folder == SHIPPED else ["--codec CODEC"]
    told += [f"--split {split}"] * (split != "test") + [f"--limit {limit}"] * bool(limit)
    return BenchRecord(
        part="codec",
        command=" ".join(["foley eval codec --data DATA", *told, "--out codec.json"]),
        checks=_checks(heard),
        figures={"space": (_delay_figure(heard),)},
        details=_details(heard) | {"weights_sha256": file_sha256(weights), "weights_bytes": weights.stat().st_size},
        wall_s=round(time.monotonic() - began_s, 1),
    )


def _measure(clip: Clip, codec: StereoCodec, tagger: Yamnet | None, heard: _Heard) -> None:
    """One clip through the codec; its name is asked for where there is a tagger."""
    import torch

    annotation, direct = clip.annotation, clip.audio["direct"]
    rate_hz, own_hz = annotation.sample_rate_hz, codec.config.sample_rate_hz
    stereo = torch.from_numpy(at_rate(direct, rate_hz, own_hz))[None]
    with torch.inference_mode():
        times = [time.perf_counter()]
        latents = codec.encode(stereo)
        times.append(time.perf_counter())
        made = codec.decode(latents)[0, :, : stereo.shape[-1]].numpy()
        times.append(time.perf_counter())
    back = at_rate(made, own_hz, rate_hz)[:, : direct.shape[1]]
    back = np.pad(back, ((0, 0), (0, direct.shape[1] - back.shape[1])))
    wanted = annotation.delay_s(frame_centres_s(direct.shape[1], rate_hz))
    figure = itd.figure(back, wanted, rate_hz, direct)
    if figure.value is None or figure.floor is None or figure.ceiling is None:
        return
    heard.delay_us.append((figure.value, figure.floor, figure.ceiling))
    heard.encode_s.append(times[1] - times[0])
    heard.decode_s.append(times[2] - times[1])
    if tagger is not None:
        before = at_rate(direct, rate_hz, own_hz)
        sounds = {
            "before": before,
            "codec": made,
            "exact_log_mel": _from_exact(codec, before),
            "later": before[:, round(LATER_S * own_hz) :],
        }
        # One gain for all: how loud a sound comes back is the codec's doing as well.
        gain = _PEAK / max(float(np.abs(before[0]).max(initial=0.0)), 1e-9)
        names = {which: _name(gain * sound, own_hz, tagger) for which, sound in sounds.items()}
        heard.named.append({"recording": annotation.recording.title, "family": annotation.recording.family} | names)


def _name(stereo: Audio, rate_hz: int, tagger: Yamnet) -> str:
    """What the tagger calls the left channel."""
    return tagger.top(at_rate(stereo[0], rate_hz, RATE_HZ), 1)[0]


def _from_exact(codec: StereoCodec, stereo: Audio) -> Audio:
    """The sound with its own log-mel, delay and level, but new phases: the codec without its network."""
    import torch

    from foleydesigner.generator.nano.phase import rebuilt
    from foleydesigner.generator.nano.place import measured, placed

    config, mel = codec.config, codec.encoder.mel
    sound = torch.from_numpy(np.pad(stereo, ((0, 0), (0, -stereo.shape[1] % config.ratio))))[None]
    with torch.inference_mode():
        magnitudes = mel.magnitudes(mel(sound))
        mono = rebuilt(magnitudes, torch.zeros_like(magnitudes), config)
        return np.asarray(placed(mono, *measured(sound, config), config)[0, :, : stereo.shape[1]].numpy())


def _kept(heard: _Heard, which: str) -> list[bool]:
    return [row[which] == row["before"] for row in heard.named if row["before"] != UNHEARD]


def _checks(heard: _Heard) -> tuple[Check, ...]:
    kept, delay = _kept(heard, "codec"), np.array(heard.delay_us)
    unheard = len(heard.named) - len(kept)
    return (
        Check(
            name="itd_mae_us of reconstructions, dry, mean over clips",
            value=round(float(delay[:, 0].mean()), 2),
            limit=MOST_ITD_US,
            sense="at most",
            unit="us",
            note=f"worst clip {delay[:, 0].max():.1f}; the clips themselves {delay[:, 2].mean():.2f}",
        ),
        Check(
            name="recordings whose first class of YAMNet is kept",
            value=round(float(np.mean(kept)), 3) if kept else None,
            limit=LEAST_KEPT,
            sense="at least",
            note=f"{sum(kept)} of {len(kept)}; {unheard} that it calls {UNHEARD} left out",
        ),
    )


def _delay_figure(heard: _Heard) -> Figure:
    value, floor, ceiling = (float(mean) for mean in np.array(heard.delay_us).mean(axis=0))
    return Figure(
        metric=itd.METRIC, value=value, unit="us", floor=floor, floor_is="centred mono", ceiling=ceiling,
        ceiling_is="the clips themselves", interval=of_mean([row[0] for row in heard.delay_us]),
        count=len(heard.delay_us),
    )  # fmt: skip


def _details(heard: _Heard) -> dict[str, Any]:
    shares = {which: _kept(heard, which) for which in ("codec", "exact_log_mel", "later")}
    return {
        "kept": {which: round(float(np.mean(kept)), 3) for which, kept in shares.items() if kept},
        "kept_interval": of_mean([float(one) for one in shares["codec"]]),
        "named": heard.named,
        "encode_s": round(float(np.median(heard.encode_s)), 2),
        "decode_s": round(float(np.median(heard.decode_s)), 2),
    }
