"""Emotional modulation: a scene's mood changes the force and size of its sounds, never their time or place."""

from __future__ import annotations

from dataclasses import dataclass

from foleydesigner.script import Mood, Size, SoundEvent

_SIZES: tuple[Size, ...] = ("small", "medium", "large", "very_large")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tint:
    """What a mood adds to the force of foreground and background sounds, and to the size of heavy ones."""

    foreground: float
    background: float
    size_steps: int = 0


TINTS: dict[Mood, Tint] = {
    "neutral": Tint(foreground=0.0, background=0.0),
    "calm": Tint(foreground=-0.1, background=-0.05),
    "tense": Tint(foreground=0.05, background=0.1),
    "ominous": Tint(foreground=0.1, background=0.15, size_steps=1),
    "joyful": Tint(foreground=0.05, background=-0.05),
    "sad": Tint(foreground=-0.1, background=0.05),
    "violent": Tint(foreground=0.2, background=0.0, size_steps=1),
    "wondrous": Tint(foreground=0.0, background=0.1, size_steps=1),
}
_HEAVY = frozenset({"thunder", "drone", "explosion", "impact", "engine"})


def modulate(event: SoundEvent, mood: Mood, weight: float) -> SoundEvent:
    """The event in the scene's mood; `weight` is how far (1 = as the table says)."""
    tint = TINTS[mood]
    added = tint.background if event.prominence == "background" else tint.foreground
    size = event.size
    if weight > 1.0 and tint.size_steps and event.family in _HEAVY:
        size = _SIZES[min(_SIZES.index(size) + tint.size_steps, len(_SIZES) - 1)]
    intensity = round(min(1.0, max(0.05, event.intensity + weight * added)), 4)
    return event.model_copy(update={"mood": mood, "intensity": intensity, "size": size})
