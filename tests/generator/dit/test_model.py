"""An injected backbone against its base: stable-audio-tools' DiT at few channels, with its own samplers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from foleydesigner.errors import CheckpointError
from foleydesigner.generator.dit.config import InjectionConfig
from foleydesigner.generator.dit.configs import stable_audio_open, stable_audio_open_small
from foleydesigner.generator.dit.positions import FramePositions

torch = pytest.importorskip("torch")
pytest.importorskip("stable_audio_tools")
pytestmark = pytest.mark.learned

SMALL = InjectionConfig(features=16, channels=32, head_channels=16, heads=2, hidden=32)
BOTH = pytest.mark.parametrize("config", [stable_audio_open, stable_audio_open_small])


def positions(frames: int = 48, seed: int = 0) -> FramePositions:
    rng = np.random.default_rng(seed)
    return FramePositions(
        azimuth_deg=np.linspace(-40, 40, frames).astype(np.float32),
        depth_m=np.full(frames, 3, np.float32),
        activation=(rng.uniform(size=frames) < 0.4).astype(np.float32),
        frame_rate_hz=24.0,
    )


def inputs(model: Any, batch: int = 2, frames: int = 31) -> tuple[Any, Any, dict[str, Any]]:
    generator = torch.Generator().manual_seed(3)
    dit = model.model.base if hasattr(model.model, "base") else model.model
    text = torch.randn(batch, 9, 32, generator=generator)
    said = dit.model.to_global_embed[0].in_features
    known = {"cross_attn_cond": text, "global_cond": torch.randn(batch, said, generator=generator)}
    return torch.randn(batch, model.io_channels, frames, generator=generator), torch.tensor([0.7] * batch), known


def wake(injected: Any) -> None:
    """As if it had been trained: what starts at zero is drawn."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for block in injected.injections.values():
            for weight in (block.attention.out.weight, block.narrow.weight):
                weight.copy_(0.1 * torch.randn(weight.shape, generator=generator))


@BOTH
def test_untrained_it_is_bit_for_bit_its_base(tiny_dit: Callable[..., Any], config: Callable[[], Any]) -> None:
    from foleydesigner.generator.dit.backbones import inject_stable_audio

    model = tiny_dit(config, depth=8)
    noise, time, known = inputs(model)
    base = model.model
    names = set(base.state_dict())
    with torch.no_grad():
        alone, mixed = base(noise, time, **known), base(noise, time, cfg_scale=6.0, scale_phi=0.4, **known)
        injected = inject_stable_audio(model, SMALL)
        where = injected.encode([positions(), positions(seed=1)], 31)
        for given in (None, where):
            assert torch.equal(alone, injected(noise, time, position=given, **known))
            assert torch.equal(mixed, injected(noise, time, position=given, cfg_scale=6.0, scale_phi=0.4, **known))
        wake(injected)
        assert not torch.allclose(alone, injected(noise, time, position=where, **known), atol=1e-4)
        assert torch.equal(alone, injected(noise, time, **known))
    assert set(base.state_dict()) == names
    assert sorted(injected.injections) == ["3", "7"]


@BOTH
def test_what_is_told_at_the_input_is_its_base_until_trained(
    tiny_dit: Callable[..., Any], config: Callable[[], Any]
) -> None:
    from dataclasses import replace

    from foleydesigner.generator.dit.backbones import inject_stable_audio

    model = tiny_dit(config, depth=4)
    noise, time, known = inputs(model)
    with torch.no_grad():
        alone = model.model(noise, time, **known)
        injected = inject_stable_audio(model, replace(SMALL, place="input"))
        assert list(injected.injections) == ["input"]
        where = injected.encode([positions(), positions(seed=1)], 31)
        assert torch.equal(alone, injected(noise, time, position=where, **known))
        injected.injections["input"].linear.weight.normal_(generator=torch.Generator().manual_seed(2))
        told = injected(noise, time, position=where, **known)
        assert not torch.allclose(alone, told, atol=1e-4)
        assert torch.equal(alone, injected(noise, time, **known))
        half = injected(noise, time, position=where, keep_position=torch.tensor([1.0, 0.0]), **known)
        assert torch.allclose(half[0], told[0], atol=1e-5)
        assert torch.allclose(half[1], alone[1], atol=1e-5)


def test_generate_diffusion_cond_works_as_before(tiny_dit: Callable[..., Any]) -> None:
    from foleydesigner.generator.dit.backbones import inject_stable_audio
    from foleydesigner.generator.dit.stable_audio import quiet

    for config, sampler in ((stable_audio_open, "dpmpp-3m-sde"), (stable_audio_open_small, "pingpong")):
        model = tiny_dit(config)
        model.cross_attn_cond_ids = [name for name in model.cross_attn_cond_ids if name != "prompt"]
        said = [{"seconds_start": 0, "seconds_total": 1.0}]

        def made(model: Any = model, said: Any = said, sampler: str = sampler, **more: Any) -> Any:
            told = {"conditioning": said, "sample_size": 40960, "seed": 4, "device": "cpu"} | more
            with quiet():
                from stable_audio_tools.inference.generation import generate_diffusion_cond

                return generate_diffusion_cond(model, steps=3, cfg_scale=3.0, sampler_type=sampler, **told)

        before = made()
        injected = inject_stable_audio(model, SMALL)
        where = injected.encode([positions()], 20).detach()
        assert before.shape == (1, 2, 40960)
        assert torch.equal(before, made())
        assert torch.equal(before, made(position=where))
        wake(injected)
        assert torch.equal(before, made())
        assert not torch.allclose(before, made(position=where))


def test_freezing_leaves_exactly_encoder_and_injections(tiny_dit: Callable[..., Any]) -> None:
    from foleydesigner.generator.dit.backbones import inject_stable_audio

    injected = inject_stable_audio(tiny_dit(stable_audio_open_small), SMALL)
    injected.freeze_base()
    trainable = {name for name, parameter in injected.named_parameters() if parameter.requires_grad}
    assert trainable == {n for n, _ in injected.named_parameters() if n.startswith(("encoder.", "injections."))}
    assert {name.split(".")[0] for name in injected.own_state()} == {"encoder", "injections"}
    assert "encoder.fourier.frequencies" in injected.own_state()


@pytest.mark.parametrize("checkpointing", [False, True])
def test_gradients_flow_to_every_part(tiny_dit: Callable[..., Any], checkpointing: bool) -> None:
    from foleydesigner.generator.dit.backbones import inject_stable_audio

    model = tiny_dit(stable_audio_open_small, depth=8)
    noise, time, known = inputs(model)
    injected = inject_stable_audio(model, SMALL)
    injected.freeze_base()

    def gradients(position: Any) -> dict[str, float]:
        injected.zero_grad()
        injected(noise, time, position=position, use_checkpointing=checkpointing, **known).square().mean().backward()
        return {n: float(p.grad.abs().max()) for n, p in injected.named_parameters() if p.grad is not None}

    def where() -> Any:
        return injected.encode([positions(), positions(seed=1)], 31)

    first = gradients(where())
    assert set(first) <= {n for n, _ in injected.named_parameters() if not n.startswith("base.")}
    assert all(first[f"injections.{site}.{name}.weight"] > 0 for site in (3, 7) for name in ("attention.out", "narrow"))
    wake(injected)
    later = gradients(where())
    assert set(later) == {n for n, p in injected.named_parameters() if p.requires_grad}
    # the key's bias shifts all logits of a query alike only without a clock; here everything learns
    assert min(later.values()) > 0
    # two passes before the first backward: each keeps its own positions, recomputed or not
    injected.zero_grad()
    one, other = where(), injected.encode([positions(seed=7), positions(seed=8)], 31)
    known["use_checkpointing"] = checkpointing
    losses = [injected(noise, time, position=p, **known).square().mean() for p in (one, other)]
    losses[0].backward()
    again = {n: float(p.grad.abs().max()) for n, p in injected.named_parameters() if p.grad is not None}
    assert again == pytest.approx(later, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("frames", [1, 2, 17, 64])
def test_odd_lengths(tiny_dit: Callable[..., Any], frames: int) -> None:
    from foleydesigner.generator.dit.backbones import inject_stable_audio

    model = tiny_dit(stable_audio_open_small)
    noise, time, known = inputs(model, frames=frames)
    injected = inject_stable_audio(model, SMALL)
    wake(injected)
    with torch.no_grad():
        out = injected(noise, time, position=injected.encode([positions(), positions()], frames), **known)
        assert out.shape == noise.shape
        assert out.isfinite().all()
        with pytest.raises(ValueError, match="E of shape"):
            injected(noise, time, position=injected.encode([positions()], frames), **known)


def test_guidance_drops_text_and_position_separately(tiny_dit: Callable[..., Any]) -> None:
    from foleydesigner.generator.dit.backbones import inject_stable_audio
    from foleydesigner.generator.dit.guidance import without_text

    model = tiny_dit(stable_audio_open_small)
    noise, time, known = inputs(model)
    injected = inject_stable_audio(model, SMALL)
    wake(injected)
    silent = without_text(known, torch.zeros(2))
    with torch.no_grad():
        where = injected.encode([positions(), positions(seed=1)], 31)
        both, text, none = (
            injected(noise, time, position=where, **known),
            injected(noise, time, **known),
            injected(noise, time, **silent),
        )

        def mixed(**scales: Any) -> Any:
            return injected(noise, time, position=where, **scales, **known)

        assert torch.allclose(mixed(cfg_scale=5.0), none + 5 * (both - none), atol=1e-4)
        two = mixed(cfg_scale=5.0, position_scale=2.0)
        assert torch.allclose(two, none + 5 * (text - none) + 2 * (both - text), atol=1e-4)
        assert torch.allclose(mixed(cfg_scale=1.0, position_scale=2.0), text + 2 * (both - text), atol=1e-4)
        assert torch.allclose(mixed(cfg_scale=1.0, position_scale=0.0), text, atol=1e-4)
        assert torch.equal(mixed(cfg_scale=5.0, cfg_interval=(0.0, 0.5)), both)
        negative = torch.randn_like(known["cross_attn_cond"])
        other = injected(noise, time, **(known | {"cross_attn_cond": negative}))
        away = mixed(cfg_scale=3.0, negative_cross_attn_cond=negative)
        assert torch.allclose(away, other + 3 * (both - other), atol=1e-4)
        # in training: item by item
        half = injected(noise, time, position=where, keep_position=torch.tensor([1.0, 0.0]), **known)
        assert torch.equal(half[0], both[0])
        assert torch.equal(half[1], text[1])
        half = injected(noise, time, **without_text(known, torch.tensor([1.0, 0.0])))
        assert torch.allclose(half[0], text[0], atol=1e-5)
        assert torch.allclose(half[1], none[1], atol=1e-5)


def test_another_kind_of_denoiser_is_refused() -> None:
    from types import SimpleNamespace

    from foleydesigner.generator.dit.backbones import stable_audio_backbone

    with pytest.raises(CheckpointError, match="denoiser of class"):
        stable_audio_backbone(SimpleNamespace(model=torch.nn.Identity()))
