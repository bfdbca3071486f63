"""Which server answers for what, and what differs from model to model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from foleydesigner.config import Settings

Capability = Literal["vision", "text", "audio"]
BoxConvention = Literal["image_pixels", "thousandths"]
BOX_WORDS: dict[BoxConvention, str] = {
    "image_pixels": "pixels of the image as you see it, x to the right, y downwards",
    "thousandths": "thousandths of the image's width and height (0 to 1000), x to the right, y downwards",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model on one server; `url` ends where `/chat/completions` begins."""

    capability: Capability
    url: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a model family expects.

    Attributes:
        boxes: convention in which it answers boxes.
        side_multiple_px: sides that its image encoder takes as they are; others it would resize, and answer boxes in
            pixels of what it made of them.
        most_images: images a request at most.
        image_side_px: longer side of an image that is sent.
        image_tokens: tokens that one such image costs, at most.
        hears: takes `input_audio`.
        audio_s: seconds of sound that it takes.
    """

    boxes: BoxConvention = "thousandths"
    side_multiple_px: int = 1
    most_images: int = 8
    image_side_px: int = 640
    image_tokens: int = 800
    hears: bool = False
    audio_s: float = 30.0


_FAMILIES: tuple[tuple[str, Traits], ...] = (
    # Longest names first. Qwen2.5-VL and its omni sibling answer boxes in absolute pixels of the resized image, whose
    # sides are multiples of 28 (Bai et al., "Qwen2.5-VL Technical Report", 2025); Qwen3-VL in thousandths.
    ("qwen2.5-omni", Traits(boxes="image_pixels", side_multiple_px=28, hears=True)),
    ("qwen3-omni", Traits(side_multiple_px=32, hears=True)),
    ("qwen2.5-vl", Traits(boxes="image_pixels", side_multiple_px=28)),
    ("qwen2-audio", Traits(hears=True)),
    ("qwen3-vl", Traits(side_multiple_px=32)),
    ("voxtral", Traits(hears=True)),
    ("ultravox", Traits(hears=True)),
    ("phi-4-multimodal", Traits(most_images=4, hears=True)),
    ("gemma-3n", Traits(most_images=4, hears=True)),
    ("omni", Traits(hears=True)),
    ("audio", Traits(hears=True)),
)


def traits_of(model: str) -> Traits:
    """The traits of a model by its name; what is not known answers boxes in thousandths, as most do."""
    name = model.lower()
    return next((traits for part, traits in _FAMILIES if part in name), Traits())


def endpoints_of(settings: Settings) -> dict[Capability, Endpoint]:
    """The endpoint of each capability that the settings name one for.

    What has none of its own goes to the omni server; text also to the vision model, which reads and writes too.
    """
    found: dict[Capability, Endpoint] = {}
    own: tuple[tuple[Capability, str | None, str], ...] = (
        ("vision", settings.vision_url, settings.vision_model),
        ("text", settings.text_url, settings.text_model),
        ("audio", settings.audio_url, settings.audio_model),
    )
    for capability, url, model in own:
        if url is not None:
            found[capability] = Endpoint(capability, url, model)
        elif settings.omni_url is not None:
            found[capability] = Endpoint(capability, settings.omni_url, settings.omni_model)
    if "text" not in found and "vision" in found:
        found["text"] = Endpoint("text", found["vision"].url, found["vision"].model)
    return found
