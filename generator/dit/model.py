"""A backbone with injections: the same module as before, told where and when."""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from foleydesigner.generator.dit.config import BackboneShape, InjectionConfig
from foleydesigner.generator.dit.encoder import PositionEncoder
from foleydesigner.generator.dit.injection import InjectionBlock, InputEntry, inject
from foleydesigner.generator.dit.positions import FramePositions

_ENTRY = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """A diffusion transformer as injections see it; one function of `generator.dit.backbones` a kind.

    Attributes:
        module: what is called with noisy latents; its parameters are the base.
        blocks: its transformer blocks in order; each gives hidden states (b, before + tokens, width), latents last,
            alone or first in a tuple.
        shape: sizes and rates.
        passes_keywords: whether keywords given to `module` reach each block. Positions then travel as an argument,
            which survives the recomputation of checkpointed blocks; else they are laid down at the blocks before.
    """

    module: nn.Module
    blocks: Sequence[nn.Module]
    shape: BackboneShape
    passes_keywords: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What the blocks are told in one pass: E (b, T', d_pos), and which items keep their position (b,) or None."""

    embedding: Tensor
    keep: Tensor | None = None


class Site(nn.Module):
    """What joins at one block of the backbone, attached by hooks: the base keeps its own modules and names.

    Args:
        block: an injection after it.
        entry: what is added before it.
        patch_size: latent frames a token.
    """

    def __init__(self, block: InjectionBlock | None, entry: InputEntry | None, patch_size: int) -> None:
        super().__init__()
        self.block, self.entry = block, entry
        self.patch_size = patch_size
        self.given: Given | None = None

    def attach(self, module: nn.Module) -> None:
        """From now on, what `module` gives passes through here."""
        module.register_forward_pre_hook(self._before, with_kwargs=True)
        if self.block is not None:
            module.register_forward_hook(self._after)

    def _before(self, _: nn.Module, args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        if "foley_position" in keywords:
            self.given = keywords.pop("foley_position")
        if self.entry is None or self.given is None:
            return args, keywords
        hidden = self.entry(args[0], self.given.embedding, self.given.keep, self.patch_size)
        return (hidden, *args[1:]), keywords

    def _after(self, _: nn.Module, __: tuple[Any, ...], output: Any) -> Any:
        if self.given is None or self.block is None:
            return output
        hidden = output[0] if isinstance(output, tuple) else output
        hidden = inject(hidden, self.given.embedding, self.given.keep, self.patch_size, self.block)
        return (hidden, *output[1:]) if isinstance(output, tuple) else hidden


class InjectedDiT(nn.Module):
    """A backbone, a position encoder, and an injection after every `config.every` blocks, or one entry.

    Untrained, it gives bit for bit what the backbone gives. Its state is kept without the base's (`own_state`).
    """

    def __init__(self, backbone: Backbone, config: InjectionConfig) -> None:
        super().__init__()
        self.base = backbone.module
        self.shape = backbone.shape
        self.config = config
        self.passes_keywords = backbone.passes_keywords
        self.blocks = tuple(backbone.blocks)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.encoder = PositionEncoder(config)
            chosen = config.sites(len(backbone.blocks))
            own: dict[str, nn.Module] = {str(site): InjectionBlock(backbone.shape.width, config) for site in chosen}
            if config.place == "input":
                own[_ENTRY] = InputEntry(backbone.shape.width, config)
            self.injections = nn.ModuleDict(own)
        parameter = next(self.base.parameters())
        # The encoder stays in single precision, whatever the backbone has: rounded, its phases would be others.
        self.encoder.to(parameter.device)
        self.injections.to(parameter.device, parameter.dtype)
        self._sites: list[Site] = []
        for index, block in enumerate(backbone.blocks):
            after = own[str(index)] if index in chosen else None
            before = own.get(_ENTRY) if index == 0 else None
            site = Site(
                after if isinstance(after, InjectionBlock) else None,
                before if isinstance(before, InputEntry) else None,
                backbone.shape.patch_size,
            )
            site.attach(block)
            self._sites.append(site)

    def to_dtype(self, dtype: torch.dtype) -> None:
        """Backbone and injections in `dtype`; the encoder stays in single precision."""
        self.base.to(dtype)
        self.injections.to(dtype)

    def own_parameters(self) -> Iterator[nn.Parameter]:
        """Those of the encoder and the injections."""
        yield from self.encoder.parameters()
        yield from self.injections.parameters()

    def own_state(self) -> dict[str, Tensor]:
        """State of the encoder and the injections, by name, without the base's."""
        return {name: value for name, value in self.state_dict().items() if not name.startswith("base.")}

    def freeze_base(self) -> None:
        """Leave exactly the encoder and the injections trainable."""
        self.requires_grad_(False)
        for parameter in self.own_parameters():
            parameter.requires_grad_(True)

    def encode(self, positions: Sequence[FramePositions], latent_frames: int) -> Tensor:
        """E (b, latent_frames, d_pos) of b events whose frames begin with the first latent frame."""
        return self.encoder.encode(positions, latent_frames, self.shape.latent_rate_hz)

    def denoise(self, latents: Tensor, time: Tensor, given: Given | None, **conditions: Any) -> Any:
        """One pass of the backbone.

        Args:
            latents: (b, latent channels, T').
            time: (b,).
            given: E with as many items as `latents`; None = the bare backbone.
            conditions: as the backbone takes them.
        """
        if given is not None and given.embedding.shape[:2] != (latents.shape[0], latents.shape[-1]):
            raise ValueError(f"E of shape {tuple(given.embedding.shape)} for latents {tuple(latents.shape)}")
        if self.passes_keywords:
            return self.base(latents, time, foley_position=given, **conditions)
        self.lay_down(given)
        return self.base(latents, time, **conditions)

    def lay_down(self, given: Given | None) -> None:
        """What the blocks find in every pass from now on, where keywords do not reach them.

        A pipeline that calls the backbone by itself is told so; with `passes_keywords` it has no effect.
        """
        for site in self._sites:
            site.given = given

    def forward(self, latents: Tensor, time: Tensor, **conditions: Any) -> Any:
        """As `generator.dit.guidance.guided`: what stable-audio-tools' samplers call."""
        from foleydesigner.generator.dit.guidance import guided

        return guided(self, latents, time, **conditions)
