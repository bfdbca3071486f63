"""A codec as two files: codec.json (what it is, and what is known of it) and codec.safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from foleydesigner.errors import CheckpointError
from foleydesigner.files import atomic_path, write_json
from foleydesigner.generator.dit.weights import match_state, read_json
from foleydesigner.generator.nano.config import CodecConfig

if TYPE_CHECKING:
    from foleydesigner.generator.nano.codec import StereoCodec

CODEC, CODEC_WEIGHTS = "codec.json", "codec.safetensors"
FORMAT = 1
SHIPPED = Path(__file__).parent
"""The codec that comes with the package; codec.md says what is known of it."""


def save_codec(codec: StereoCodec, folder: Path, notes: dict[str, Any], *, half: bool = True) -> None:
    """Write a codec into a folder, the JSON last.

    Args:
        codec: as trained.
        folder: made where it is not there.
        notes: what else is to be known of it (data, steps), as JSON.
        half: whether weights are kept in 16 bits; shift and scale of the latents never are.
    """
    import torch
    from safetensors.torch import save_file

    state = {
        name: value.detach().cpu().contiguous().to(torch.float16 if half and "bottleneck" not in name else value.dtype)
        for name, value in codec.state_dict().items()
    }
    with atomic_path(folder / CODEC_WEIGHTS) as temporary:
        save_file(state, temporary, {"format": "pt"})
    write_json(folder / CODEC, {"format": FORMAT, "codec": codec.config.to_json(), "notes": notes})


def load_codec(folder: Path) -> StereoCodec:
    """A codec out of its folder, in single precision, ready to be used.

    Raises:
        CheckpointError: it is missing, broken, or of another format.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from foleydesigner.generator.nano.codec import StereoCodec

    said = read_json(folder / CODEC)
    if said.get("format") != FORMAT:
        raise CheckpointError(
            f"{folder / CODEC} of format {said.get('format')!r}", f"format {FORMAT}", "copy the codec again"
        )
    codec = StereoCodec(CodecConfig.from_json(said.get("codec"), str(folder / CODEC)))
    try:
        state = load_file(folder / CODEC_WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder / CODEC_WEIGHTS} cannot be read ({error})", "a safetensors file", "copy the codec again"
        ) from error
    match_state(codec.state_dict(), state, str(folder / CODEC_WEIGHTS))
    codec.load_state_dict(state)
    codec.eval().requires_grad_(False)
    return codec
