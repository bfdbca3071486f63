"""One clip out of its deal, and one shard out of its clips: pure, so that any machine makes the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.filmstereo.annotation import ClipAnnotation, Room, Signal
from foleydesigner.generator.filmstereo.dealing import Deal
from foleydesigner.generator.filmstereo.laying import Laid, lay
from foleydesigner.generator.filmstereo.moves import Move, draw_move
from foleydesigner.generator.filmstereo.recipe import Recipe
from foleydesigner.generator.filmstereo.reverbs import Reverb, draw_box, draw_reverb
from foleydesigner.generator.filmstereo.rooms import Box, RoomSimulator, simulator
from foleydesigner.generator.filmstereo.shards import Clip, flac_audio, shard_bytes
from foleydesigner.generator.filmstereo.simulation import simulate
from foleydesigner.generator.filmstereo.timing import intervals_of, onsets_of
from foleydesigner.tools.place_words import ClipFacts, facts_of, from_template

Audio = NDArray[np.float32]
PEAK_DB = -3.0
Caption = tuple[str, str]
"""What is said, and who said it."""


def make_shard(
    recipe: Recipe,
    deals: Sequence[Deal],
    sounds: Mapping[str, bytes],
    captions: Mapping[int, Caption],
) -> bytes:
    """A shard of the clips that were dealt.

    Args:
        recipe: what the dataset is asked to be.
        deals: of these clips.
        sounds: the sound file of each recording that they need, by its id.
        captions: by the clip's number; what is not there comes from the template.
    """
    rooms = simulator(recipe.rooms)
    return shard_bytes(
        make_clip(recipe, d, flac_audio(sounds[d.recording.id])[0], rooms, captions.get(d.index)) for d in deals
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a clip takes place."""

    move: Move
    spacing_m: float
    box: Box
    reverb: Reverb


def draw_scene(recipe: Recipe, dealt: Deal) -> Scene:
    """The place of a clip, from its seed alone."""
    rng = np.random.default_rng([dealt.seed, 0])
    move = draw_move(recipe, dealt.motion, rng)
    spacing_m = float(rng.uniform(*recipe.spacing_m))
    return Scene(
        move=move,
        spacing_m=spacing_m,
        box=draw_box(dealt.reverb, spacing_m, move, rng),
        reverb=draw_reverb(dealt.reverb, recipe.vst3, rng),
    )


def facts_of_deal(recipe: Recipe, dealt: Deal) -> ClipFacts:
    """What a caption of the clip has to say."""
    return _facts(recipe, dealt, draw_scene(recipe, dealt))


def _facts(recipe: Recipe, dealt: Deal, scene: Scene) -> ClipFacts:
    azimuth_deg, depth_m = scene.move.position(np.array([0.0, recipe.duration_s]))
    return facts_of(
        dealt.recording.title,
        dealt.motion,
        (float(azimuth_deg[0]), float(depth_m[0])),
        (float(azimuth_deg[1]), float(depth_m[1])),
        dealt.reverb,
    )


def make_clip(
    recipe: Recipe,
    dealt: Deal,
    sound: NDArray[np.float32],
    rooms: RoomSimulator,
    caption: Caption | None = None,
) -> Clip:
    """One clip: laid, placed, reverberated, timed and described.

    Args:
        recipe: what the dataset is asked to be.
        dealt: what this clip is to be.
        sound: the recording, (samples,) at the recipe's rate.
        rooms: makes reflections.
        caption: and who wrote it; None = the template does.
    """
    rate = recipe.sample_rate_hz
    scene = draw_scene(recipe, dealt)
    laid = lay(sound, rate, dealt.recording.kind, recipe.duration_s, np.random.default_rng([dealt.seed, 1]))
    heard = simulate(laid.sound, rate, scene.move, scene.box, rooms, scene.reverb)
    gain = 10.0 ** (0.05 * PEAK_DB) / max(float(np.abs(heard.wet).max()), 1e-9)
    signals: dict[Signal, Audio] = {
        "wet": heard.wet * gain,
        "direct": heard.direct * gain,
        # The dry source is kept as it was laid: its level is its own.
        "dry": laid.sound[None, :],
    }
    said = caption or (from_template(_facts(recipe, dealt, scene), dealt.seed), "template")
    placed_ms = _placed(laid, sound, rate)
    return Clip(_annotation(recipe, dealt, scene, laid, placed_ms, gain, said), signals)


def _annotation(
    recipe: Recipe, dealt: Deal, scene: Scene, laid: Laid, placed_ms: tuple[float, ...], gain: float, said: Caption
) -> ClipAnnotation:
    rate = recipe.sample_rate_hz
    azimuth_deg, depth_m = scene.move.position((np.arange(recipe.frames) + 0.5) / recipe.frame_rate)
    intervals = intervals_of(laid.sound, rate)
    return ClipAnnotation(
        id=f"clip_{dealt.index:06d}",
        split=dealt.split,
        recording=dealt.recording,
        seed=dealt.seed,
        duration_s=recipe.duration_s,
        sample_rate_hz=rate,
        signals=recipe.signals,
        gain_db=round(float(20.0 * np.log10(gain)), 3),
        motion=dealt.motion,
        microphone_spacing_m=round(scene.spacing_m, 5),
        frame_rate=recipe.frame_rate,
        azimuth_deg=tuple(np.round(azimuth_deg, 3).tolist()),
        depth_m=tuple(np.round(depth_m, 4).tolist()),
        room=Room(
            size_m=tuple(round(float(x), 3) for x in scene.box.size_m),
            rt60_s=round(scene.box.rt60_s, 3),
            reverb=dealt.reverb,
            reverb_rt60_s=round(scene.reverb.rt60_s, 3),
            reverb_level_db=round(scene.reverb.level_db, 2),
            reverb_made_by=scene.reverb.made_by,
        ),
        intervals=intervals,
        onsets_ms=onsets_of(laid.sound, rate, dealt.recording.kind, intervals),
        placed_onsets_ms=placed_ms,
        caption=said[0],
        caption_by=said[1],
    )


def _placed(laid: Laid, sound: NDArray[np.float32], rate: int) -> tuple[float, ...]:
    """When the hits come that were put there one by one, if the recording is a single hit; milliseconds."""
    if not laid.starts_s:
        return ()
    own = onsets_of(sound, rate, "impulsive", intervals_of(sound, rate))
    return tuple(round(1e3 * start + own[0], 1) for start in laid.starts_s) if len(own) == 1 else ()
