"""The stereo codec: spectrogram, phase, place, latents, and its life inside stable-audio-tools."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foleydesigner.errors import CheckpointError
from foleydesigner.evals.metrics.itd import itd_mae_us
from foleydesigner.generator.nano.config import CodecConfig
from foleydesigner.tools.resampling import at_rate

torch = pytest.importorskip("torch")
pytest.importorskip("torchaudio")
pytestmark = pytest.mark.learned

CONFIG = CodecConfig()
TINY = replace(CONFIG, content_channels=4, fine_channels=8, coarse_channels=8, coarse_blocks=1, phase_iterations=4)


def noise(samples: int, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).normal(size=samples).astype(np.float32)


def delayed(mono: np.ndarray, delay_s: float, level_db: float) -> np.ndarray:
    """Left late by `delay_s` and louder by `level_db`, exactly, for a periodic signal."""
    turn = np.exp(-1j * np.pi * np.fft.rfftfreq(len(mono), 1.0 / CONFIG.sample_rate_hz) * delay_s)
    spectrum, gain = np.fft.rfft(mono), 10.0 ** (level_db / 40.0)
    both = [np.fft.irfft(gain * spectrum * turn), np.fft.irfft(spectrum * turn.conj() / gain)]
    return np.stack(both).astype(np.float32)


def test_the_log_mel_of_silence_a_sine_and_two_channels() -> None:
    from foleydesigner.generator.nano.mel import LogMel, mel_bank

    mel = LogMel(CONFIG)
    assert mel(torch.zeros(1, 2, 2800)).shape == (1, 80, 20)
    assert torch.all(mel(torch.zeros(1, 2, 2800)) == -1.0)
    bank = mel_bank(CONFIG)
    torch.testing.assert_close(bank.sum(dim=1), torch.ones(80))
    # A full-scale sine in the middle of a band's bins: its amplitude, spread over three bins as Hann spreads it.
    band, hz = 10, CONFIG.sample_rate_hz / CONFIG.window
    bin_ = int(bank[band].argmax())
    sine = torch.sin(2 * torch.pi * hz * bin_ * torch.arange(14_000) / CONFIG.sample_rate_hz)
    expected = bank[band, bin_] + 0.5 * (bank[band, bin_ - 1] + bank[band, bin_ + 1])
    made = mel(torch.stack([sine, sine])[None])[0, band, 50]
    torch.testing.assert_close(made, mel.normalised(expected), atol=2e-3, rtol=0.0)
    # One channel alone has half the power.
    half = mel(torch.stack([sine, 0 * sine])[None])[0, band, 50]
    assert float(made - half) * mel.half == pytest.approx(0.5 * np.log(2.0), abs=1e-3)


def test_bands_come_back_as_magnitudes_of_the_same_bands() -> None:
    from foleydesigner.generator.nano.mel import LogMel

    mel = LogMel(CONFIG)
    sound = torch.from_numpy(np.stack([noise(14_000)] * 2))[None]
    log_mel = mel(sound)
    bins = mel.magnitudes(log_mel) * (2.0 / float(mel.window.sum()))
    again = mel.normalised(mel.bank @ bins)
    assert float((again - log_mel).abs().mean()) * mel.half * 8.686 < 0.1  # dB
    assert not mel.magnitudes(torch.full((1, 80, 4), -1.0)).any()


def test_phase_is_found_again_and_does_not_depend_on_the_batch() -> None:
    from foleydesigner.generator.nano.mel import LogMel
    from foleydesigner.generator.nano.phase import rebuilt

    mel = LogMel(CONFIG)
    chirp = 0.3 * np.sin(2 * np.pi * (200 + 400 * np.arange(14_000) / 14_000) * np.arange(14_000) / 24_000)
    sounds = torch.from_numpy(np.stack([np.stack([s, s]) for s in (chirp.astype(np.float32), noise(14_000))]))
    log_mel = mel(sounds)
    magnitudes = mel.magnitudes(log_mel)
    plain = torch.zeros_like(magnitudes)
    both = rebuilt(magnitudes, plain, CONFIG)
    assert both.shape == (2, 14_000)
    torch.testing.assert_close(rebuilt(magnitudes[:1], plain[:1], CONFIG), both[:1], atol=1e-5, rtol=0.0)
    error_db = (mel(both[:, None]) - log_mel).abs().mean(dim=(1, 2)) * mel.half * 8.686
    unrefined = rebuilt(magnitudes, plain, replace(CONFIG, phase_iterations=0))
    worse_db = (mel(unrefined[:, None]) - log_mel).abs().mean()
    assert float(error_db.max()) < 2.0 < float(worse_db) * mel.half * 8.686


def test_texture_gives_what_was_smoothed_the_ups_and_downs_of_noise_again() -> None:
    from foleydesigner.generator.nano.mel import LogMel
    from foleydesigner.generator.nano.phase import rebuilt

    mel = LogMel(CONFIG)
    smooth = torch.full((1, 80, 600), 0.1)
    shares = mel.texture(torch.stack([0.0 * mel.of_noise, mel.of_noise, 3.0 * mel.of_noise])[..., None])
    torch.testing.assert_close(shares[:, 1:-1], torch.tensor([0.0, 1.0, 1.0])[:, None, None].expand(3, 279, 1))
    magnitudes, even = mel.magnitudes(smooth), torch.ones(1, 281, 600)
    found = {}
    for texture in (0.0, 1.0):
        logs = mel(rebuilt(magnitudes, texture * even, CONFIG)[:, None])[0, :, 20:-20]
        middle = logs.median(dim=1, keepdim=True).values
        found[texture] = ((logs - middle).abs().mean(dim=1) / mel.of_noise)[5:], middle[5:]
    assert float(found[0.0][0].mean()) < 0.5
    assert float(found[1.0][0].mean()) == pytest.approx(1.0, abs=0.15)
    level_db = float((found[1.0][1] - 0.1).mean()) * mel.half * 8.686
    assert abs(level_db) < 1.0


@pytest.mark.parametrize(("delay_us", "level_db"), [(0.0, 0.0), (350.0, 3.0), (-123.4, -1.5)])
def test_delay_and_level_are_measured_and_put_back(delay_us: float, level_db: float) -> None:
    from foleydesigner.generator.nano.place import measured, placed

    stereo = torch.from_numpy(delayed(noise(28_000), 1e-6 * delay_us, level_db))[None]
    delay_s, level = measured(stereo, CONFIG)
    assert delay_s.shape == level.shape == (1, 20)
    np.testing.assert_allclose(1e6 * delay_s[0, 1:-1], delay_us, atol=0.5)
    np.testing.assert_allclose(level[0, 1:-1], level_db, atol=0.1)
    mono = torch.from_numpy(noise(28_000, seed=1))[None]
    put = placed(mono, delay_s, level, CONFIG)
    assert put.shape == (1, 2, 28_000)
    assert float(put.square().mean()) == pytest.approx(float(mono.square().mean()), rel=0.01)
    error_us, frames = itd_mae_us(at_rate(put[0].numpy(), 24_000, 48_000), np.full(11, 1e-6 * delay_us), 48_000)
    assert frames == 11
    assert error_us is not None
    assert error_us < 1.0
    powers = 10.0 * np.log10(np.square(put[0].numpy()).mean(axis=1))
    assert powers[0] - powers[1] == pytest.approx(level_db, abs=0.1)


def test_an_autoencoder_begins_with_principal_components() -> None:
    from foleydesigner.generator.nano.vae import ContentVAE, split

    # Patches of four dimensions and a little noise in 800: four latents are enough for all but the noise.
    generator = torch.Generator().manual_seed(0)
    axes = torch.randn(4, 80, 10, generator=generator) / 10.0
    found = torch.einsum("nk,kbf->nbf", torch.randn(3000, 4, generator=generator), axes)
    found = found + 0.01 * torch.randn(found.shape, generator=generator)
    torch.manual_seed(0)
    vae = ContentVAE(TINY).requires_grad_(False)
    vae.begin_with(found)
    latents = vae.encoder.straight(found)[..., 0]
    torch.testing.assert_close(torch.cov(latents.T), torch.eye(4), atol=0.02, rtol=0.0)
    error = vae.decoder.straight(latents[..., None]) - found
    assert float(error.square().mean().sqrt()) == pytest.approx(0.01, rel=0.1)
    # What the networks add is little at first.
    mean, log_variance = split(vae.encoder(found))
    assert float((mean[..., 0] - latents).abs().mean()) < 0.2
    assert float(log_variance.mean()) == pytest.approx(-4.0, abs=0.2)


def test_silence_is_bridged_in_straight_lines() -> None:
    from foleydesigner.generator.nano.place import bridged

    values = torch.tensor([[9.0, 1.0, 9.0, 9.0, 4.0, 9.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [7.0] * 6])
    known = torch.tensor([[False, True, False, False, True, False], [True] * 6, [False] * 6])
    expected = torch.tensor([[1.0, 1.0, 2.0, 3.0, 4.0, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0.0] * 6])
    torch.testing.assert_close(bridged(values, known), expected)


def test_latents_are_normalised_and_the_library_takes_the_codec_as_its_autoencoder() -> None:
    pytest.importorskip("stable_audio_tools")
    from stable_audio_tools.models.pretransforms import AutoencoderPretransform

    from foleydesigner.generator.nano.codec import StereoCodec, audio_autoencoder, normalise

    torch.manual_seed(0)
    codec = StereoCodec(TINY).eval().requires_grad_(False)
    codec.encoder.content.straight.weight.mul_(10.0)  # an untrained one says little
    stereo = torch.from_numpy(np.stack([delayed(noise(20_000, seed), 2e-4, 1.0) for seed in range(3)]))
    with torch.no_grad():
        before = codec.decode(codec.encode(stereo))
        normalise(codec, list(codec.encode(stereo)))
        latents = codec.encode(stereo)
        after = codec.decode(latents)
    assert latents.shape == (3, 6, 15)
    every = latents.transpose(0, 1).flatten(1)
    torch.testing.assert_close(every.mean(dim=1), torch.zeros(6), atol=1e-4, rtol=0.0)
    torch.testing.assert_close(every[:4].std(dim=1), torch.ones(4), atol=1e-3, rtol=0.0)
    torch.testing.assert_close(after, before, atol=1e-3, rtol=1e-3)
    whole = AutoencoderPretransform(audio_autoencoder(codec))
    assert (whole.downsampling_ratio, whole.encoded_channels, whole.sample_rate) == (1400, 6, 24_000)
    torch.testing.assert_close(whole.encode(stereo), latents)
    torch.testing.assert_close(whole.decode(latents), after)


def test_a_codec_is_kept_in_half_precision_and_refused_when_broken(tmp_path: Path) -> None:
    from foleydesigner.generator.nano.codec import StereoCodec
    from foleydesigner.generator.nano.files import load_codec, save_codec

    torch.manual_seed(0)
    codec = StereoCodec(TINY).eval()
    codec.bottleneck.scale.fill_(1.0 / 3.0)
    save_codec(codec, tmp_path, {"step": 3})
    again = load_codec(tmp_path)
    assert again.config == TINY
    assert torch.equal(again.bottleneck.scale, codec.bottleneck.scale)
    for (name, one), other in zip(codec.named_parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3, msg=name)
    said = json.loads((tmp_path / "codec.json").read_text())
    assert said["notes"] == {"step": 3}
    (tmp_path / "codec.json").write_text(json.dumps(said | {"codec": said["codec"] | {"content_channels": 5}}))
    with pytest.raises(CheckpointError, match="do not fit"):
        load_codec(tmp_path)
    (tmp_path / "codec.json").write_text(json.dumps(said | {"codec": said["codec"] | {"window": 100}}))
    with pytest.raises(CheckpointError, match="twice hop"):
        load_codec(tmp_path)
    (tmp_path / "codec.json").write_text(json.dumps(said))
    (tmp_path / "codec.safetensors").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_codec(tmp_path)


def test_the_codec_that_is_shipped_is_the_one_that_was_measured() -> None:
    from foleydesigner.files import file_sha256
    from foleydesigner.generator.nano.files import CODEC_WEIGHTS, SHIPPED, load_codec

    root = Path(__file__).resolve().parents[3]
    record = json.loads((root / "evals" / "results" / "codec.json").read_text("utf-8"))
    weights = SHIPPED / CODEC_WEIGHTS
    assert record["details"]["weights_sha256"] == file_sha256(weights)
    assert weights.stat().st_size < 8_000_000
    codec = load_codec(SHIPPED)
    mono = noise(28_000, seed=5) * np.repeat([0.0, 1.0, 0.3, 0.0], 7000).astype(np.float32)
    stereo = torch.from_numpy(delayed(mono, 2e-4, 0.0))[None]
    with torch.inference_mode():
        made = codec.decode(codec.encode(stereo))
        off_db = (codec.encoder.mel(made) - codec.encoder.mel(stereo)) * codec.encoder.mel.half * 8.686
    error_us, _ = itd_mae_us(at_rate(made[0].numpy(), 24_000, 48_000), np.full(11, 2e-4), 48_000)
    assert error_us is not None
    assert error_us < 10.0
    # Where there is sound it is as loud, band by band; its grain is another noise's.
    inside = off_db[0, :, 60:140]
    assert float(inside.mean(dim=1).abs().mean()) < 2.0
