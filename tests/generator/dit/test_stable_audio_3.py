"""Stable Audio 3 through diffusers: a tiny checkpoint of the true classes, and injections in its transformer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foleydesigner.errors import CheckpointError
from foleydesigner.generator.dit.config import InjectionConfig
from foleydesigner.generator.dit.positions import FramePositions
from foleydesigner.generator.learned import EngineOptions, load
from foleydesigner.generator.sound_model import SoundOrder

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers", minversion="0.42")
pytestmark = pytest.mark.learned

WORDS = ("<pad>", "<eos>", "<bos>", "<unk>", "a", "door", "slams", "rain", "falls")


def drawn(module: Any) -> Any:
    """What starts at zero is drawn too, or nothing that is said to it would come out."""
    with torch.no_grad():
        for parameter in module.parameters():
            if not parameter.any():
                parameter.copy_(0.05 * torch.randn(parameter.shape))
    return module.eval()


def transformer() -> Any:
    torch.manual_seed(0)
    own = diffusers.StableAudio3DiTModel(
        io_channels=8, embed_dim=64, depth=4, num_heads=2, cond_token_dim=16, global_cond_dim=16, local_add_cond_dim=9,
        timestep_features_dim=16, num_memory_tokens=3,
    )  # fmt: skip
    return drawn(own)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline with every part at a few channels, saved as published."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GemmaTokenizerFast, T5GemmaConfig, T5GemmaEncoderModel

    from foleydesigner.generator.dit.stable_audio import quiet

    root = tmp_path_factory.mktemp("sa3")
    shape = {
        "vocab_size": 16, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 8, "max_position_embeddings": 256,
    }  # fmt: skip
    with quiet():
        torch.manual_seed(0)
        vae = diffusers.AutoencoderSAME(
            patch_size=32, encoder_channels=8, encoder_c_mults=[2], encoder_strides=[16], latent_dim=8,
            encoder_transformer_depths=[1], dim_heads=8, sampling_rate=8000,
        )  # fmt: skip
        encoder = T5GemmaEncoderModel(T5GemmaConfig(encoder=shape, decoder=shape, is_encoder_decoder=False))
        words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, "<unk>"))
        words.pre_tokenizer = pre_tokenizers.Whitespace()
        words.save(str(root / "words.json"))
        marks = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}
        tokenizer = GemmaTokenizerFast(tokenizer_object=words, model_max_length=16, **marks)
        pipeline = diffusers.StableAudio3Pipeline(
            vae=drawn(vae),
            text_encoder=encoder,
            tokenizer=tokenizer,
            duration_embedder=diffusers.StableAudio3DurationEmbedder(output_dim=16, fourier_dim=16, max_val=120.0),
            transformer=transformer(),
            scheduler=diffusers.FlowMatchEulerDiscreteScheduler(stochastic_sampling=True),
        )
        pipeline.save_pretrained(root / "pipeline", safe_serialization=True)
    return root / "pipeline"


def order(seed: int, prompt: str = "a door slams") -> SoundOrder:
    return SoundOrder(prompt=prompt, seed=seed, length_s=2.0)


def test_a_folder_is_an_engine_whose_sounds_are_their_own(folder: Path) -> None:
    engine = load(str(folder), EngineOptions(steps=2))
    model = engine._model
    assert not model.follows_positions
    assert model.parameters == {"steps": 2, "text_scale": 1.0}
    assert (model.sample_rate_hz, model.longest_s) == (8000, 30.0)
    one, other, said = model.make([order(1), order(2), order(1, "rain falls")], 2.0)
    assert one.shape == (2, 16_000)
    assert np.isfinite(one).all()
    assert np.abs(one).max() > 0
    assert not np.allclose(one, other, atol=1e-4)
    assert not np.allclose(one, said, atol=1e-6)
    (alone,) = model.make([order(1)], 2.0)
    assert alone == pytest.approx(one, abs=1e-4)
    assert load(str(folder), EngineOptions())._model.parameters["steps"] == 8


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("another kind", "is a StableAudioPipeline"),
        ("no index", "holds no weights"),
        ("a part is missing", "cannot be loaded"),
        ("a part is cut", "no whole safetensors|cannot be loaded"),
    ],
)
def test_what_cannot_be_loaded_is_refused(folder: Path, tmp_path: Path, damage: str, words: str) -> None:
    from foleydesigner.errors import FoleyError

    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    index = copy / "model_index.json"
    if damage == "another kind":
        index.write_text(json.dumps(json.loads(index.read_text()) | {"_class_name": "StableAudioPipeline"}))
    elif damage == "no index":
        index.unlink()
    else:
        (weights,) = (copy / "transformer").glob("*.safetensors")
        if damage == "a part is missing":
            weights.unlink()
        else:
            weights.write_bytes(weights.read_bytes()[:-50])
    with pytest.raises(FoleyError, match=words):
        load(str(copy), EngineOptions(steps=1))


def test_gated_weights_name_their_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub
    from huggingface_hub.errors import GatedRepoError

    def refuse(*_: Any, **__: Any) -> Any:
        error = GatedRepoError.__new__(GatedRepoError)
        Exception.__init__(error, "no")
        raise error

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    with pytest.raises(CheckpointError, match=r"stable-audio-3-small-sfx is gated.*hf auth login"):
        load("sa3-sfx", EngineOptions())


def test_injections_fit_its_transformer_too() -> None:
    """A further backbone is an adapter: the same blocks, the same clock, memory tokens left alone."""
    from foleydesigner.generator.dit.backbones import stable_audio_3_backbone
    from foleydesigner.generator.dit.model import Given, InjectedDiT

    base = transformer()
    generator = torch.Generator().manual_seed(1)
    latents, time = torch.randn(2, 8, 21, generator=generator), torch.tensor([0.6, 0.6])
    said = {
        "encoder_hidden_states": torch.randn(2, 5, 16, generator=generator),
        "global_hidden_states": torch.randn(2, 16, generator=generator),
        "return_dict": False,
    }
    ones = np.ones(48, np.float32)
    here = FramePositions(azimuth_deg=30 * ones, depth_m=2 * ones, activation=ones, frame_rate_hz=24.0)
    with torch.no_grad():
        (alone,) = base(latents, time, **said)
        own = InjectionConfig(features=8, channels=16, head_channels=8, heads=2, hidden=16, every=2)
        injected = InjectedDiT(stable_audio_3_backbone(base, 44_100, 4096), own)
        assert sorted(injected.injections) == ["1", "3"]
        assert injected.shape.latent_rate_hz == pytest.approx(10.77, abs=0.01)
        given = Given(injected.encode([here, here.mirrored()], 21))
        assert torch.equal(alone, injected.denoise(latents, time, given, **said)[0])
        for block in injected.injections.values():
            block.attention.out.weight.normal_(0.0, 0.2, generator=generator)
        (told,) = injected.denoise(latents, time, given, **said)
        assert not torch.allclose(alone, told, atol=1e-4)
        assert torch.equal(alone, injected.denoise(latents, time, None, **said)[0])
        injected.lay_down(given)  # as for a pipeline that calls the transformer by itself
        assert torch.equal(told, base(latents, time, **said)[0])
