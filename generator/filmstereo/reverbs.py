"""Hall, room, chamber, plate: the box that a sound is simulated in, and the reverb that goes on after its images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.moves import Move
from foleydesigner.generator.filmstereo.rooms import Box
from foleydesigner.mix import ReverbSettings
from foleydesigner.tools.place_words import ReverbKind
from foleydesigner.tools.reverb import reverb_return, room_size_for

Audio = NDArray[np.float32]
Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """Ranges that a reverb of a kind is drawn from."""

    rt60_s: Range
    damping: Range
    level_db: Range
    pre_delay_s: Range
    room_rt60_s: Range
    spare_m: Range
    height_m: Range


_STYLES: dict[ReverbKind, _Style] = {
    "hall": _Style(
        rt60_s=(1.6, 2.8), damping=(0.3, 0.5), level_db=(-10.0, -4.0), pre_delay_s=(0.02, 0.04),
        room_rt60_s=(1.0, 1.8), spare_m=(2.0, 7.0), height_m=(6.0, 14.0),
    ),
    "room": _Style(
        rt60_s=(0.3, 0.7), damping=(0.4, 0.6), level_db=(-14.0, -8.0), pre_delay_s=(0.0, 0.008),
        room_rt60_s=(0.25, 0.6), spare_m=(0.4, 1.5), height_m=(2.4, 3.5),
    ),
    "chamber": _Style(
        rt60_s=(0.8, 1.5), damping=(0.2, 0.4), level_db=(-12.0, -6.0), pre_delay_s=(0.005, 0.015),
        room_rt60_s=(0.5, 1.0), spare_m=(0.8, 2.5), height_m=(3.0, 6.0),
    ),
    "plate": _Style(
        rt60_s=(1.0, 2.2), damping=(0.05, 0.2), level_db=(-12.0, -6.0), pre_delay_s=(0.0, 0.002),
        room_rt60_s=(0.2, 0.4), spare_m=(0.4, 1.5), height_m=(2.4, 3.5),
    ),
}  # fmt: skip
"""Times as mixers use the names; a plate is an effect in the studio, so its room is a dry one."""

_MICROPHONE_HEIGHT_M, _WALL_M = (1.2, 1.7), 0.6
_WIDTH = 1.0
_SABINE, _MOST_ABSORPTION = 0.161, 0.85


class Reverb(Protocol):
    """What is added to a sound in its room."""

    @property
    def made_by(self) -> str:
        """Name and settings."""
        ...

    @property
    def rt60_s(self) -> float:
        """How long it rings."""
        ...

    @property
    def level_db(self) -> float:
        """Of its return against the feed."""
        ...

    def wet(self, feed: Audio, sample_rate_hz: int) -> Audio:
        """The return (2, samples) of a feed (1, samples), cut to its length."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """pedalboard's Freeverb at a calibrated time, or noise that decays where the time is shorter than it can make."""

    rt60_s: float
    damping: float
    level_db: float
    pre_delay_s: float
    made_by: str

    def wet(self, feed: Audio, sample_rate_hz: int) -> Audio:
        """See `Reverb`."""
        settings = ReverbSettings(
            event_id="clip",
            scene_id="clip",
            target_rt60_s=self.rt60_s,
            room_size=room_size_for(self.rt60_s, self.damping),
            damping=self.damping,
            width=_WIDTH,
            send_db=self.level_db,
        )
        made = reverb_return(feed, settings, sample_rate_hz, pre_delay_s=self.pre_delay_s)
        return made[:, : feed.shape[1]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlugIn:
    """A VST3 of the user's, with a preset; its own mix is turned fully wet where it has such a knob."""

    path: str
    preset: str
    rt60_s: float
    level_db: float
    made_by: str

    def wet(self, feed: Audio, sample_rate_hz: int) -> Audio:
        """See `Reverb`.

        Raises:
            DatasetError: the plug-in cannot be loaded, or gives nothing.
        """
        plugin = _loaded(self.path, self.preset)
        made = np.asarray(plugin(np.concatenate([feed, feed]), float(sample_rate_hz), reset=True), dtype=np.float32)
        power = float(np.mean(made**2))
        if not np.isfinite(power) or power <= 0.0:
            raise DatasetError(f"{self.made_by} gives no sound", "a reverb", "try its preset in a host")
        level = 10.0 ** (0.05 * self.level_db) * np.sqrt(float(np.mean(feed**2)) / power)
        return np.asarray(level * made[:, : feed.shape[1]], dtype=np.float32)


def _loaded(path: str, preset: str) -> Any:
    import pedalboard

    try:
        plugin: Any = pedalboard.load_plugin(path)  # type: ignore[attr-defined]
        if preset:
            plugin.load_preset(preset)
    except (ImportError, ValueError, OSError, RuntimeError) as error:
        raise DatasetError(
            f"the plug-in {path} cannot be loaded ({error})", "a VST3 effect and its presets", "check --vst3"
        ) from error
    for name in ("mix", "wet_dry", "dry_wet"):
        if name in plugin.parameters:
            plugin.parameters[name].raw_value = 1.0
    return plugin


def draw_reverb(kind: ReverbKind, vst3: str, rng: np.random.Generator) -> Reverb:
    """A reverb of that kind; with a plug-in, one of the presets beside it whose name has the kind in it.

    Raises:
        DatasetError: the plug-in has no such preset.
    """
    style = _STYLES[kind]
    rt60_s, damping = float(rng.uniform(*style.rt60_s)), float(rng.uniform(*style.damping))
    level_db, pre_delay_s = float(rng.uniform(*style.level_db)), float(rng.uniform(*style.pre_delay_s))
    if not vst3:
        return BuiltIn(
            rt60_s=rt60_s,
            damping=damping,
            level_db=level_db,
            pre_delay_s=pre_delay_s,
            made_by=f"pedalboard.Reverb, damping {damping:.2f}, pre-delay {1e3 * pre_delay_s:.0f} ms",
        )
    presets = sorted(p for p in Path(vst3).parent.glob("*.vstpreset") if kind in p.stem.lower())
    if not presets:
        raise DatasetError(
            f"no preset beside {vst3} has {kind!r} in its name", f"files like 'Large {kind}.vstpreset'", "add some"
        )
    preset = presets[int(rng.integers(len(presets)))]
    return PlugIn(
        path=vst3,
        preset=str(preset),
        rt60_s=rt60_s,
        level_db=level_db,
        made_by=f"{Path(vst3).stem}, {preset.stem}",
    )


def draw_box(kind: ReverbKind, spacing_m: float, move: Move, rng: np.random.Generator) -> Box:
    """A box as large as the move needs and the style adds, with the pair near its back wall.

    The time is at least what walls that absorb 85 % leave (Sabine).
    """
    style = _STYLES[kind]
    across = (min(move.start_m[0], move.end_m[0], 0.0), max(move.start_m[0], move.end_m[0], 0.0))
    ahead = max(move.start_m[1], move.end_m[1])
    spare = rng.uniform(*style.spare_m, 3)
    size = np.array(
        [
            across[1] - across[0] + 2.0 * _WALL_M + spare[0] + spare[1],
            ahead + 2.0 * _WALL_M + spare[2],
            rng.uniform(*style.height_m),
        ]
    )
    middle = np.array([_WALL_M + spare[0] - across[0], _WALL_M, rng.uniform(*_MICROPHONE_HEIGHT_M)])
    half = np.array([0.5 * spacing_m, 0.0, 0.0])
    walls_m2 = 2.0 * (size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    shortest_s = _SABINE * float(size.prod()) / (_MOST_ABSORPTION * walls_m2)
    return Box(
        size_m=(float(size[0]), float(size[1]), float(size[2])),
        rt60_s=max(float(rng.uniform(*style.room_rt60_s)), shortest_s),
        microphones_m=np.stack([middle - half, middle + half]),
    )
