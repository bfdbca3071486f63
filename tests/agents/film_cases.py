"""Small films and screenplays written by hand, whose right script is known."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from foleydesigner.evidence import Box, Burst, ClipInfo, Curve, Impact, PictureEvidence, Shot, Track, TrackPoint
from foleydesigner.screenplay import Scene, Screenplay, SoundMention

RATE = 25


def film(
    duration_s: float = 10.0,
    *,
    cuts_s: Sequence[float] = (),
    tracks: Sequence[Track] = (),
    impacts: Sequence[Impact] = (),
    bursts: Sequence[Burst] = (),
    brightness: Sequence[float] = (),
    camera_motion: float = 0.0,
) -> PictureEvidence:
    """Evidence of a clip at 25 frames a second."""
    edges = [0.0, *cuts_s, duration_s]
    shots = tuple(
        Shot(
            id=f"shot_{n}",
            start_frame=round(a * RATE),
            end_frame=round(b * RATE),
            start_s=a,
            end_s=b,
            brightness=brightness[n] if brightness else 0.5,
            camera_motion=camera_motion,
        )
        for n, (a, b) in enumerate(itertools.pairwise(edges))
    )
    clip = ClipInfo(
        name="film.mp4",
        sha256="0" * 64,
        width_px=640,
        height_px=360,
        rate_num=RATE,
        rate_den=1,
        frame_count=round(duration_s * RATE),
        duration_s=duration_s,
    )
    return PictureEvidence(
        clip=clip,
        shots=shots,
        tracks=tuple(tracks),
        impacts=tuple(sorted(impacts, key=lambda i: i.time_s)),
        bursts=tuple(bursts),
        activity=Curve(values=()),
    )


def box_at(x: float, y: float = 0.5, width: float = 0.2, height: float = 0.3) -> Box:
    """A box by its centre."""
    return Box(
        x1=max(0.0, x - width / 2),
        x2=min(1.0, x + width / 2),
        y1=max(0.0, y - height / 2),
        y2=min(1.0, y + height / 2),
    )


def track(
    name: str,
    start_s: float,
    end_s: float,
    *,
    x: tuple[float, float] = (0.5, 0.5),
    y: float = 0.5,
    width: float = 0.2,
    height: float = 0.3,
    speed: float = 0.2,
    shot: str = "shot_0",
    period_s: float | None = None,
    periodicity: float = 0.0,
    steadiness: float = 0.0,
    growth: float = 0.0,
    depth_m: float | None = None,
) -> Track:
    """A region that moves evenly from x[0] to x[1]."""
    count = max(2, round((end_s - start_s) * RATE))
    points = []
    for n in range(count):
        share = n / (count - 1)
        time_s = start_s + share * (end_s - start_s)
        box = box_at(x[0] + share * (x[1] - x[0]), y, width, height)
        points.append(TrackPoint(frame=round(time_s * RATE), time_s=time_s, box=box, speed=speed, depth_m=depth_m))
    return Track(
        id=name,
        shot_id=shot,
        start_s=start_s,
        end_s=end_s,
        points=tuple(points),
        mean_speed=speed,
        period_s=period_s,
        periodicity=periodicity,
        steadiness=steadiness,
        growth=growth,
    )


def blows(
    times_s: Sequence[float],
    strengths: Sequence[float] | None = None,
    *,
    x: float = 0.5,
    y: float = 0.5,
    track_id: str | None = None,
    prefix: str = "i",
) -> list[Impact]:
    """Contacts at the given times."""
    forces = strengths or [1.0] * len(times_s)
    return [
        Impact(id=f"{prefix}{n}", time_s=t, strength=s, x=x, y=y, track_id=track_id)
        for n, (t, s) in enumerate(zip(times_s, forces, strict=True))
    ]


def flash(name: str, time_s: float, strength: float = 0.9, length_s: float = 0.08) -> Burst:
    """A wide flash in the upper half of the picture."""
    box = Box(x1=0.1, y1=0.0, x2=0.8, y2=0.5)
    return Burst(id=name, time_s=time_s, end_s=time_s + length_s, strength=strength, box=box)


def mention(name: str, concept: str, family: str, **facts: object) -> SoundMention:
    """A mention with sensible defaults; the concept need not be in the taxonomy."""
    given: dict[str, object] = {
        "id": name,
        "scene_id": "scene_1",
        "clause": concept.replace("_", " "),
        "concept": concept,
        "family": family,
        "confidence": 0.8,
        "layer": "hard_fx",
        "kind": "impulsive",
    }
    return SoundMention.model_validate(given | facts)


def play(*mentions: SoundMention, **facts: object) -> Screenplay:
    """A screenplay of one scene."""
    given: dict[str, object] = {"id": "scene_1", "interior": True, "place": "room", "mentions": mentions}
    return Screenplay(scenes=(Scene.model_validate(given | facts),))


WORDLESS = Screenplay(scenes=(Scene(id="scene_1"),))
