"""A few training steps on a toy: the activation moves the energy, the azimuth swaps the channels."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from foleydesigner.generator.dit.config import InjectionConfig
from foleydesigner.generator.dit.configs import lean, stable_audio_open_small
from foleydesigner.generator.dit.positions import FramePositions

torch = pytest.importorskip("torch")
pytest.importorskip("stable_audio_tools")
pytestmark = pytest.mark.learned

RATE_HZ, FRAMES = 20, 32
INJECTION = InjectionConfig(features=16, channels=48, head_channels=16, heads=4, hidden=64, every=2)


def toy() -> Any:
    """A DiT whose two latent channels are left and right themselves, at 20 Hz."""
    from foleydesigner.generator.dit.stable_audio import quiet

    config = lean(stable_audio_open_small(), width=64, depth=4, latents=2)
    config["sample_rate"] = RATE_HZ
    config["model"]["pretransform"] = None
    config["model"]["conditioning"]["configs"] = config["model"]["conditioning"]["configs"][1:]
    config["model"]["diffusion"]["diffusion_objective"] = "rectified_flow"
    config["model"]["diffusion"]["cross_attention_cond_ids"] = ["seconds_total"]
    with quiet():
        from stable_audio_tools.models.factory import create_model_from_config

        torch.manual_seed(0)
        return create_model_from_config(config)


def drawn(rng: np.random.Generator) -> tuple[FramePositions, np.ndarray]:
    """Bursts of noise while active, panned by the azimuth; nothing else."""
    first, length = rng.integers(0, FRAMES - 6), rng.integers(4, 9)
    active = np.zeros(FRAMES, np.float32)
    active[first : first + length] = 1
    azimuth = np.full(FRAMES, rng.choice([-40.0, -20.0, 20.0, 40.0]), np.float32)
    gains = np.stack([np.clip(0.5 - azimuth / 80, 0, 1), np.clip(0.5 + azimuth / 80, 0, 1)])
    sound = (gains * active * rng.normal(size=FRAMES) * 2).astype(np.float32)
    depth = np.full(FRAMES, 2, np.float32)
    return FramePositions(azimuth_deg=azimuth, depth_m=depth, activation=active, frame_rate_hz=RATE_HZ), sound


@pytest.fixture(scope="module")
def trained() -> Callable[[FramePositions], np.ndarray]:
    """Trains everything on the toy; gives a function from positions to the energy (2, FRAMES) of what is generated."""
    import warnings

    from foleydesigner.generator.dit.backbones import inject_stable_audio
    from foleydesigner.generator.training.step import diffusion_loss

    warnings.simplefilter("ignore")
    torch.manual_seed(1)
    model = toy()
    injected = inject_stable_audio(model, INJECTION)
    rng, generator = np.random.default_rng(2), torch.Generator().manual_seed(3)
    optimiser = torch.optim.AdamW(injected.parameters(), 2e-3)
    said = model.get_conditioning_inputs(model.conditioner([{"seconds_total": 2}] * 16, "cpu"))
    said = {name: value.detach() for name, value in said.items() if name in ("cross_attn_cond", "global_cond")}
    said["use_checkpointing"] = False
    for _ in range(100):
        pairs = [drawn(rng) for _ in range(16)]
        where = injected.encode([p for p, _ in pairs], FRAMES)
        clean = torch.from_numpy(np.stack([s for _, s in pairs]))
        loss = diffusion_loss(injected, clean, where, said, objective="rectified_flow", generator=generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    @torch.no_grad()
    def energy(positions: FramePositions) -> np.ndarray:
        where = injected.encode([positions] * 16, FRAMES)
        x = torch.randn(16, 2, FRAMES, generator=torch.Generator().manual_seed(4))
        times = torch.linspace(1, 0, 13)
        for now, then in pairwise(times):
            x = x + (then - now) * injected(x, now.repeat(16), position=where, **said)
        return x.square().mean(0).numpy()

    return energy


def burst(first: int, azimuth: float) -> FramePositions:
    active = np.zeros(FRAMES, np.float32)
    active[first : first + 6] = 1
    full = np.full(FRAMES, azimuth, np.float32)
    return FramePositions(azimuth_deg=full, depth_m=full * 0 + 2, activation=active, frame_rate_hz=RATE_HZ)


def test_moving_the_activation_moves_the_energy(trained: Callable[[FramePositions], np.ndarray]) -> None:
    centres = []
    for first in (3, 12, 22):
        energy = trained(burst(first, 40.0)).sum(0)
        inside = energy[first : first + 6].mean()
        outside = np.delete(energy, slice(first - 1, first + 7)).mean()
        assert inside > 4 * outside
        centres.append(float((energy * np.arange(FRAMES)).sum() / energy.sum()))
    assert centres == sorted(centres)


def test_mirroring_the_azimuth_swaps_the_channels(trained: Callable[[FramePositions], np.ndarray]) -> None:
    right = trained(burst(12, 40.0))[:, 12:18].mean(1)
    left = trained(burst(12, 40.0).mirrored())[:, 12:18].mean(1)
    assert right[1] > 4 * right[0]
    assert left[0] > 4 * left[1]
