"""The generator of complex scenes, the drawn reference mix, the voices, and how figures are pooled: closed forms."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from foleydesigner.cues import EventCue, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.evals.ablation import agents, complex_scenes, reference_mix
from foleydesigner.evals.ablation.agents import pooled_figures
from foleydesigner.evals.ablation.complex_scenes import PLACES, complex_scene
from foleydesigner.evals.ablation.reference_mix import BEHIND_LU, FOREGROUND_LUFS, SPREAD_LU, shelved
from foleydesigner.evals.ablation.voice_engine import LEVEL_DB, VoiceEngine
from foleydesigner.evals.scenes.sound import SAMPLE_RATE_HZ
from foleydesigner.evals.scenes.truth import TrueEvent, Truth
from foleydesigner.generator.engine import RenderRequest
from foleydesigner.script import Placement, SoundEvent
from foleydesigner.tools.audio_source import whole
from foleydesigner.tools.loudness import integrated_lufs

ROOT = Path(complex_scenes.__file__).parents[2]


@pytest.mark.parametrize("seed", range(4))
def test_a_complex_scene_has_what_the_definition_says(seed: int) -> None:
    scene = complex_scene(seed)
    events = scene.truth.events
    assert 4 <= len(events) <= 8
    seen = [e for e in events if e.picture_driven]
    assert 3 <= len(seen) <= 5
    assert 1 <= len(events) - len(seen) <= 3
    assert all(np.isfinite(e.boxes_px[:, 0]).any() for e in seen)
    heading = scene.screenplay.partition("\n")[0]
    low_s, high_s = PLACES[heading][1]
    assert low_s <= scene.truth.rt60_s <= high_s
    assert complex_scene(seed).screenplay == scene.screenplay


def test_things_in_front_stand_apart() -> None:
    for seed in range(3):
        scene = complex_scene(seed)
        names = ("hammer", "large_ball", "small_ball")
        middles = sorted(float(np.nanmean(e.boxes_px[:, [0, 2]])) for e in scene.truth.events if e.id in names)
        assert all(b - a > 40.0 for a, b in itertools.pairwise(middles))


def _truth(*events: TrueEvent) -> Truth:
    from fractions import Fraction

    return Truth(width_px=640, height_px=360, frame_rate=Fraction(25), frame_count=100, events=events, rt60_s=0.6)


def _true(name: str, voice: str, group: str, onsets_s: tuple[float, ...], *, seen: bool = True) -> TrueEvent:
    boxes = np.tile([300.0, 100.0, 340.0, 200.0], (100, 1)) if seen else np.full((100, 4), np.nan)
    kind = "impulsive" if onsets_s else "steady"
    return TrueEvent(
        id=name, group=group, kind=kind, voice=voice, onsets_s=onsets_s, strengths=(1.0,) * len(onsets_s),  # type: ignore[arg-type]
        spans_s=() if onsets_s else ((0.0, 4.0),), boxes_px=boxes, depth_m=np.full(100, 3.0), picture_driven=seen,
    )  # fmt: skip


TRUTH = _truth(
    _true("anvil", "anvil", "impact", (0.5, 1.5, 2.5)),
    _true("ball", "rubber", "impact", (1.0, 2.0)),
    _true("rain", "rain", "water", (), seen=False),
)


def test_the_reference_has_the_levels_that_were_drawn() -> None:
    mix = reference_mix.reference_mix(TRUTH, 3)
    for name, stem in mix.stems.items():
        assert integrated_lufs(stem, SAMPLE_RATE_HZ) == pytest.approx(mix.levels_lufs[name], abs=0.05)
    assert abs(mix.levels_lufs["anvil"] - FOREGROUND_LUFS) <= SPREAD_LU
    low, high = FOREGROUND_LUFS - SPREAD_LU - BEHIND_LU[1], FOREGROUND_LUFS + SPREAD_LU - BEHIND_LU[0]
    assert low <= mix.levels_lufs["rain"] <= high
    assert reference_mix.reference_mix(TRUTH, 3).mix.tobytes() == mix.mix.tobytes()
    assert reference_mix.reference_mix(TRUTH, 4).levels_lufs != mix.levels_lufs


@pytest.mark.parametrize(("corner_hz", "high"), [(200.0, False), (5000.0, True)])
@pytest.mark.parametrize("gain_db", [-4.0, 0.0, 3.0])
def test_a_shelf_lifts_its_side_and_leaves_the_other(corner_hz: float, high: bool, gain_db: float) -> None:
    impulse = np.zeros(1 << 15)
    impulse[0] = 1.0
    response_db = 20 * np.log10(np.abs(np.fft.rfft(shelved(impulse, corner_hz, gain_db, high=high))))
    hz = np.fft.rfftfreq(1 << 15, 1 / SAMPLE_RATE_HZ)
    low_db, high_db = np.interp(20.0, hz, response_db), np.interp(20000.0, hz, response_db)
    expected = (0.0, gain_db) if high else (gain_db, 0.0)
    assert (low_db, high_db) == pytest.approx(expected, abs=0.15)
    assert np.interp(corner_hz, hz, response_db) == pytest.approx(gain_db / 2, abs=0.05)


def _request(onsets_s: tuple[float, ...], seed: int = 0) -> RenderRequest:
    event = SoundEvent(
        id="e", label="hit", prompt="hit", family="impact", layer="props", kind="impulsive", onsets_s=onsets_s,
        strengths=(1.0,) * len(onsets_s), placement=Placement(kind="screen"), origin="picture",
    )  # fmt: skip
    point = PositionPoint(time_s=0.0, azimuth_deg=0.0, depth_m=3.0)
    cue = EventCue(
        event_id="e", kind="impulsive", placement="screen", rate_num=25, rate_den=1, frame_count=100,
        clip_duration_s=4.0, onsets_s=onsets_s, strengths=(1.0,) * len(onsets_s),
        trajectory=Trajectory(segments=(TrajectorySegment(start_s=0.0, end_s=4.0, points=(point,)),)),
    )  # fmt: skip
    return RenderRequest(event=event, cue=cue, sample_rate_hz=SAMPLE_RATE_HZ, seed=seed)


def test_a_take_has_the_voice_of_whom_it_shares_its_hits_with() -> None:
    engine = VoiceEngine(TRUTH, 0)
    partner = engine.partner("impact", (1.02, 2.05))
    assert partner is not None
    assert partner.id == "ball"
    assert engine.partner("impact", (0.5, 1.45)).id == "anvil"  # type: ignore[union-attr]
    assert engine.partner("door", (1.0,)) is None


def test_a_take_sounds_at_its_own_onsets_right_or_wrong() -> None:
    (take,) = VoiceEngine(TRUTH, 0).render([_request((0.7, 3.0))])
    sound = whole(take.dry)[0]
    assert not sound[: round(0.69 * SAMPLE_RATE_HZ)].any()
    assert np.abs(sound[round(0.7 * SAMPLE_RATE_HZ) :][:500]).max() > 0.0
    assert np.abs(sound).max() <= 10 ** (-1 / 20) + 1e-6


def test_takes_come_at_any_level() -> None:
    engine = VoiceEngine(TRUTH, 0)
    levels = [20 * np.log10(np.abs(whole(engine.render([_request((1.0,), s)])[0].dry)).max()) for s in range(20)]
    assert 6.0 < max(levels) - min(levels) <= LEVEL_DB[1] - LEVEL_DB[0] + 3.0


def test_recall_pools_counts_and_errors_are_means() -> None:
    rows = [
        {"matched": 9.0, "wanted": 10.0, "found": 9.0, "lsd_db": 8.0, "loudness_error_lu": 2.0, "rt60_error_s": None},
        {"matched": 1.0, "wanted": 2.0, "found": 1.0, "lsd_db": 12.0, "loudness_error_lu": None, "rt60_error_s": 0.3},
    ]
    pooled = pooled_figures(rows)
    assert pooled["event_recall"][0] == pytest.approx(10 / 12)
    assert pooled["event_precision"][0] == 1.0
    assert pooled["lsd_db"][0] == 10.0
    assert pooled["loudness_error_lu"][0] == 2.0
    assert pooled["rt60_error_s"][0] == 0.3
    value, low, high = pooled["lsd_db"]
    assert 8.0 <= low <= value <= high <= 12.0


def test_the_generator_shares_no_code_with_the_house_rules() -> None:
    for path in (complex_scenes.__file__, reference_mix.__file__):
        source = Path(str(path)).read_text()
        for room in ("agents", "graph", "generator"):
            assert f"foleydesigner.{room}" not in source
    assert "foleydesigner.agents" in Path(str(agents.__file__)).read_text()
