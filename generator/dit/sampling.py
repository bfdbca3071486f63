"""From noise to latents: one sampler an objective, each item with randomness of its own.

v: DPM-Solver++(3M) SDE of k-diffusion, as Stable Audio Open is published with. Rectified flow: Euler. A distilled
denoiser: ping-pong, a few times denoised and noised again (stable-audio-tools). The loops stand here where the
library's draw the noise of all items from one source: a take must not depend on what is made beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Generator, Tensor

Denoiser = Callable[..., "Tensor"]

_SIGMA_MIN, _SIGMA_MAX = 0.3, 500.0
_LOG_SNR_FIRST, _LOG_SNR_LAST = -6.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingPlan:
    """How latents are sampled.

    Attributes:
        steps: passes of the denoiser.
        text_scale: guidance by text; 1 = none.
        position_scale: guidance by position; None = as text.
    """

    steps: int
    text_scale: float
    position_scale: float | None = None


def usual_plan(objective: str) -> SamplingPlan:
    """What a backbone of that objective is published with; a distilled one has its guidance in its weights."""
    if objective == "v":
        return SamplingPlan(steps=100, text_scale=7.0)
    if objective == "rf_denoiser":
        return SamplingPlan(steps=8, text_scale=1.0)
    return SamplingPlan(steps=50, text_scale=4.0)


def generators(seeds: Sequence[int]) -> list[Generator]:
    """One a seed, on the CPU: the same noise on every device."""
    import torch

    return [torch.Generator().manual_seed(seed) for seed in seeds]


def drawn(sources: Sequence[Generator], shape: tuple[int, ...], like: Tensor | None = None) -> Tensor:
    """Noise (b, *shape), each item from its own source, on the device of `like`."""
    import torch

    noise = torch.stack([torch.randn(shape, generator=source) for source in sources])
    return noise if like is None else noise.to(like.device, like.dtype)


def sample(
    denoise: Denoiser, objective: str, noise: Tensor, seeds: Sequence[int], steps: int, **conditions: Any
) -> Tensor:
    """Clean latents (b, c, T').

    Args:
        denoise: called with latents (b, c, T'), times (b,) and the conditions; gives v or the flow's velocity.
        objective: `v`, `rectified_flow` or `rf_denoiser`.
        noise: (b, c, T'), unit variance.
        seeds: of what is drawn on the way, one an item.
        steps: passes.
        conditions: handed on.
    """
    import torch

    with torch.inference_mode():
        if objective == "v":
            return _dpm_solver(denoise, noise, seeds, steps, conditions)
        sources = generators([seed ^ 0x5EED for seed in seeds]) if objective == "rf_denoiser" else None
        return _flow(denoise, noise, steps, conditions, sources)


def _dpm_solver(
    denoise: Denoiser, noise: Tensor, seeds: Sequence[int], steps: int, conditions: dict[str, Any]
) -> Tensor:
    import k_diffusion

    sigmas = k_diffusion.sampling.get_sigmas_polyexponential(steps, _SIGMA_MIN, _SIGMA_MAX, 1.0, device=noise.device)
    brownian = k_diffusion.sampling.BrownianTreeNoiseSampler(noise, sigmas[sigmas > 0].min(), sigmas.max(), list(seeds))
    out: Tensor = k_diffusion.sampling.sample_dpmpp_3m_sde(
        k_diffusion.external.VDenoiser(denoise),
        noise * sigmas[0],
        sigmas,
        noise_sampler=brownian,
        extra_args=conditions,
        disable=True,
    )
    return out


def _flow(
    denoise: Denoiser, noise: Tensor, steps: int, conditions: dict[str, Any], sources: Sequence[Generator] | None
) -> Tensor:
    """Euler, or with `sources` ping-pong, over times evenly spaced in log SNR as stable-audio-tools has them."""
    import torch

    times = torch.sigmoid(-torch.linspace(_LOG_SNR_FIRST, _LOG_SNR_LAST, steps + 1))
    times[0], times[-1] = 1.0, 0.0
    latents = noise
    for now, then in pairwise(times.tolist()):
        velocity = denoise(latents, torch.full((noise.shape[0],), now, device=noise.device), **conditions)
        if sources is None:
            latents = latents + (then - now) * velocity
            continue
        clean = latents - now * velocity
        fresh = drawn(sources, tuple(noise.shape[1:]), noise) if then > 0.0 else 0.0
        latents = (1.0 - then) * clean + then * fresh
    return latents
