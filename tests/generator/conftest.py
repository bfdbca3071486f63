"""Tiny models of the true classes, drawn at random on the spot."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
WORDS = ("a", "heavy", "wooden", "door", "slams", "steps", "on", "gravel", "rain", "falls", "glass", "breaks")


@pytest.fixture(autouse=True)
def _quiet_libraries(request: pytest.FixtureRequest) -> Iterator[None]:
    """The deprecations of torch's libraries are not ours to mend."""
    import warnings

    with warnings.catch_warnings():
        if request.node.get_closest_marker("learned"):
            warnings.simplefilter("ignore")
        yield


def write_tiny_t5(folder: Path, channels: int = 32) -> Path:
    """A T5EncoderModel and its tokenizer of a dozen words, in the file format of t5-base."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

    words = Tokenizer(models.WordLevel({w: i for i, w in enumerate(("<pad>", "</s>", "<unk>", *WORDS))}, "<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    torch.manual_seed(0)
    config = T5Config(vocab_size=64, d_model=channels, d_kv=8, d_ff=64, num_layers=1, num_heads=2)
    T5EncoderModel(config).save_pretrained(folder)
    marks = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=words, **marks).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("transformers")
    return write_tiny_t5(tmp_path_factory.mktemp("t5") / "t5-base")


@pytest.fixture(scope="session")
def tiny_dit() -> Callable[..., Any]:
    """`tiny_dit(config_function, **lean_options)`: a model of stable-audio-tools without a text encoder.

    Weights that start at zero are drawn too, or nothing that is said to a model would come out of it.
    """
    torch = pytest.importorskip("torch")
    pytest.importorskip("stable_audio_tools")

    def build(config: Callable[[], dict[str, Any]], **options: Any) -> Any:
        from foleydesigner.generator.dit.configs import lean
        from foleydesigner.generator.dit.stable_audio import quiet

        small = lean(config(), **options)
        kept = [c for c in small["model"]["conditioning"]["configs"] if c["type"] != "t5"]
        small["model"]["conditioning"]["configs"] = kept
        with quiet():
            from stable_audio_tools.models.factory import create_model_from_config

            torch.manual_seed(0)
            model = create_model_from_config(small)
        generator = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for parameter in model.model.parameters():
                if not parameter.any():
                    parameter.copy_(0.05 * torch.randn(parameter.shape, generator=generator))
        return model.eval()

    return build


def write_model(folder: Path, model: Any, config: dict[str, Any]) -> Path:
    """model_config.json and model.safetensors, as published."""
    from safetensors.torch import save_model

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model_config.json").write_text(json.dumps(config), encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        save_model(model, str(folder / "model.safetensors"))
    return folder
