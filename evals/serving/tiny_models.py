"""Tiny models with the file format of real ones, drawn at random on the spot: Qwen2.5-VL, Qwen2-Audio and Qwen2.5.

They know nothing. What they prove is everything else: that a server loads that architecture, that pictures and sounds
pass through its processor and chat template, and that guided decoding keeps a mind's schema even when the model has
no sense.

Runs where torch, transformers and tokenizers are (the environment that `environments.vllm` builds); seconds, 4 MB:

    VLLM_ENV/bin/python evals/serving/tiny_models.py FOLDER
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

VOCABULARY = 512
WIDTH = 128
HEADS = 2
LAYERS = 2
POSITIONS = 32768
SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<|AUDIO|>",
    "<|audio_bos|>",
    "<|audio_eos|>",
)
"""What Qwen2.5-VL and Qwen2-Audio mark chat turns, pictures, boxes and sounds with."""
CHAT_TEMPLATE = """\
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.content is string %}{{- message.content }}
{%- else %}
{%- for part in message.content %}
{%- if part.type in ('image', 'image_url') or 'image' in part %}{{- '<|vision_start|><|image_pad|><|vision_end|>' }}
{%- elif part.type == 'video' or 'video' in part %}{{- '<|vision_start|><|video_pad|><|vision_end|>' }}
{%- elif 'audio' in part.type %}{{- '<|audio_bos|><|AUDIO|><|audio_eos|>' }}
{%- elif 'text' in part %}{{- part.text }}
{%- endif %}
{%- endfor %}
{%- endif %}
{{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
"""
CORPUS = (
    "A man walks along a wet street at night; his leather shoes strike the pavement. Thunder rolls far away.",
    "Footsteps on gravel, cloth moves, keys jingle, a wooden door slams, glass breaks on the kitchen floor.",
    '{"events": [{"id": "e1", "label": "door", "start_s": 1.25, "end_s": 2.5, "box": [0.1, 0.2, 0.6, 0.9]}]}',
    "Room tone, wind in the trees, rain against the window; the ball bounces five times and rolls to rest.",
    "INT. KITCHEN - NIGHT. She puts the cup down hard. EXT. RAILWAY STATION - DAY. The train leaves.",
)
CLOSING = set('"}],0123456789. \n')
"""Characters that end a string, a number or a list; blanks do no harm."""
CLOSING_BIAS = 5.0
"""Logits added to what closes. An untouched random model fills every string up to the token limit."""


def write_all(folder: Path, seed: int = 0) -> dict[str, Path]:
    """Write all models; {"vision": folder, "audio": folder, "text": folder}. Same seed, same weights."""
    words = tokenizer()
    return {
        "vision": write_vision(folder / "tiny-qwen2.5-vl", words, seed),
        "audio": write_audio(folder / "tiny-qwen2-audio", words, seed),
        "text": write_text(folder / "tiny-qwen2.5", words, seed),
    }


def tokenizer() -> Any:
    """A byte-level BPE tokenizer of Qwen2's class with its special tokens, trained on a few sentences."""
    from transformers import Qwen2Tokenizer

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(CORPUS, trainer)
    learned = json.loads(bpe.to_str())["model"]
    return Qwen2Tokenizer(
        vocab=learned["vocab"],
        merges=[tuple(pair) for pair in learned["merges"]],
        eos_token="<|im_end|>",  # noqa: S106 - a token of text, no password
        pad_token="<|endoftext|>",  # noqa: S106
        additional_special_tokens=list(SPECIAL),
        model_max_length=POSITIONS,
        chat_template=CHAT_TEMPLATE,
    )


def text_shape(words: Any) -> dict[str, Any]:
    """Sizes that both language models have."""
    return {
        "vocab_size": VOCABULARY,
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "max_position_embeddings": POSITIONS,
        "bos_token_id": words.convert_tokens_to_ids("<|endoftext|>"),
        "eos_token_id": words.convert_tokens_to_ids("<|im_end|>"),
        "initializer_range": 0.05,
    }


def write_text(folder: Path, words: Any, seed: int) -> Path:
    """A Qwen2ForCausalLM with its tokenizer."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(seed)
    model = Qwen2ForCausalLM(Qwen2Config(**text_shape(words), tie_word_embeddings=False))
    lean_to_the_end(model.model, model.lm_head, words)
    return kept(folder, model, words)


def write_vision(folder: Path, words: Any, seed: int) -> Path:
    """A Qwen2_5_VLForConditionalGeneration with its processor."""
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    torch.manual_seed(seed)
    # A head is rotated in three parts: time, height and width share its 32 pairs.
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [8, 12, 12]}
    config = Qwen2_5_VLConfig(
        text_config={**text_shape(words), "rope_parameters": rope},
        vision_config={
            "depth": LAYERS,
            "hidden_size": WIDTH,
            "intermediate_size": 2 * WIDTH,
            "num_heads": HEADS,
            "out_hidden_size": WIDTH,
            "fullatt_block_indexes": [LAYERS - 1],
        },
        image_token_id=words.convert_tokens_to_ids("<|image_pad|>"),
        video_token_id=words.convert_tokens_to_ids("<|video_pad|>"),
        vision_start_token_id=words.convert_tokens_to_ids("<|vision_start|>"),
        vision_end_token_id=words.convert_tokens_to_ids("<|vision_end|>"),
        tie_word_embeddings=False,
    )
    model = Qwen2_5_VLForConditionalGeneration(config)
    lean_to_the_end(model.model.language_model, model.lm_head, words)
    sizes = {"min_pixels": 4 * 28 * 28, "max_pixels": 256 * 28 * 28}
    processor = Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(**sizes),
        tokenizer=words,
        video_processor=Qwen2VLVideoProcessor(**sizes),
        chat_template=CHAT_TEMPLATE,
    )
    return kept(folder, model, processor)


def write_audio(folder: Path, words: Any, seed: int) -> Path:
    """A Qwen2AudioForConditionalGeneration with its processor."""
    from transformers import (
        Qwen2AudioConfig,
        Qwen2AudioForConditionalGeneration,
        Qwen2AudioProcessor,
        WhisperFeatureExtractor,
    )

    torch.manual_seed(seed)
    encoder = {
        "model_type": "qwen2_audio_encoder",
        "d_model": WIDTH,
        "encoder_layers": LAYERS,
        "encoder_attention_heads": HEADS,
        "encoder_ffn_dim": 2 * WIDTH,
    }
    config = Qwen2AudioConfig(
        audio_config=encoder,
        text_config={"model_type": "qwen2", **text_shape(words)},
        audio_token_index=words.convert_tokens_to_ids("<|AUDIO|>"),
    )
    model = Qwen2AudioForConditionalGeneration(config)
    lean_to_the_end(model.get_decoder(), model.get_output_embeddings(), words)
    hearing = WhisperFeatureExtractor(feature_size=128)
    processor = Qwen2AudioProcessor(feature_extractor=hearing, tokenizer=words, chat_template=CHAT_TEMPLATE)
    kept(folder, model, processor)
    # The published checkpoint says `language_model.model.`, and so does vLLM; this release of transformers adds a step.
    weights = load_file(folder / "model.safetensors")
    renamed = {name.replace("language_model.model.model.", "language_model.model."): w for name, w in weights.items()}
    save_file(renamed, folder / "model.safetensors", {"format": "pt"})
    return folder


def lean_to_the_end(body: Any, head: Any, words: Any) -> None:
    """Make what closes a string, number or list likelier, so that replies end; the rest stays random.

    The first channel is kept constant through the layers (they add nothing to it), and the head reads it as a bias.
    """
    constant = 4.0
    with torch.no_grad():
        body.embed_tokens.weight.normal_()
        body.embed_tokens.weight[:, 0] = constant
        for layer in body.layers:
            layer.self_attn.o_proj.weight[0] = 0.0
            layer.mlp.down_proj.weight[0] = 0.0
        head.weight.normal_(std=WIDTH**-0.5)
        head.weight[:, 0] = 0.0
        for number in range(len(words)):
            if set(words.decode([number])) <= CLOSING:
                head.weight[number, 0] = CLOSING_BIAS / constant
        head.weight[words.eos_token_id, 0] = CLOSING_BIAS / constant
        head.weight[len(words) :, 0] = -CLOSING_BIAS  # places without a word, as real vocabularies have


def kept(folder: Path, model: Any, processor: Any) -> Path:
    """Write a model and what prepares its input, as bfloat16 safetensors."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    model.to(torch.bfloat16).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def main() -> None:
    """Write the models and say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    written = write_all(options.folder, options.seed)
    print(json.dumps({name: str(path) for name, path in written.items()}))  # noqa: T201 - a program's answer


if __name__ == "__main__":
    main()
