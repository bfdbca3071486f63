"""Stage 2: the whole model, its latents of a dataset, and the script from a codec to an engine."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleydesigner.errors import CheckpointError, DatasetError
from foleydesigner.generator.nano.config import CodecConfig

torch = pytest.importorskip("torch")
pytest.importorskip("stable_audio_tools")
pytest.importorskip("accelerate")
pytestmark = pytest.mark.learned

TINY = CodecConfig(content_channels=4, fine_channels=8, coarse_channels=8, coarse_blocks=1, phase_iterations=2)
SIZES = {"width": 32, "depth": 2, "heads": 1}


@pytest.fixture(scope="module")
def codec_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from foleydesigner.generator.nano.codec import StereoCodec
    from foleydesigner.generator.nano.files import save_codec

    torch.manual_seed(0)
    codec = StereoCodec(TINY)
    codec.bottleneck.shift[-2], codec.bottleneck.scale[-2] = 0.3, 2.0
    folder = tmp_path_factory.mktemp("codec")
    save_codec(codec, folder, {})
    return folder


def test_the_dataset_is_encoded_once_and_every_other_time_mirrored(
    tiny_filmstereo: Path, codec_folder: Path, tmp_path: Path
) -> None:
    from foleydesigner.generator.nano.files import load_codec
    from foleydesigner.generator.nano.model import untrained
    from foleydesigner.generator.training.filmstereo import FilmStereoStream, is_filmstereo

    assert is_filmstereo(tiny_filmstereo)
    assert not is_filmstereo(codec_folder)
    model = untrained(load_codec(codec_folder), 0, **SIZES).model
    stream = FilmStereoStream(tiny_filmstereo, model, tmp_path, seed=1)
    assert len(stream) == 16
    (kept,) = tmp_path.glob("*/shard-00000.npz")
    before = kept.stat().st_mtime_ns
    again = FilmStereoStream(tiny_filmstereo, model, tmp_path, seed=1)
    assert kept.stat().st_mtime_ns == before
    items = list(islice(stream.items(0), 32))
    assert sorted(item.caption for item in items[:16]) == sorted(item.caption for item in items[16:])
    other = next(again.items(20))
    assert (other.caption, items[20].caption) == (items[20].caption, other.caption)
    assert np.array_equal(other.latents, items[20].latents)
    # Both times round together, each clip is heard from either side, at a place that its positions tell.
    scale, shift = 2.0, 0.3
    for item in items:
        twin = next(i for i in items if i.caption == item.caption and i is not item)
        np.testing.assert_array_equal(twin.positions.azimuth_deg, -item.positions.azimuth_deg)
        np.testing.assert_array_equal(twin.latents[:4], item.latents[:4])
        delay_us = 250.0 * (scale * item.latents[-2] + shift)
        np.testing.assert_allclose(250.0 * (scale * twin.latents[-2] + shift), -delay_us, atol=0.2)
        wanted_us = 1e6 * 0.17 / 343.0 * np.sin(np.radians(item.positions.azimuth_deg[0]))
        np.testing.assert_allclose(delay_us, wanted_us, atol=3.0)
    with pytest.raises(DatasetError, match="wet sound"):
        FilmStereoStream(tiny_filmstereo, model, tmp_path, signal="wet")


def test_prompts_are_told_by_token_and_padding_is_zero(codec_folder: Path) -> None:
    from foleydesigner.generator.dit.stable_audio import conditions
    from foleydesigner.generator.nano.files import load_codec
    from foleydesigner.generator.nano.model import untrained

    model = untrained(load_codec(codec_folder), 0, **SIZES).model
    said = conditions(model, [("the dog", 2.0), ("", 3.0)], "cpu")
    assert set(said) == {"cross_attn_cond"}
    assert said["cross_attn_cond"].shape == (2, 16, 384)
    assert not said["cross_attn_cond"][0, 4:].any()
    assert float(said["cross_attn_cond"][0, :4].std()) == pytest.approx(1.0, abs=0.3)


def test_the_script_goes_from_a_codec_to_an_engine_and_resumes(
    tiny_filmstereo: Path, codec_folder: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    from foleydesigner.generator.dit.positions import FramePositions
    from foleydesigner.generator.learned import EngineOptions, load
    from foleydesigner.generator.sound_model import SoundOrder
    from foleydesigner.generator.training.train_nano import main

    line = ["--codec", str(codec_folder), "--data", str(tiny_filmstereo), "--cache", str(tmp_path / "cache")]
    line += ["--batch", "2", "--seconds", "1", "--steps", "4", "--save-every", "2", "--log-every", "1"]
    line += [part for name, size in SIZES.items() for part in (f"--{name}", str(size))]
    assert main([*line, "--out", str(tmp_path / "straight")]) == 0
    assert main([*line, "--out", str(tmp_path / "halves"), "--until", "2"]) == 0
    assert main([*line, "--out", str(tmp_path / "halves")]) == 0
    one, other = (load_file(tmp_path / run / "injection" / "model.safetensors") for run in ("straight", "halves"))
    assert set(one) == set(other)
    assert all(torch.equal(one[name], other[name]) for name in one)
    # What is shipped is half as large, and its scales are exact.
    assert one["model.model.transformer.project_in.weight"].dtype == torch.float16
    assert one["pretransform.model.bottleneck.scale"].dtype == torch.float32
    lines = [json.loads(text) for text in (tmp_path / "halves" / "losses.jsonl").read_text().splitlines()]
    assert [said["step"] for said in lines] == [1, 2, 3, 4]
    # What the averaged weights make of a clip is kept at each checkpoint, to be heard and seen.
    kept = sorted(path.name for path in (tmp_path / "halves" / "samples" / "clip-0").iterdir())
    assert kept == [f"step-{step:07d}.{kind}" for step in (2, 4) for kind in ("png", "wav")]
    sound, rate_hz = soundfile.read(tmp_path / "straight" / "samples" / "clip-0" / "step-0000004.wav")
    assert (rate_hz, sound.ndim, sound.shape[1]) == (24_000, 2, 2)
    assert 0.0 < np.abs(sound).max() <= 1.0
    # The codec in the engine is the one that was given.
    codec = load_file(codec_folder / "codec.safetensors")
    weight = one["pretransform.model.encoder.content.body.0.weight"]
    assert torch.equal(weight, codec["encoder.content.body.0.weight"])
    engine = load(str(tmp_path / "halves" / "injection"), EngineOptions(steps=2))
    assert engine._model.licence == "GPL-3.0-or-later"
    ones = np.ones(24, np.float32)
    where = FramePositions(azimuth_deg=20 * ones, depth_m=ones, activation=ones, frame_rate_hz=24.0)
    (sound,) = engine._model.make([SoundOrder(prompt="a burst", length_s=1.0, seed=1, positions=where)], 1.0)
    assert sound.shape == (2, 24_000)
    assert np.isfinite(sound).all()
    # On a GPU the denoiser runs in half precision; the codec's Fourier transforms never do.
    from foleydesigner.generator.dit.injection_files import load_injection
    from foleydesigner.generator.dit.sound_model import StableAudioModel
    from foleydesigner.generator.dit.weights import load_base

    base = load_base(str(tmp_path / "halves" / "injection"))
    halved = StableAudioModel(base, load_injection(base, tmp_path / "halves" / "injection"), half=True)
    (sound,) = halved.make([SoundOrder(prompt="a burst", length_s=0.5, seed=1, positions=where)], 0.5)
    assert np.isfinite(sound).all()
    assert main([*line[2:], "--codec", str(tmp_path), "--out", str(tmp_path / "x")]) == CheckpointError.exit_code
