"""One training step's loss, with text and position dropped separately for classifier-free guidance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foleydesigner.generator.training.objectives import Objective, noise_levels, noisy

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn


def diffusion_loss(
    model: nn.Module,
    clean: Tensor,
    embedding: Tensor | None,
    conditions: dict[str, Any],
    *,
    objective: Objective,
    generator: Generator,
    drop_text: float = 0.1,
    drop_position: float = 0.1,
) -> Tensor:
    """Mean squared error of the model's output, a scalar.

    Args:
        model: an `InjectedDiT`, bare or wrapped for several processes.
        clean: latents (b, c, T').
        embedding: E (b, T', d_pos), with its gradient; None = without positions.
        conditions: what the backbone is told, as `ConditionedDiffusionModelWrapper.get_conditioning_inputs` makes it.
        objective: the backbone's.
        generator: of times, noise and drops, on the CPU: the same numbers on every device.
        drop_text: probability that an item's text becomes its null, zeros.
        drop_position: probability that an item sees the bare backbone.
    """
    import torch

    from foleydesigner.generator.dit.guidance import without_text

    count, device = clean.shape[0], clean.device
    time = noise_levels(objective, count, generator).to(device)
    noise = torch.randn(clean.shape, generator=generator).to(device, clean.dtype)
    keep_text = (torch.rand(count, generator=generator) >= drop_text).float().to(device)
    keep_position = (torch.rand(count, generator=generator) >= drop_position).float().to(device)
    latents, target = noisy(objective, clean, noise, time.to(clean.dtype))
    said = without_text(conditions, keep_text)
    output = model(latents, time, position=embedding, keep_position=keep_position, **said)
    return torch.nn.functional.mse_loss(output.float(), target.float())
