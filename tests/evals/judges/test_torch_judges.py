"""Judges that need torch or a checkpoint: what they say without it, and the real networks with random weights."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.evals.judges import aisfx, stereocrw, vggish, yamnet
from foleydesigner.evals.judges.clap import Clap
from foleydesigner.evals.metrics.bewo import MAX_LAG, RATE_HZ, SHIFTS

LOADERS = {
    "StereoCRW": lambda path: stereocrw.StereoCrw(path / "none.pth"),
    "VGGish": lambda path: vggish.Vggish(path / "none.pth"),
    "CLAP": lambda path: Clap(str(path / "none")),
}


@pytest.mark.parametrize("name", LOADERS)
def test_without_torch_the_line_names_the_extra(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=rf"{name} needs torch.*foleydesigner\[dit\]"):
        LOADERS[name](tmp_path)


def test_aisfx_asks_for_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aisfx, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"--no-deps aisfx==0\.1\.2"):
        aisfx.AiSfx()


def test_the_delay_of_like_patches_is_read_from_their_affinity() -> None:
    # The right channel is five samples late: its patches resemble the left ones five before.
    count = SHIFTS + 1
    affinity = 40.0 * np.eye(count, k=5)
    found = stereocrw.delays_of(affinity)
    assert found.shape == (count - 2 * MAX_LAG,)
    np.testing.assert_allclose(found, -5.0 / RATE_HZ, atol=1e-12)
    np.testing.assert_allclose(stereocrw.delays_of(affinity.T), 5.0 / RATE_HZ, atol=1e-12)
    # What resembles nothing reads the middle; what lies beyond 1.5 ms is not looked at.
    np.testing.assert_allclose(stereocrw.delays_of(np.zeros((count, count))), 0.0, atol=1e-12)
    np.testing.assert_allclose(stereocrw.delays_of(40.0 * np.eye(count, k=30)), 0.0, atol=1e-12)


def test_the_spectrogram_of_aisfx_puts_a_tone_in_its_band() -> None:
    tone = np.sin(2.0 * np.pi * 1000.0 * np.arange(4 * 44_100) / 44_100).astype(np.float32)
    seen = aisfx.mel_spectrogram(tone)
    mel = 2595.0 * np.log10(1.0 + 1000.0 / 700.0)
    top = 2595.0 * np.log10(1.0 + 22_050.0 / 700.0)
    assert int(seen[50].argmax()) == round(mel / top * 97) - 1
    assert len(seen) == 174
    assert aisfx.blocks(seen).shape == (2, 100, 96)
    assert aisfx.blocks(seen[:10]).shape == (1, 100, 96)
    assert not aisfx.mel_spectrogram(np.zeros(44_100, np.float32)).any()


def test_vggish_hears_what_yamnet_hears_with_another_offset() -> None:
    sound = 0.1 * np.random.default_rng(0).standard_normal(3 * 16_000).astype(np.float32)
    found = vggish.patches(sound)
    assert found.shape == (3, 96, 64)
    ours = np.exp(found[0]) - vggish.OFFSET
    np.testing.assert_allclose(ours, np.exp(yamnet.patches(sound)[0]) - 1e-3, rtol=2e-3, atol=1e-5)
    assert vggish.patches(sound[:100]).shape == (1, 96, 64)


@pytest.mark.learned
class TestNetworks:
    """The real networks and loaders, with random weights."""

    def saved(self, module: object, path: Path, prefix: str = "") -> Path:
        torch = pytest.importorskip("torch")
        state = {prefix + name: value for name, value in module.state_dict().items()}  # type: ignore[attr-defined]
        torch.save({"state_dict": state, "epoch": 3} if prefix else state, path)
        return path

    def test_stereocrw_gives_a_trace_that_turns_with_its_channels(self, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        torch.manual_seed(0)
        from foleydesigner.evals.judges.stereocrw_network import ResNet9

        network = ResNet9()
        sizes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
        assert sizes["conv1.weight"] == (64, 2, 7, 7)
        assert sizes["layer4.0.downsample.0.weight"] == (512, 256, 1, 1)
        assert sizes["fc.weight"] == (128, 512)
        assert "layer1.0.downsample.0.weight" not in sizes
        estimator = stereocrw.StereoCrw(self.saved(network, tmp_path / "crw.pth.tar", "module.net."), "cpu")
        frame = 0.1 * np.random.default_rng(0).standard_normal((2, 4352)).astype(np.float32)
        same = estimator._delays_s(np.repeat(frame[:1], 2, axis=0))
        assert same.shape == (465,)
        assert np.abs(same).max() <= MAX_LAG / RATE_HZ
        # Every patch resembles itself most, so that the trace of one channel twice leans to the middle.
        assert np.abs(same.mean()) < 1e-4
        assert estimator.name == "StereoCRW, crw.pth.tar"

    def test_checkpoints_that_are_none_are_refused(self, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        from foleydesigner.evals.judges.aisfx_network import Network

        with pytest.raises(CheckpointError, match="is no file"):
            stereocrw.StereoCrw(tmp_path / "none.pth")
        (tmp_path / "text.pth").write_text("no checkpoint")
        with pytest.raises(CheckpointError, match="cannot be used"):
            stereocrw.StereoCrw(tmp_path / "text.pth")
        torch.save({"state_dict": Path("code")}, tmp_path / "code.pth")
        with pytest.raises(CheckpointError, match="cannot be used"):
            vggish.Vggish(tmp_path / "code.pth")
        other = self.saved(Network(), tmp_path / "other.pth")
        with pytest.raises(CheckpointError, match=r"no array net"):
            stereocrw.StereoCrw(other)
        with pytest.raises(CheckpointError, match="cannot be used"):
            stereocrw.StereoCrw(self.saved(Network(), tmp_path / "wrong.pth", "net."))
        (tmp_path / "empty").mkdir()
        pytest.importorskip("transformers")
        with pytest.raises(CheckpointError, match=r"holds no config\.json"):
            Clap(str(tmp_path / "empty"))

    def test_vggish_gives_128_values_a_second(self, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        torch.manual_seed(0)
        ear = vggish.Vggish(self.saved(vggish.build_network(), tmp_path / "vggish.pth"))
        found = ear.embeddings(0.1 * np.random.default_rng(0).standard_normal(32_000).astype(np.float32))
        assert found.shape == (2, 128)
        assert np.isfinite(found).all()

    def test_aisfx_hears_with_the_weights_of_its_package(self) -> None:
        pytest.importorskip("torch")
        pytest.importorskip("aisfx.models")
        ear = aisfx.AiSfx()
        rng = np.random.default_rng(0)
        noise = [0.1 * rng.standard_normal(5 * 44_100).astype(np.float32) for _ in range(2)]
        tone = np.sin(2.0 * np.pi * 500.0 * np.arange(5 * 44_100) / 44_100).astype(np.float32)
        one, other, third = (ear.embeddings(sound).mean(axis=0) for sound in (*noise, tone))
        assert ear.embeddings(tone).shape == (3, 512)
        assert np.linalg.norm(one - other) < 0.2 * np.linalg.norm(one - third)

    def test_clap_gives_vectors_of_unit_length(self, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        transformers = pytest.importorskip("transformers")
        torch.manual_seed(0)
        config = transformers.ClapConfig(
            text_config={"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16},
            audio_config={
                "depths": [1, 1], "num_attention_heads": [2, 2], "hidden_size": 32, "patch_embeds_hidden_size": 16,
                "num_hidden_layers": 2,
            },
            projection_dim=8,
        )  # fmt: skip
        transformers.ClapModel(config).save_pretrained(tmp_path)
        transformers.ClapFeatureExtractor(truncation="rand_trunc", padding="repeatpad").save_pretrained(tmp_path)
        ear = Clap(str(tmp_path))
        sound = 0.1 * np.random.default_rng(0).standard_normal(48_000 * 12).astype(np.float32)
        found = ear.embeddings(sound)
        assert found.shape == (2, 8)
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
        np.testing.assert_array_equal(found, ear.embeddings(sound))
