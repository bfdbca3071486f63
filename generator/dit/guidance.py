"""Classifier-free guidance by text and by position, each with a scale of its own.

Dropped text is zeros, as stable-audio-tools has it (or a negative prompt); dropped position is the bare backbone. With
o(·) the backbone's output, the text is guided first and the position on top of it (as Brooks et al., InstructPix2Pix,
2023, compose two conditions):

    o = o(none) + s_text (o(text) - o(none)) + s_position (o(text, position) - o(text))

With one scale for both this is o(none) + s (o(text, position) - o(none)): two passes instead of three.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from foleydesigner.generator.dit.model import Given

if TYPE_CHECKING:
    from foleydesigner.generator.dit.model import InjectedDiT


def guided(
    model: InjectedDiT,
    latents: Tensor,
    time: Tensor,
    *,
    position: Tensor | None = None,
    keep_position: Tensor | None = None,
    cfg_scale: float = 1.0,
    position_scale: float | None = None,
    cfg_interval: tuple[float, float] = (0.0, 1.0),
    scale_phi: float = 0.0,
    negative_cross_attn_cond: Tensor | None = None,
    negative_cross_attn_mask: Tensor | None = None,
    **conditions: Any,
) -> Any:
    """The denoiser's output, guided; it takes what stable-audio-tools' `DiTWrapper` takes, and a position.

    Args:
        model: the injected backbone.
        latents: (b, latent channels, T').
        time: (b,).
        position: E (b, T', d_pos) from `InjectedDiT.encode`; None = the bare backbone.
        keep_position: (b,), 0 where the position is dropped (training).
        cfg_scale: of text, and of position where it has none of its own; 1 = unguided.
        position_scale: of position; None = `cfg_scale`.
        cfg_interval: noise levels sigma at which there is guidance.
        scale_phi: share of the rescaling to the conditioned output's deviation (Lin et al., 2024).
        negative_cross_attn_cond: what takes the place of zeros without text, with its mask.
        negative_cross_attn_mask: (b, tokens).
        conditions: `cross_attn_cond` and whatever else the backbone takes.
    """
    given = None if position is None else Given(position, keep_position)
    text, prepended = conditions.get("cross_attn_cond"), conditions.get("prepend_cond")
    s_text = float(cfg_scale)
    s_position = s_text if position_scale is None or position is None else float(position_scale)
    bare = (s_text == 1.0 and s_position == 1.0) or not _inside(model, time, cfg_interval)
    if bare or (text is None and prepended is None and position is None):
        return model.denoise(latents, time, given, **conditions)
    branches = [(True, True), (False, False)] if s_text == s_position else [(True, True), (True, False), (False, False)]
    nulls = {"cross_attn_cond": _without_text(text, negative_cross_attn_cond, negative_cross_attn_mask)}
    if prepended is not None:
        nulls["prepend_cond"] = torch.zeros_like(prepended)
    stacked = {name: _stacked(name, value, nulls, branches) for name, value in conditions.items()}
    if given is not None:
        items = latents.shape[0]
        kept = keep_position if keep_position is not None else torch.ones(items, device=latents.device)
        keep = torch.cat([kept if with_position else torch.zeros_like(kept) for _, with_position in branches])
        given = Given(given.embedding.repeat(len(branches), 1, 1), keep)
    count = len(branches)
    output = model.denoise(latents.repeat(count, 1, 1), time.repeat(count), given, **stacked)
    parts = torch.chunk(output, count, dim=0)
    whole, none = parts[0], parts[-1]
    if count == 2:
        mixed = none + (whole - none) * s_text
    else:
        mixed = none + (parts[1] - none) * s_text + (whole - parts[1]) * s_position
    if scale_phi:
        rescaled = mixed * (whole.std(dim=1, keepdim=True) / mixed.std(dim=1, keepdim=True))
        mixed = scale_phi * rescaled + (1.0 - scale_phi) * mixed
    return mixed


def without_text(conditions: dict[str, Any], keep: Tensor) -> dict[str, Any]:
    """Conditions with the text of items dropped where `keep` (b,) is 0: zeros, as guidance has it (training)."""
    changed = dict(conditions)
    for name in ("cross_attn_cond", "prepend_cond"):
        if changed.get(name) is not None:
            changed[name] = changed[name] * keep.to(changed[name].dtype)[:, None, None]
    return changed


def _inside(model: InjectedDiT, time: Tensor, interval: tuple[float, float]) -> bool:
    level = float(time[0])
    if getattr(model.base, "diffusion_objective", "v") == "v":
        level = math.sin(level * math.pi / 2.0)
    # Rounding may carry the first level just over 1.
    return interval[0] - 1e-6 <= level <= interval[1] + 1e-6


def _without_text(text: Tensor | None, negative: Tensor | None, mask: Tensor | None) -> Tensor | None:
    if text is None:
        return None
    if negative is None:
        return torch.zeros_like(text)
    if mask is None:
        return negative
    return torch.where(mask.to(torch.bool)[..., None], negative, torch.zeros_like(negative))


def _stacked(name: str, value: Any, nulls: dict[str, Tensor | None], branches: list[tuple[bool, bool]]) -> Any:
    """A condition for all branches: itself where there is text, its null where there is none."""
    if not isinstance(value, Tensor):
        return value
    null = nulls.get(name)
    return torch.cat([value if with_text or null is None else null for with_text, _ in branches], dim=0)
