"""Train the delay estimator of `crw/1` (evals/judges/delay_estimator.py) and write its weights and figures.

    pip install torch && pip install -e .[dataset]
    python scripts/train_delay_estimator.py --simulate 1500 --epochs 16 --work out/rooms --out out/rooms.npz
    python scripts/train_delay_estimator.py --dataset filmstereo --start out/rooms.npz --rate 1e-3 --out out/delay.npz
    python scripts/train_delay_estimator.py --simulate 12 --epochs 1 --work out/try --out out/try.npz   # for a look

The first command learns from sounds in simulated rooms alone, the second goes on with a FilmStereo dataset: the
reverberant signals of its train split, against the delay that each clip's annotation implies; its valid split chooses
the epoch, and its test split is looked at once, beside plain GCC-PHAT on the same sounds. `--simulate N` draws N
procedural sounds, each in a box of its own with a pair of microphones, by their seeds. What is prepared, and the state
after each epoch, is kept in `--work`; the same command goes on from there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from torch import nn

from foleydesigner.evals.judges.delay_estimator import (
    BANDS,
    DILATIONS,
    LAG_S,
    MAX_LAG_S,
    POOLED,
    RATE_HZ,
    LearnedDelay,
    bands,
    cells,
    load_weights,
    shapes,
    steering,
)
from foleydesigner.evals.judges.delay_rooms import simulated_clips
from foleydesigner.evals.metrics.frames import active_frames, frame_centres_s
from foleydesigner.evals.metrics.itd import frame_delays_s
from foleydesigner.files import atomic_path, write_json
from foleydesigner.generator.filmstereo.shards import FilmStereo

FRAME_HOPS = 10
"""Cells in a frame of 0.1 s; the sixth is where the network is asked."""
BLUR_S = 15e-6
_SCALE = 127.0 / np.pi
_NOTHING = -128


@dataclass(frozen=True)
class Example:
    """A clip as it is learned from: packed phases (cells, 257), inputs (64, cells), delays and activity of frames."""

    phases: NDArray[np.int8]
    inputs: NDArray[np.float16]
    delay_s: NDArray[np.float32]
    heard: NDArray[np.bool_]


def example(stereo: NDArray[np.float32], delay_s: NDArray[np.float64], heard: NDArray[np.bool_]) -> Example:
    """Pack (2, samples) at 16 kHz with its true delay and activity in each 0.1 s, (frames,)."""
    phases, inputs = cells(stereo)
    packed = np.where(phases == 0.0, _NOTHING, np.round(np.angle(phases) * _SCALE)).astype(np.int8)
    return Example(packed, inputs.astype(np.float16), delay_s.astype(np.float32), heard)


def dataset_clips(folder: Path, split: str) -> Iterator[tuple[NDArray[np.float32], int, NDArray[np.float64]]]:
    """Reverberant sound, rate, and delay of each 0.1 s, of the clips of a split."""
    for clip in FilmStereo(folder).clips(split, ("wet",)):  # type: ignore[arg-type]
        note, sound = clip.annotation, clip.audio["wet"]
        centres = frame_centres_s(sound.shape[1], note.sample_rate_hz)
        yield sound, note.sample_rate_hz, note.delay_s(centres)


def prepared(arguments: argparse.Namespace, split: str) -> list[Example]:
    """The examples of a split, from `--work` or made and kept there."""
    kept = arguments.work / f"{split}.npz"
    if not kept.is_file():
        share = arguments.simulate if split == "train" else max(arguments.simulate // 5, 2)
        source = simulated_clips(share, split) if arguments.simulate else dataset_clips(arguments.dataset, split)
        made = []
        for sound, rate_hz, delay_s in source:
            heard = active_frames(sound, rate_hz)
            low = soxr.resample(sound.T, rate_hz, RATE_HZ).T if rate_hz != RATE_HZ else sound
            if heard.any():
                made.append(example(np.asarray(low, dtype=np.float32), delay_s, heard))
            if arguments.most and len(made) >= arguments.most:
                break
        with atomic_path(kept) as temporary, temporary.open("wb") as stream:
            fields = {f"{k}.{name}": value for k, e in enumerate(made) for name, value in vars(e).items()}
            np.savez(stream, **fields)
    with np.load(kept, allow_pickle=False) as file:
        count = len({name.split(".")[0] for name in file.files})
        return [Example(**{n: file[f"{k}.{n}"] for n in Example.__dataclass_fields__}) for k in range(count)]


class Network(nn.Module):
    """The network in torch; its arrays have the names and shapes of `delay_estimator.shapes`."""

    def __init__(self) -> None:
        super().__init__()
        wanted = shapes()
        channels = wanted["first.bias"][0]
        self.first = nn.Conv1d(2 * BANDS, channels, 5, padding=2)
        self.blocks = nn.ModuleList(nn.Conv1d(channels, channels, 5, padding=2 * d, dilation=d) for d in DILATIONS)
        self.last = nn.Conv1d(channels, BANDS, 1)
        self.shares = nn.Parameter(torch.tensor([0.0, -2.0, -4.0, -5.0]))
        self.sharpness = nn.Parameter(torch.tensor(3.0))
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)
        reach = round(MAX_LAG_S / (4 * LAG_S))
        self.lags_s = torch.arange(-reach, reach + 1) * 4 * LAG_S
        turn = torch.from_numpy(steering(self.lags_s.numpy()))
        self.turn = torch.cat([turn.real, -turn.imag])  # (514, lags)
        self.bands = torch.from_numpy(bands())
        self.boxes = [torch.ones(1, 1, 2 * half + 1) for half in POOLED]

    def forward(self, phases: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """(n, cells, 257) complex and (n, 64, cells) to the logits of each lag in each frame, (n, frames, lags)."""
        hidden = torch.relu(self.first(inputs))
        for block in self.blocks:
            hidden = hidden + torch.relu(block(hidden))
        weights = self.last(hidden).clamp(max=8.0).exp().transpose(1, 2) @ self.bands  # (n, cells, 257)
        both = torch.cat([weights * phases.real, weights * phases.imag, weights], dim=2)  # (n, cells, 771)
        total = torch.nn.functional.pad(both.cumsum(1), (0, 0, 1, 0))
        count = both.shape[1]
        at = torch.arange(FRAME_HOPS // 2, count, FRAME_HOPS)
        pooled = sum(
            share * (total[:, (at + half + 1).clamp(max=count)] - total[:, (at - half).clamp(min=0)])
            for share, half in zip(self.shares.exp(), POOLED, strict=True)
        )
        bins = self.bands.shape[1]
        scores = pooled[:, :, : 2 * bins] @ self.turn  # (n, frames, lags)
        return self.sharpness.exp() * scores / pooled[:, :, 2 * bins :].sum(2, keepdim=True).clamp(min=1e-9)


def batch(examples: list[Example], rng: np.random.Generator, frames: int) -> tuple[torch.Tensor, ...]:
    """Stretches of as many frames out of each example; half of them with their channels exchanged."""
    parts: list[tuple[Any, ...]] = []
    for e in examples:
        first = int(rng.integers(max(len(e.heard) - frames, 0) + 1))
        cut = slice(first, first + frames)
        hops = slice(first * FRAME_HOPS, (first + frames) * FRAME_HOPS)
        angle, inputs = e.phases[hops].astype(np.float32), e.inputs[:, hops].astype(np.float32)
        phases = np.where(angle == _NOTHING, 0.0, np.exp(1j * angle / _SCALE)).astype(np.complex64)
        delay, heard = e.delay_s[cut], e.heard[cut]
        if rng.random() < 0.5:
            phases, delay = phases.conj(), -delay
        short = frames - len(heard)
        if short:
            phases = np.pad(phases, ((0, frames * FRAME_HOPS - len(phases)), (0, 0)))
            inputs = np.pad(inputs, ((0, 0), (0, frames * FRAME_HOPS - inputs.shape[1])))
            delay, heard = np.pad(delay, (0, short)), np.pad(heard, (0, short))
        parts.append((phases, inputs, delay, heard))
    return tuple(torch.from_numpy(np.stack(column)) for column in zip(*parts, strict=True))


def loss_of(network: Network, phases: torch.Tensor, inputs: torch.Tensor, delay_s: Any, heard: Any) -> torch.Tensor:
    """Cross entropy against the true delay, blurred by 15 us, over frames that sound."""
    logits = network(phases, inputs)[heard]
    wanted = torch.softmax(-0.5 * ((network.lags_s - delay_s[heard][:, None]) / BLUR_S) ** 2, dim=1)
    return -(wanted * torch.log_softmax(logits, dim=1)).sum(1).mean()


def exported(network: Network, path: Path) -> None:
    """Write the arrays in half precision."""
    arrays = {name: value.detach().numpy().astype(np.float16) for name, value in network.state_dict().items()}
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


def trained(arguments: argparse.Namespace) -> None:
    """Train to the epoch that the valid split likes best, and write it."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    train, valid = prepared(arguments, "train"), prepared(arguments, "valid")
    network, best, first = Network(), np.inf, 0
    if arguments.start:
        network.load_state_dict(
            {name: torch.from_numpy(array) for name, array in load_weights(arguments.start).items()}
        )
    optimiser = torch.optim.AdamW(network.parameters(), lr=arguments.rate, weight_decay=1e-3)
    kept = arguments.work / "state.pt"
    if kept.is_file():
        state = torch.load(kept, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        best, first = state["best"], state["epoch"]
    print(f"{len(train)} clips to learn from, {len(valid)} to choose by", flush=True)
    for epoch in range(first, arguments.epochs):
        rng, began_s, losses = np.random.default_rng((arguments.seed, epoch)), time.monotonic(), []
        for group in optimiser.param_groups:
            group["lr"] = float(arguments.rate * 0.5 * (1.0 + np.cos(np.pi * epoch / arguments.epochs)) + 2e-5)
        order = rng.permutation(len(train))
        network.train()
        for start in range(0, len(order) - arguments.batch + 1, arguments.batch):
            parts = batch([train[k] for k in order[start : start + arguments.batch]], rng, arguments.frames)
            if not parts[3].any():
                continue
            loss = loss_of(network, *parts)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            losses.append(loss.item())
        network.eval()
        with torch.inference_mode():
            fixed = np.random.default_rng(0)
            whole = [loss_of(network, *batch([e], fixed, len(e.heard))) for e in valid if e.heard.any()]
        score = float(torch.stack(whole).mean())
        if score < best:
            best = score
            exported(network, arguments.out)
        state = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "best": best, "epoch": epoch + 1}
        with atomic_path(kept) as temporary:
            torch.save(state, temporary)
        told = f"epoch {epoch + 1}: {np.mean(losses):.3f}, valid {score:.3f}, {time.monotonic() - began_s:.0f} s"
        print(told, flush=True)


def figures(arguments: argparse.Namespace) -> dict[str, Any]:
    """Mean and median absolute error in us over sounding frames of the test split, learned and by plain GCC-PHAT."""
    learned, plain = LearnedDelay(arguments.out), LearnedDelay.plain()
    source = (
        simulated_clips(max(arguments.simulate // 5, 2), "test")
        if arguments.simulate
        else dataset_clips(arguments.dataset, "test")
    )
    errors: dict[str, list[NDArray[np.float64]]] = {}
    clips = 0
    for sound, rate_hz, delay_s in source:
        heard = active_frames(sound, rate_hz)
        if not heard.any() or (arguments.most and clips >= arguments.most):
            continue
        clips += 1
        low = np.asarray(soxr.resample(sound.T, rate_hz, RATE_HZ).T if rate_hz != RATE_HZ else sound, np.float32)
        found = {
            "learned": by_frames(learned.delays_s(low), len(delay_s)),
            "GCC-PHAT, 16 kHz, 0.25 s": by_frames(plain.delays_s(low), len(delay_s)),
            f"GCC-PHAT of itd_mae_us/1, {rate_hz / 1000:g} kHz, 85 ms": frame_delays_s(sound, rate_hz),
            "always centred": np.zeros(len(delay_s)),
        }
        for name, value in found.items():
            errors.setdefault(name, []).append(np.abs(value - delay_s)[heard] * 1e6)
    return {
        "clips": clips,
        "frames": int(sum(map(len, errors["learned"]))),
        "absolute_error_us": {
            name: {
                "mean": round(float(np.mean(np.concatenate(parts))), 1),
                "median": round(float(np.median(np.concatenate(parts))), 1),
                "mean_of_clips": round(float(np.mean([np.mean(p) for p in parts])), 1),
            }
            for name, parts in errors.items()
        },
    }


def by_frames(delays_s: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Means over each 0.1 s of delays every 10 ms: (cells,) to (count,)."""
    padded = np.pad(delays_s, (0, max(0, count * FRAME_HOPS - len(delays_s))), mode="edge")
    return np.asarray(padded[: count * FRAME_HOPS].reshape(count, FRAME_HOPS).mean(axis=1))


def main() -> None:
    """Prepare, train, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dataset", type=Path, help="A FilmStereo dataset.")
    source.add_argument("--simulate", type=int, default=0, help="So many sounds in rooms, drawn here.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="Weights to begin with, as written by this script.")
    parser.add_argument("--rate", type=float, default=2e-3, help="The first learning rate.")
    parser.add_argument("--work", type=Path, default=Path("out/delay_estimator"))
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--frames", type=int, default=40, help="Of 0.1 s, in each stretch that is learned from.")
    parser.add_argument("--most", type=int, default=0, help="No more clips of a split than these.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    trained(arguments)
    record = {"command": " ".join(["python", *sys.argv]), **figures(arguments)}
    write_json(arguments.out.with_suffix(".json"), record)
    print(json.dumps(record, indent=2))


if __name__ == "__main__":
    main()
