"""CLAP from a folder of weights: a tiny one of random weights; and what is said where there is none."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.generator.filmstereo.similarity import ClapJudge

LEARNED = find_spec("transformers") is not None and find_spec("torch") is not None


@pytest.mark.skipif(LEARNED, reason="transformers is installed")
def test_without_torch_it_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError, match="CLAP cannot be loaded"):
        ClapJudge(str(tmp_path))


@pytest.mark.learned
@pytest.mark.skipif(not LEARNED, reason="needs torch and transformers")
def test_a_folder_without_weights_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no CLAP weights in"):
        ClapJudge(str(tmp_path))


def tiny_clap(folder: Path) -> None:
    import json

    import torch
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel, RobertaTokenizerFast

    torch.manual_seed(0)
    text = {"vocab_size": 300, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
    text |= {"num_attention_heads": 2, "projection_dim": 16, "max_position_embeddings": 80}
    audio = {"hidden_size": 32, "patch_embeds_hidden_size": 4, "depths": [1, 1], "num_attention_heads": [2, 2]}
    audio |= {"projection_dim": 16, "num_hidden_layers": 2, "window_size": 4}
    config = ClapConfig(text_config=text, audio_config=audio, projection_dim=16)
    ClapModel(config).save_pretrained(folder, safe_serialization=True)
    ClapFeatureExtractor().save_pretrained(folder)
    letters = {
        name: k for k, name in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>", *map(chr, range(33, 127)), "Ġ"])
    }
    (folder / "vocab.json").write_text(json.dumps(letters))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    RobertaTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt")).save_pretrained(folder)


@pytest.mark.learned
@pytest.mark.skipif(not LEARNED, reason="needs torch and transformers")
@pytest.mark.filterwarnings("default")
def test_a_sound_and_a_title_have_a_cosine(tmp_path: Path) -> None:
    tiny_clap(tmp_path)
    judge = ClapJudge(str(tmp_path), device="cpu")
    sound = np.random.default_rng(0).standard_normal(24_000).astype(np.float32)
    first = judge("a door slams", "door", sound, 44_100)
    assert first is not None
    assert -1.0 <= first <= 1.0
    assert judge("a door slams", "door", sound, 44_100) == pytest.approx(first, abs=1e-6)
    long = judge("a door slams", "door", np.tile(sound, 40), 44_100)
    assert long is not None
    assert -1.0 <= long <= 1.0
