"""Position encoder and injection blocks (eq. 4-7)."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from foleydesigner.errors import CheckpointError
from foleydesigner.generator.dit.config import BackboneShape, InjectionConfig
from foleydesigner.generator.dit.positions import FramePositions

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.learned

SMALL = InjectionConfig(features=16, channels=32, head_channels=16, heads=2, hidden=32)


@pytest.fixture(autouse=True)
def _same_weights() -> None:
    torch.manual_seed(0)


def moving(frames: int = 60, rate: float = 24.0, seed: int = 0) -> FramePositions:
    rng = np.random.default_rng(seed)
    return FramePositions(
        azimuth_deg=np.linspace(-40, 40, frames).astype(np.float32),
        depth_m=rng.uniform(1, 9, frames).astype(np.float32),
        activation=(rng.uniform(size=frames) < 0.4).astype(np.float32),
        frame_rate_hz=rate,
    )


def test_fourier_features_are_those_of_equation_4() -> None:
    from foleydesigner.generator.dit.encoder import FourierFeatures, masked

    own = FourierFeatures(64, 1.0, torch.Generator().manual_seed(0))
    points = torch.tensor([[[0.3, -0.7], [1.0, 0.2]]])
    features = own(points)
    angles = 2 * np.pi * points.numpy()[0] @ own.frequencies.numpy().T
    assert features[0].numpy() == pytest.approx(np.concatenate([np.cos(angles), np.sin(angles)], 1), abs=1e-5)
    assert float(own.frequencies.std()) == pytest.approx(1.0, abs=0.15)
    # cos² + sin² = 1: the length of the features is the activation, whatever the position (eq. 5)
    lengths = masked(features, torch.tensor([[1.0, 0.0]]), 0.1).square().sum(-1) / 64
    assert lengths.numpy()[0] == pytest.approx([1.0, 0.01], rel=1e-5)


@pytest.mark.parametrize("latent_frames", [1, 2, 7, 63, 215])
@pytest.mark.parametrize("rate", [23.976, 25.0, 60.0])
def test_the_encoder_reaches_any_latent_length_from_any_frame_rate(latent_frames: int, rate: float) -> None:
    from foleydesigner.generator.dit.encoder import PositionEncoder

    encoder = PositionEncoder(SMALL)
    encoded = encoder.encode([moving(rate=rate), moving(9, rate)], latent_frames, 44100 / 2048)
    assert encoded.shape == (2, latent_frames, 32)
    assert encoded.isfinite().all()


@pytest.mark.parametrize("strides", [(2,), (2, 2), (4, 2)])
def test_a_change_is_heard_at_its_own_time(strides: tuple[int, ...]) -> None:
    from foleydesigner.generator.dit.encoder import PositionEncoder

    rate_hz, frames, change = 20.0, 80, torch.zeros(80)
    once = replace(moving(100, 25.0), activation=(np.arange(100) % 20 == 5).astype(np.float32))
    more = replace(once, activation=np.maximum(once.activation, np.arange(100) == 50).astype(np.float32))
    for seed in range(16):  # 2.00 to 2.04 s: latent frame 40
        torch.manual_seed(seed)
        encoder = PositionEncoder(replace(SMALL, strides=strides, seed=seed))
        both = [encoder.encode([p], frames, rate_hz).detach() for p in (once, more)]
        change += (both[1] - both[0]).square().sum(-1)[0]
    near = change[36:45]
    assert float((near * torch.arange(36, 45)).sum() / near.sum()) == pytest.approx(40.0, abs=0.4)
    assert float(change[39:42].sum()) > 0.8 * float(change.sum())


def test_positions_while_silent_reach_only_through_epsilon() -> None:
    from foleydesigner.generator.dit.encoder import PositionEncoder

    here = moving()
    silent = here.activation == 0
    elsewhere = replace(here, azimuth_deg=np.where(silent, -here.azimuth_deg, here.azimuth_deg).astype(np.float32))
    sounding = replace(here, azimuth_deg=np.where(silent, here.azimuth_deg, -here.azimuth_deg).astype(np.float32))
    for epsilon, reaches in ((0.0, False), (0.1, True)):
        encoder = PositionEncoder(replace(SMALL, epsilon=epsilon))
        base, moved, other = (encoder.encode([p], 50, 21.5) for p in (here, elsewhere, sounding))
        assert torch.equal(base, moved) is not reaches
        assert not torch.equal(base, other)
    # … and in proportion to it
    kept = PositionEncoder(replace(SMALL, epsilon=0.01))
    less = (kept.encode([here], 50, 21.5) - kept.encode([elsewhere], 50, 21.5)).abs().max()
    assert less < 0.3 * (base - moved).abs().max()


def test_attention_starts_at_its_own_instant_on_one_clock() -> None:
    from foleydesigner.generator.dit.injection import InjectionBlock, RotaryClock, inject

    clock = RotaryClock(16, 2048)
    vector = torch.ones(1, 1, 1, 16)
    turned = [clock(vector, torch.tensor([t])) for t in (3.0, 103.0, 5.0, 105.0)]
    # only the distance in time counts
    assert float((turned[0] * turned[2]).sum()) == pytest.approx(float((turned[1] * turned[3]).sum()), abs=1e-4)

    block = InjectionBlock(64, SMALL)
    with torch.no_grad():
        block.attention.out.weight.normal_()
    hidden = torch.zeros(1, 3 + 40, 64)
    there = torch.zeros(1, 40, 32)
    there[0, 30] = torch.randn(32, generator=torch.Generator().manual_seed(1))
    change = (inject(hidden, there, None, 1, block) - inject(hidden, 0 * there, None, 1, block)).square().sum(-1)[0]
    assert torch.equal(change[:3], torch.zeros(3))  # what the backbone prepends stands at no time
    assert int(change.argmax()) == 33
    assert change[3:23].max() < 0.1 * change[33]
    half = hidden[:, :23]
    change = (inject(half, there, None, 2, block) - inject(half, 0 * there, None, 2, block)).square().sum(-1)[0]
    assert int(change.argmax()) == 3 + 15  # tokens of two latent frames, the same clock


def test_the_settings_survive_json_and_bad_ones_are_refused() -> None:
    data = json.loads(json.dumps(SMALL.to_json()))
    assert InjectionConfig.from_json(data, "x") == SMALL
    assert SMALL.sites(16) == (3, 7, 11, 15)
    assert replace(SMALL, every=3).sites(8) == (2, 5)
    for change in ({"heads": 0}, {"heads": 2.0}, {"strides": [1]}, {"strides": "ab"}, {"epsilon": 2}, {"extra": 1}):
        with pytest.raises(CheckpointError, match="injection settings in x"):
            InjectionConfig.from_json(data | change, "x")
    with pytest.raises(CheckpointError):
        InjectionConfig.from_json([], "x")


def test_lengths_are_whole_tokens() -> None:
    shape = BackboneShape(width=8, depth=4, latent_channels=2, sample_rate_hz=44100, downsampling_ratio=2048)
    assert shape.latent_rate_hz == pytest.approx(21.533, abs=1e-3)
    assert [shape.latent_frames(n) for n in (1, 2048, 2049)] == [1, 1, 2]
    assert replace(shape, patch_size=2).latent_frames(2049) == 2
    assert replace(shape, patch_size=2).latent_frames(4097) == 4
