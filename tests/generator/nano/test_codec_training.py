"""Training the codec: what it reads, exact resume, and the script from a dataset to a codec that is measured."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from foleydesigner.cli import cli
from foleydesigner.errors import CheckpointError, DatasetError
from foleydesigner.generator.nano.config import CodecConfig
from foleydesigner.generator.training.codec_data import CropStream, log_mels, recordings_of
from foleydesigner.generator.training.settings import CodecSettings

torch = pytest.importorskip("torch")
pytest.importorskip("torchaudio")
pytest.importorskip("accelerate")
pytestmark = pytest.mark.learned

TINY = CodecConfig(content_channels=4, fine_channels=8, coarse_channels=8, coarse_blocks=1, phase_iterations=2)
SETTINGS = CodecSettings(
    steps=6, batch=2, warmup_steps=1, cooldown_steps=0, save_every=3, log_every=1, crop_latents=4, ema_decay=0.9
)


def stream(seed: int = 0) -> CropStream:
    spectrograms = [np.full((80, 25), 0.1 * level, np.float16) for level in range(6)]
    return CropStream(spectrograms, 2, 40, -0.5, seed)


def test_recordings_are_read_by_split_and_their_spectrograms_kept(tiny_filmstereo: Path, tmp_path: Path) -> None:
    found = {split: recordings_of(tiny_filmstereo, split) for split in ("train", "valid", "test")}
    assert {split: len(paths) for split, paths in found.items()} == {"train": 16, "valid": 2, "test": 2}
    assert len({path for paths in found.values() for path in paths}) == 20
    first = log_mels(found["test"], TINY, tmp_path, (1.0, 0.5))
    # 0.3 s are 51.4 frames, in whole latent frames 60; half as fast, 102.9, 110.
    assert [one.shape for one in first] == [(80, 60), (80, 110)] * 2
    (folder,) = tmp_path.iterdir()
    for path in found["test"]:
        (folder / f"{path.stem}.npz").touch()
    again = log_mels(found["test"], TINY, tmp_path, (1.0, 0.5))
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    log_mels(found["test"], CodecConfig(bands=40), tmp_path, (1.0, 0.5))
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(DatasetError):
        recordings_of(tmp_path, "train")


def test_a_number_names_a_crop_and_every_sound_comes_once_a_round() -> None:
    crops = list(islice(stream().items(0), 9))
    assert all(crop.shape == (80, 40) and crop.min() == -1.0 for crop in crops)
    for first in (3, 7):
        again = next(stream().items(first))
        assert np.array_equal(again, crops[first])
    assert np.array_equal(next(islice(stream().items(1, 3), 2, None)), crops[7])
    assert not np.array_equal(next(stream(1).items(0)), crops[0])
    # Levels go down by 0.5 at most, and never up.
    assert all(-0.5 <= crop.max() <= 0.5 for crop in crops)


def test_patches_are_pieces_of_every_sound_at_every_speed() -> None:
    found = stream().patches(10, 2, 0)
    assert found.shape == (12, 80, 10)
    levels = found[:, 0, 0].reshape(6, 2)
    sounds = 0.1 * np.arange(6)[:, None]
    assert ((levels <= sounds + 1e-3) & (levels >= sounds - 0.5 - 1e-3)).all()


def test_a_resumed_training_takes_the_same_steps_and_learns(tmp_path: Path) -> None:
    from foleydesigner.generator.training.codec_trainer import CodecTrainer

    straight = CodecTrainer(TINY, stream(), tmp_path / "straight", SETTINGS)
    losses = straight.run()
    halves = CodecTrainer(TINY, stream(), tmp_path / "halves", SETTINGS).run(until=3)
    second = CodecTrainer(TINY, stream(), tmp_path / "halves", SETTINGS)
    assert (second.step, second.items_read) == (3, 6)
    assert halves + second.run() == losses
    for (name, one), other in zip(straight.vae.named_parameters(), second.vae.parameters(), strict=True):
        assert torch.equal(one, other), name
    fewer = CropStream([np.zeros((80, 25), np.float16)] * 4, 2, 40, -0.5, 0)
    with pytest.raises(CheckpointError, match="3 clips, and there are 2 now"):
        CodecTrainer(TINY, fewer, tmp_path / "halves", SETTINGS)
    codec = second.codec()
    assert torch.equal(codec.decoder.content.seen.bias, second.average.values["decoder.seen.bias"])
    assert torch.equal(codec.encoder.content.body[0].weight, second.average.values["encoder.body.0.weight"])
    many = CodecSettings(steps=150, batch=4, warmup_steps=5, cooldown_steps=0, save_every=150, crop_latents=4)
    long = CodecTrainer(TINY, stream(), tmp_path / "long", many).run()
    assert np.mean(long[-10:]) < np.mean(long[:10]) - 0.1


def test_loud_cells_count_fully_and_silent_ones_little() -> None:
    from foleydesigner.generator.training.codec_trainer import content_loss, hearing

    wanted = torch.full((1, 4, 6), -1.0)
    wanted[0, 1] = 0.5
    weight, spread = hearing(wanted), torch.full((1, 4, 6), 0.1)
    assert float(weight[0, 1, 0]) == pytest.approx(1.0, abs=1e-6)
    assert float(weight[0, 0, 0]) == pytest.approx(0.2, abs=0.01)
    # An even error of 0.1: a quarter of the cells at 1, three quarters at 0.2, and no slope. Half of that is the mean
    # absolute error, and a tenth of weight * (|e| / s + log s) the likelihood.
    share = 0.25 + 0.75 * 0.2
    expected = share * (0.05 + 0.1 * (1.0 + np.log(0.1)))
    assert float(content_loss(wanted + 0.1, spread, wanted, 1.0)) == pytest.approx(expected, rel=0.02)
    # The spread that is the mean deviation is the likeliest.
    off = [float(content_loss(wanted + 0.1, factor * spread, wanted, 1.0)) for factor in (0.9, 1.0, 1.1)]
    assert off[1] < min(off[0], off[2])
    tilted = wanted + 0.1 * torch.arange(6.0)
    assert float(content_loss(tilted, spread, wanted, 1.0) - content_loss(tilted, spread, wanted, 0.0)) > 0.01


def test_the_script_goes_from_a_dataset_to_a_codec(
    tiny_filmstereo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from foleydesigner.evals.bench import codec as bench
    from foleydesigner.generator.nano.files import load_codec
    from foleydesigner.generator.training.train_codec import latents_of, main

    line = ["--data", str(tiny_filmstereo), "--out", str(tmp_path / "run"), "--cache", str(tmp_path / "cache")]
    assert main([*line, "--steps", "2", "--batch", "2", "--crop-latents", "4", "--log-every", "1"]) == 0
    kept = sorted(path.name for path in (tmp_path / "run" / "samples").iterdir())
    assert kept == ["step-0000002.png", "step-0000002.wav"]
    lines = [json.loads(line) for line in (tmp_path / "run" / "losses.jsonl").read_text().splitlines()]
    assert [set(line) for line in lines][-1] == {"step", "held_out_db", "held_out_divergence"}
    codec = load_codec(tmp_path / "run" / "codec")
    every = torch.cat(list(latents_of(codec, tiny_filmstereo, "train")), dim=1)
    assert every.shape[0] == 130
    torch.testing.assert_close(every.mean(dim=1), torch.zeros(130), atol=0.02, rtol=0.0)
    assert float(every[-2].std()) == pytest.approx(1.0, abs=0.01)  # the delay; levels are all alike here

    class Ear:
        """Hears nothing in the first recording (four calls), and in others how long they are."""

        calls = 0

        def top(self, sound: np.ndarray, count: int) -> list[str]:
            assert count == 1
            Ear.calls += 1
            return ["Silence" if Ear.calls <= 4 else f"a sound of {len(sound) // 1600 / 10} s"]

    monkeypatch.setattr(bench, "Yamnet", Ear)
    ran = ["eval", "codec", "--data", str(tiny_filmstereo), "--codec", str(tmp_path / "run" / "codec")]
    done = CliRunner().invoke(cli, [*ran, "--out", str(tmp_path / "codec.json")])
    record = json.loads((tmp_path / "codec.json").read_text())
    delay, names = record["checks"]
    # Delay and level do not pass through the network: even an untrained codec keeps them.
    assert delay["value"] < 10.0, done.output
    assert record["figures"]["space"][0]["floor"] > 100.0
    assert (names["value"], names["note"]) == (1.0, "1 of 1; 1 that it calls Silence left out")
    assert done.exit_code == 0
    assert len(record["details"]["named"]) == 2
    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "x"), "--cache", str(tmp_path)]) == 14
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_codec(tmp_path / "run")
