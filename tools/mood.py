"""The tone of a scene: one of `script.MOODS`, from words of tone, the time of day, and the sense of the sentences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from foleydesigner.script import Mood
from foleydesigner.tools.words import stem_set

_WORDS: dict[Mood, str] = {
    "calm": "calm peaceful quiet gentle serene still tranquil breeze relax softly lazy idyllic doze slumber meadow",
    "tense": "tense nervous anxious creep tiptoe suspicious hide panic suspense uneasy watchful alarm",
    "ominous": "ominous dark darkness sinister menace threat looming loom vast shadow eerie dread doom grave storm "
    "saucer fog howl haunted ghost monster dusk midnight",
    "joyful": "joy joyful happy happily laugh laughter dance party celebrate cheer smile sunny giggle festive wedding",
    "sad": "sad sadly weep grief mourn funeral lonely alone sob sorrow goodbye farewell loss melancholy",
    "violent": "fight punch kill stab shoot gun gunshot blood explode explosion war battle attack smash crash bomb",
    "wondrous": "wonder wondrous magic magical awe shimmer miracle fairy dream marvel enchanted sparkle aurora cosmos",
}
_ANCHORS: dict[Mood, tuple[str, ...]] = {
    "neutral": ("an everyday moment", "someone does ordinary work", "people go about their business"),
    "calm": ("a calm and peaceful moment", "quiet countryside in gentle light"),
    "tense": ("a tense, nervous moment", "someone is hunted and afraid to be heard"),
    "ominous": ("something dark and threatening approaches", "an eerie, foreboding place at night"),
    "joyful": ("people laugh and celebrate", "a cheerful, playful scene"),
    "sad": ("a sad and lonely moment", "someone grieves and weeps"),
    "violent": ("a violent fight", "gunfire and destruction"),
    "wondrous": ("a magical sight full of wonder", "someone gazes in awe at something beautiful"),
}
_WORD_WEIGHT = 0.22
_TIME_WEIGHT = 0.08
_NEUTRAL_HEAD_START = 0.25
"""A scene has a tone only when its words say so; a household scene with a dog is neutral."""
_MAX_CHARACTERS = 600


@lru_cache(maxsize=1)
def _anchor_vectors() -> tuple[tuple[Mood, ...], NDArray[np.float32]]:
    from foleydesigner.tools.embeddings import sentence_encoder

    owners = tuple(mood for mood in get_args(Mood) for _ in _ANCHORS[mood])
    return owners, sentence_encoder().encode([text for mood in get_args(Mood) for text in _ANCHORS[mood]])


def read_mood(action: Sequence[str], time_of_day: str = "") -> Mood:
    """The mood of a scene's action; neutral when nothing speaks for another."""
    text = " ".join(action)[:_MAX_CHARACTERS]
    if not text.strip():
        return "neutral"
    from foleydesigner.tools.embeddings import sentence_encoder

    owners, anchors = _anchor_vectors()
    similarity = anchors @ sentence_encoder().encode([text])[0]
    scores: dict[Mood, float] = dict.fromkeys(get_args(Mood), 0.0)
    for owner, value in zip(owners, similarity, strict=True):
        scores[owner] = max(scores[owner], float(value))
    scores["neutral"] += _NEUTRAL_HEAD_START
    words = stem_set(text)
    for mood, vocabulary in _WORDS.items():
        scores[mood] += _WORD_WEIGHT * min(len(words & stem_set(vocabulary)), 3)
    if time_of_day in ("night", "dusk", "midnight", "evening"):
        scores["ominous"] += _TIME_WEIGHT
        scores["tense"] += _TIME_WEIGHT / 2
    return max(get_args(Mood), key=lambda mood: (scores[mood], mood))
