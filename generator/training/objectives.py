"""What a diffusion model is trained towards: noise levels, noisy latents and targets, by objective.

v: x_t = cos(t pi/2) x + sin(t pi/2) n, target cos(t pi/2) n - sin(t pi/2) x (Salimans and Ho, 2022).
Rectified flow: x_t = (1 - t) x + t n, target n - x (Liu et al., 2022); t is logit-normal (Esser et al., 2024). A
distilled denoiser (`rf_denoiser`) speaks in the same velocities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Generator, Tensor

Objective = Literal["v", "rectified_flow", "rf_denoiser"]


def noise_levels(objective: Objective, count: int, generator: Generator) -> Tensor:
    """Times t in (0, 1), shape (count,), on the generator's device."""
    import torch

    if objective == "v":
        return torch.rand(count, generator=generator, device=generator.device)
    return torch.randn(count, generator=generator, device=generator.device).sigmoid()


def noisy(objective: Objective, clean: Tensor, noise: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
    """Noisy latents and what the model has to say of them, both like `clean` (b, c, T'); `time` is (b,)."""
    import torch

    level = time[:, None, None]
    if objective == "v":
        alpha, sigma = torch.cos(level * torch.pi / 2), torch.sin(level * torch.pi / 2)
        return alpha * clean + sigma * noise, alpha * noise - sigma * clean
    return (1.0 - level) * clean + level * noise, noise - clean
