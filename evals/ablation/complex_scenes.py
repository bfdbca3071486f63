"""Complex scenes: three to five things that are seen to sound, in front, and one to three that only the words know.

What is cast, where it stands and when it sounds is drawn from the seed. Things in front stand in lanes of their own,
drawn up to 30 px off, as a director stages them; in two scenes of five somebody walks through behind all of them. At
least four things sound at the same time of the scene.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from foleydesigner.evals.scenes.actors import some_ball, some_door, some_glass, some_walker
from foleydesigner.evals.scenes.film import FilmScene
from foleydesigner.evals.scenes.moving import Hammer
from foleydesigner.evals.scenes.stage import Painter, Stage, pick, stage
from foleydesigner.evals.scenes.truth import TrueEvent

PLACES: dict[str, tuple[str, tuple[float, float]]] = {
    "INT. WORKSHOP - NIGHT": ("workshop", (0.7, 1.6)),
    "INT. KITCHEN - DAY": ("kitchen", (0.3, 0.7)),
    "INT. LIVING ROOM - NIGHT": ("living room", (0.3, 0.6)),
    "INT. SCHOOL GYM - DAY": ("gym", (1.2, 2.4)),
    "INT. CHURCH HALL - DAY": ("hall", (1.4, 2.8)),
}
"""Headings, and the range of reverberation times of furnished places of that kind (mid frequencies, seconds), after the
tables of room-acoustics handbooks (Long, "Architectural Acoustics"; Kuttruff, "Room Acoustics")."""
_LANES_PX = (95.0, 245.0, 395.0, 545.0)
_JITTER_PX = 30.0
_HEARD = {
    "rain": ("water", "rain", "Rain drums on the roof."),
    "hum": ("hum", "hum", "A neon light hums."),
    "generator": ("vehicle", "motor", "Outside an engine is running."),
}


@dataclass(slots=True)
class _Cast:
    """What has been put on the stage so far."""

    behind: list[Painter] = field(default_factory=list)
    front: list[Painter] = field(default_factory=list)
    events: list[TrueEvent] = field(default_factory=list)
    words: list[tuple[float, str]] = field(default_factory=list)
    """(when it begins, sentence)."""


def complex_scene(seed: int) -> FilmScene:
    """The scene of a seed; four to eight events."""
    set_ = stage("complex", seed, (7.0, 8.0), inside=True)
    rng = set_.rng
    heading = pick(rng, *PLACES)
    set_ = replace(set_, rt60_s=float(rng.uniform(*PLACES[heading][1])))
    cast = _Cast()
    acts: list[Callable[[Stage, float, _Cast], None]] = [_hammer, _large_ball, _small_ball, _door, _glass]
    order = [acts[k] for k in rng.permutation(len(acts))]
    lanes = [_LANES_PX[k] for k in rng.permutation(len(_LANES_PX))]
    for act, lane in zip(order[: int(rng.integers(3, 5))], lanes, strict=False):
        act(set_, lane + float(rng.uniform(-_JITTER_PX, _JITTER_PX)), cast)
    if rng.random() < 0.4:
        _walker(set_, cast)
    heard = list(rng.permutation(list(_HEARD)))[: int(rng.integers(1, 4))]
    for name in heard:
        group, voice, _ = _HEARD[name]
        whole = (0.0, set_.duration_s)
        cast.events.append(set_.goes_on(name, group, voice, whole, None, 8.0, picture_driven=False))  # type: ignore[arg-type]
    sentences = [_HEARD[name][2] for name in heard] + [text for _, text in sorted(cast.words)]
    return set_.scene(cast.behind + cast.front, cast.events, f"{heading}\n\n{' '.join(sentences)}\n")


def _side(x_px: float) -> str:
    return "On the left" if x_px < 213 else "On the right" if x_px > 427 else "In the middle"


def _hammer(set_: Stage, x_px: float, cast: _Cast) -> None:
    rng, depth_m = set_.rng, 2.6
    period_s, first_s = float(rng.uniform(0.75, 1.05)), float(rng.uniform(0.9, 1.4))
    count = int((set_.duration_s - 0.5 - first_s) / period_s) + 1
    blows = first_s + period_s * np.arange(count) + rng.uniform(-0.03, 0.03, count)
    hammer = Hammer(
        view=set_.view,
        arm=set_.standing_out(set_.look.wall, contrast=0.3, tile_per_unit=14.0),
        iron=set_.stuff(30, 60, contrast=0.4, tile_per_unit=14.0),
        block=set_.stuff(60, 110, contrast=0.3, tile_per_unit=14.0),
        depth_m=depth_m,
        anvil_x_m=set_.view.x_at(x_px, depth_m),
        from_right=x_px < set_.view.width_px / 2,
        blows_s=tuple(float(t) for t in blows),
    )
    cast.front += [lambda picture, _: hammer.draw_anvil(picture), hammer.draw]
    cast.events.append(set_.hits("hammer", "impact", "anvil", hammer.blows_s, hammer.outline, depth_m))
    cast.words.append((blows[0], f"{_side(x_px)} a SMITH hammers on his anvil, again and again."))


def _large_ball(set_: Stage, x_px: float, cast: _Cast) -> None:
    ball = some_ball(set_, big=True, x_px=x_px, drop_s=float(set_.rng.uniform(0.2, 2.5)), way=0.3)
    cast.front.append(ball.draw)
    contacts = ball.contacts_s()
    cast.events.append(
        set_.hits("large_ball", "impact", "rubber", contacts, ball.outline, ball.depth_m, ball.strengths())
    )
    cast.words.append((contacts[0], f"{_side(x_px)} a big rubber ball drops and bounces."))


def _small_ball(set_: Stage, x_px: float, cast: _Cast) -> None:
    ball = some_ball(set_, big=False, x_px=x_px, drop_s=float(set_.rng.uniform(0.5, 4.0)), way=-0.3)
    cast.front.append(ball.draw)
    contacts = ball.contacts_s()
    cast.events.append(
        set_.hits("small_ball", "impact", "steel", contacts, ball.outline, ball.depth_m, ball.strengths())
    )
    cast.words.append((contacts[0], f"{_side(x_px)} a small steel ball falls and bounces on the floor."))


def _door(set_: Stage, x_px: float, cast: _Cast) -> None:
    door = some_door(set_, x_px=float(np.clip(x_px, 110, 520)), slam_s=float(set_.rng.uniform(1.6, 5.0)))
    cast.behind.insert(0, door.draw)
    cast.events.append(set_.hits("door", "door", "slam", (door.slam_s,), door.outline, door.depth_m))
    cast.words.append((door.slam_s, "The door slams shut."))


def _glass(set_: Stage, x_px: float, cast: _Cast) -> None:
    rng = set_.rng
    to_right = x_px < set_.view.width_px / 2
    glass = some_glass(set_, x_px=x_px, push_s=float(rng.uniform(1.0, 4.4)), to_right=to_right)
    cast.front += [lambda picture, _: glass.draw_table(picture), glass.draw]
    cast.events.append(set_.hits("glass", "glass", "shatter", (glass.breaks_s(),), glass.outline, glass.depth_m))
    cast.words.append((glass.breaks_s(), "A glass falls off the table and shatters."))


def _walker(set_: Stage, cast: _Cast) -> None:
    rng = set_.rng
    to_right = bool(rng.random() < 0.5)
    walker = some_walker(
        set_, depth_m=float(rng.uniform(4.8, 5.6)), to_right=to_right, start_s=float(rng.uniform(0.2, 2.0))
    )
    cast.behind.append(walker.draw)
    cast.events.append(set_.hits("steps", "footsteps", "step", walker.strikes_s(), walker.outline, walker.depth_m))
    way = "left to right" if to_right else "right to left"
    cast.words.append((walker.start_s, f"A WOMAN walks through the room behind, from {way}."))
