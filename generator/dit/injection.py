"""One injection: a transformer block whose queries are the backbone's tokens and whose keys are positions (eq. 7)."""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from foleydesigner.generator.dit.config import InjectionConfig

_FOCUS = 12.0
"""Logit that a key at the query's own instant starts with; it falls with the distance in time."""


class RotaryClock(nn.Module):
    """Rotary embedding (Su et al., RoFormer, 2021) of times given in latent frames.

    Tokens may stand for several latent frames and have others before them: what turns a vector is the instant that it
    stands for, not its index.
    """

    def __init__(self, channels: int, longest_period_frames: float) -> None:
        super().__init__()
        self.pairs, self.longest_period_frames = channels // 2, longest_period_frames

    def forward(self, vectors: Tensor, times: Tensor) -> Tensor:
        """Turn (b, heads, n, channels) by its times (n,), in latent frames."""
        # Drawn up here and not kept as a buffer: rounded to half precision, they would be another clock. Periods reach
        # from two latent frames, which no grid can undercut, to the longest.
        exponents = torch.arange(self.pairs, device=times.device) / max(self.pairs - 1, 1)
        angles = times[:, None].float() * torch.pi * (2.0 / self.longest_period_frames) ** exponents
        cos, sin = angles.cos().to(vectors.dtype), angles.sin().to(vectors.dtype)
        first, second = vectors.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


class PositionAttention(nn.Module):
    """Cross-attention from tokens to the position sequence on one clock.

    The biases of queries and keys start as the same vector, so that an untrained attention looks at its own instant:
    the rotary product of two equal vectors is highest where the times are equal.
    """

    def __init__(self, width: int, config: InjectionConfig) -> None:
        super().__init__()
        self.heads, self.head_channels = config.heads, config.head_channels
        inner = config.heads * config.head_channels
        self.query = nn.Linear(width, inner)
        self.key = nn.Linear(config.channels, inner)
        self.value = nn.Linear(config.channels, inner)
        self.out = nn.Linear(inner, width, bias=False)
        self.clock = RotaryClock(config.head_channels, config.clock_period_frames)
        bias = (_FOCUS / config.head_channels**0.5) ** 0.5
        with torch.no_grad():
            for linear in (self.query, self.key):
                linear.weight.mul_(0.5)
                linear.bias.fill_(bias)
            self.out.weight.zero_()

    def forward(self, tokens: Tensor, positions: Tensor, token_times: Tensor, position_times: Tensor) -> Tensor:
        """(b, n, width) and (b, T', d_pos) with times (n,) and (T',) in latent frames, to (b, n, width)."""
        queries = self.clock(self._split(self.query(tokens)), token_times)
        keys = self.clock(self._split(self.key(positions)), position_times)
        values = self._split(self.value(positions))
        heard = functional.scaled_dot_product_attention(queries, keys, values)  # (b, heads, n, head_channels)
        out: Tensor = self.out(heard.transpose(1, 2).flatten(2))
        return out

    def _split(self, flat: Tensor) -> Tensor:
        return flat.unflatten(-1, (self.heads, self.head_channels)).transpose(1, 2)


class InjectionBlock(nn.Module):
    """Block(h, LayerNorm(E)) of eq. 7: cross-attention, then a gated feed-forward; zero until it is trained."""

    def __init__(self, width: int, config: InjectionConfig) -> None:
        super().__init__()
        self.token_norm = nn.LayerNorm(width)
        self.position_norm = nn.LayerNorm(config.channels)
        self.attention = PositionAttention(width, config)
        self.inner_norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 2 * config.hidden, bias=False)
        self.narrow = nn.Linear(config.hidden, width, bias=False)
        nn.init.zeros_(self.narrow.weight)

    def forward(self, tokens: Tensor, positions: Tensor, token_times: Tensor, position_times: Tensor) -> Tensor:
        """What is added to tokens (b, n, width), of the same shape; positions are E, (b, T', d_pos)."""
        heard = self.attention(self.token_norm(tokens), self.position_norm(positions), token_times, position_times)
        gate, content = self.widen(self.inner_norm(tokens + heard)).chunk(2, dim=-1)
        added: Tensor = heard + self.narrow(functional.silu(gate) * content)
        return added


def inject(hidden: Tensor, positions: Tensor, keep: Tensor | None, patch_size: int, block: InjectionBlock) -> Tensor:
    """Eq. 7 on the output of a backbone's block: h + Block(h, LayerNorm(E)).

    Tokens that the backbone has put before the latents (global conditioning, memory) stand at no time and stay as they
    are; latent token i stands in the middle of its `patch_size` latent frames.

    Args:
        hidden: (b, before + T' / patch_size, width).
        positions: E, (b, T', d_pos).
        keep: (b,), 0 where an item's position is dropped; None = all are kept.
        patch_size: latent frames a token.
        block: the injection.
    """
    frames = positions.shape[1]
    before = hidden.shape[1] - frames // patch_size
    tokens = hidden[:, before:]
    position_times = torch.arange(frames, device=hidden.device)
    token_times = torch.arange(tokens.shape[1], device=hidden.device) * patch_size + 0.5 * (patch_size - 1)
    added = block(tokens, positions.to(hidden.dtype), token_times, position_times)
    if keep is not None:
        added = added * keep.to(added.dtype)[:, None, None]
    return torch.cat([hidden[:, :before], tokens + added], dim=1)


class InputEntry(nn.Module):
    """E joined to the latents where they enter, zero until it is trained.

    Concatenation of E to a token's channels before a linear layer is the sum of two linear layers, of which that of the
    latents is the backbone's own: only the other one is new.
    """

    def __init__(self, width: int, config: InjectionConfig) -> None:
        super().__init__()
        self.linear = nn.Linear(config.channels, width, bias=False)
        nn.init.zeros_(self.linear.weight)

    def forward(self, hidden: Tensor, positions: Tensor, keep: Tensor | None, patch_size: int) -> Tensor:
        """Hidden states (b, before + T' / patch_size, width) with E (b, T', d_pos); as `inject`."""
        tokens = positions.shape[1] // patch_size
        told = positions.to(hidden.dtype).unflatten(1, (tokens, patch_size)).mean(dim=2)
        added = self.linear(told)
        if keep is not None:
            added = added * keep.to(added.dtype)[:, None, None]
        before = hidden.shape[1] - tokens
        return torch.cat([hidden[:, :before], hidden[:, before:] + added], dim=1)
