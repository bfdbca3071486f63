"""The engine around a sound model, with models whose sounds are known: no torch is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foleydesigner.config import Settings
from foleydesigner.cues import EventCue, PositionPath, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.errors import EngineError, MissingExtraError
from foleydesigner.generator import learned
from foleydesigner.generator.engine import RenderRequest, check_engine, engine_names
from foleydesigner.generator.generative import GenerativeEngine
from foleydesigner.generator.procedural.trial import trial_request
from foleydesigner.generator.realign import hits_near
from foleydesigner.generator.sound_model import SoundOrder
from foleydesigner.generator.windows import JOIN_S, MOST_PIECES, windows_of
from foleydesigner.script import Span
from foleydesigner.tools.audio_source import whole
from foleydesigner.tools.delay import gcc_phat_delays_s
from foleydesigner.tools.fractional_delay import MARGIN, read_at
from foleydesigner.tools.panning import interaural_delay_s

MODEL_HZ, RATE = 44_100, 48_000


class Pair:
    """Bursts, or noise, as a pair of microphones hears them at the asked places; the hits are off by up to 40 ms."""

    name, sample_rate_hz, longest_s, licence = "pair", MODEL_HZ, 8.0, "ours"
    follows_positions = True
    parameters: dict[str, str | float | int] = {"steps": 1}  # noqa: RUF012 - a property elsewhere

    def __init__(self, *, astray: bool = False) -> None:
        self.batches: list[list[SoundOrder]] = []
        self._astray = astray

    def make(self, orders: Sequence[SoundOrder], length_s: float) -> list[np.ndarray]:
        self.batches.append(list(orders))
        return [self._one(order, round(length_s * MODEL_HZ), index) for index, order in enumerate(orders)]

    def _one(self, order: SoundOrder, size: int, index: int) -> np.ndarray:
        rng = np.random.default_rng(order.seed)
        if order.positions is None:
            return (0.1 * rng.normal(size=(2, size))).astype(np.float32)
        active, rate = order.positions.activation, order.positions.frame_rate_hz
        begins = np.flatnonzero(np.diff(active, prepend=0) > 0)
        steady = active.mean() > 0.5
        mono = np.zeros(size)
        for frame in begins:
            first = max(0, round((frame / rate + (0.0 if steady else rng.uniform(-0.04, 0.04))) * MODEL_HZ))
            fall = np.inf if steady else 0.05 * MODEL_HZ
            mono[first:] += (
                rng.uniform(0.05, 0.3) * rng.normal(size=size - first) * np.exp(-np.arange(size - first) / fall)
            )
        at = np.minimum((np.arange(size) / MODEL_HZ * rate).astype(int), active.size - 1)
        half = 0.5 * MODEL_HZ * interaural_delay_s(order.positions.azimuth_deg[at], 0.17)
        if self._astray and index % 2 == 0:
            half = -half
        padded, where = np.pad(mono, MARGIN + 40), np.arange(size) + MARGIN + 40.0
        return np.stack([read_at(padded, where - half), read_at(padded, where + half)]).astype(np.float32)


class Recorder(Pair):
    """Two knocks at times of its own, on whatever prompt."""

    follows_positions = False

    def _one(self, order: SoundOrder, size: int, index: int) -> np.ndarray:
        if "silence" in order.prompt:
            return np.zeros((2, size), np.float32)
        rng, mono = np.random.default_rng(order.seed), np.zeros(size)
        for first in (20_000, 90_000):
            mono[first : first + 8000] += 0.3 * rng.normal(size=8000) * np.exp(-np.arange(8000) / 1500)
        return np.stack([mono, mono]).astype(np.float32)


def request(onsets_s: Sequence[float] = (), spans: Sequence[tuple[float, float]] = (), **changed: Any) -> RenderRequest:
    """An event of twelve seconds that goes from 30 degrees left to 30 right."""
    points = PositionPath(
        [PositionPoint(time_s=t, azimuth_deg=a, depth_m=3.0) for t, a in ((0.0, -30.0), (12.0, 30.0))]
    )
    event = trial_request("impact", 5.0, 1).event.model_copy(update={"prompt": changed.pop("prompt", "a knock")})
    facts: dict[str, Any] = {
        "event_id": event.id, "kind": "impulsive" if onsets_s else "steady", "placement": "screen", "rate_num": 24,
        "rate_den": 1, "frame_count": 288, "clip_duration_s": 12.0, "onsets_s": tuple(onsets_s),
        "strengths": tuple(1.0 - 0.1 * i for i in range(len(onsets_s))),
        "spans": tuple(Span(start_s=a, end_s=b) for a, b in spans),
        "trajectory": Trajectory(segments=(TrajectorySegment(start_s=0.0, end_s=12.0, points=points),)),
    }  # fmt: skip
    cue = EventCue(**facts | changed)
    return RenderRequest(event=event, cue=cue, sample_rate_hz=RATE, seed=7)


def test_hits_stand_on_their_onsets_and_the_place_is_taken_out() -> None:
    onsets = (0.6, 1.31, 2.17, 9.4, 10.2)  # two windows of at most eight seconds
    model = Pair()
    (take,) = GenerativeEngine("pair", model, candidates=2).render([request(onsets)])
    dry = whole(take.dry)
    assert take.start_s == pytest.approx(0.58, abs=1e-4)
    assert dry.shape[0] == 1
    relative = [t - take.start_s for t in onsets]
    assert hits_near(dry, RATE, relative) == pytest.approx(relative, abs=1e-3)
    assert np.abs(dry).max() <= 10 ** (-1 / 20) + 1e-3
    # the strengths of the cue, not the accidents of the model
    peaks = np.array([np.abs(dry[0, round(t * RATE) :][:3840]).max() for t in relative])
    assert peaks / peaks[0] == pytest.approx((0.1 + 0.9 * np.array([1, 0.9, 0.8, 0.7, 0.6])), rel=0.06)
    # its own stereo has the place of each hit
    assert take.own_stereo is not None
    assert take.own_stereo.shape[0] == 2
    for t, asked_s in zip(relative, onsets, strict=True):
        part = take.own_stereo[:, round(t * RATE) :][:, :4000]
        _, delays = gcc_phat_delays_s(part, RATE)
        asked = float(interaural_delay_s(np.array([-30 + 5 * asked_s]), 0.17)[0])
        assert delays[0] == pytest.approx(asked, abs=2e-5)
    said = take.parameters
    assert said["missing_hits"] == 0
    assert 1 < float(said["moved_ms"]) < 40
    assert float(said["position_error_us"]) < 20
    assert (said["steps"], said["candidates"], take.licence) == (1, 2, "generated; weights: ours")


def test_the_better_candidate_is_kept() -> None:
    astray = Pair(astray=True)
    (one,) = GenerativeEngine("pair", astray, candidates=1).render([request([0.6, 1.4])])
    (four,) = GenerativeEngine("pair", astray, candidates=4).render([request([0.6, 1.4])])
    assert float(one.parameters["position_error_us"]) > 200
    assert float(four.parameters["position_error_us"]) < 20


def test_events_are_made_in_common_batches_and_no_take_depends_on_its_neighbours() -> None:
    alone = [request([0.6, 1.4]), replace(request([2.0]), seed=9), request(spans=[(0.0, 5.0)], placement="diffuse")]
    model = Pair()
    together = GenerativeEngine("pair", model, candidates=2, batch=4).render(alone)
    assert [len(batch) for batch in model.batches] == [4, 2]
    for one, take in zip(alone, together, strict=True):
        (same,) = GenerativeEngine("pair", Pair(), candidates=2, batch=4).render([one])
        assert np.array_equal(whole(same.dry), whole(take.dry))
        assert same.parameters == take.parameters
    assert whole(together[2].dry).shape[0] == 2  # a diffuse bed keeps two channels
    assert together[0].parameters != together[1].parameters


def test_a_long_bed_has_no_seam_and_follows_its_levels() -> None:
    levels = Span(start_s=1.0, end_s=21.0, level_times_s=(1.0, 11.0, 21.0), levels=(1.0, 1.0, 0.5))
    asked = request(spans=[(1.0, 21.0)], frame_count=24 * 21, clip_duration_s=21.0)
    asked = replace(asked, cue=asked.cue.model_copy(update={"spans": (levels,)}))
    (take,) = GenerativeEngine("pair", Pair(), candidates=1).render([asked])
    dry = whole(take.dry)[0]
    assert take.start_s == 1.0
    assert dry.size == 20 * RATE
    level_db = 10 * np.log10((dry[: 20 * RATE].reshape(-1, RATE // 4) ** 2).mean(axis=1))[1:-1]
    assert np.ptp(level_db[:36]) < 2.0
    assert level_db[-3:].mean() - level_db[:36].mean() == pytest.approx(-6, abs=1.5)


def test_a_model_that_only_reads_prompts_is_used_like_a_recording() -> None:
    onsets = (0.6, 1.31, 2.17)
    (take,) = GenerativeEngine("recorder", Recorder()).render([request(onsets)])
    dry = whole(take.dry)
    relative = [t - take.start_s for t in onsets]
    assert hits_near(dry, RATE, relative) == pytest.approx(relative, abs=1.5e-3)
    assert take.own_stereo is None
    assert take.parameters["hits_in_sound"] == 2
    assert "position_error_us" not in take.parameters
    with pytest.raises(EngineError, match="nothing but silence"):
        GenerativeEngine("recorder", Recorder()).render([request(onsets, prompt="silence")])


def test_windows_hold_every_hit_and_cover_every_span() -> None:
    rng = np.random.default_rng(0)
    onsets = tuple(np.cumsum(rng.uniform(0.1, 4.0, 40)).tolist())
    cue = request(onsets, strengths=(1.0,) * 40).cue
    windows = windows_of(cue, 8.0)
    assert [hit for window in windows for hit in window.hits] == list(range(40))
    for window in windows:
        assert window.made_s <= 8.0
        assert window.heard_s <= window.made_s + 1e-9
        assert all(0 <= onsets[hit] - window.start_s <= window.heard_s - 2.0 + 1e-9 for hit in window.hits)
    bed = windows_of(request(spans=[(2.0, 100.0), (110.0, 111.0)]).cue, 8.0)
    assert bed[0].start_s == 2.0
    for before, after in pairwise(bed[:-1]):
        assert after.start_s == pytest.approx(before.start_s + before.heard_s - JOIN_S)
    assert bed[-2].start_s + bed[-2].heard_s == pytest.approx(100.0)
    assert (bed[-1].start_s, bed[-1].heard_s, bed[-1].made_s) == (110.0, pytest.approx(1.0), 2.0)
    assert len({window.source for window in bed}) == MOST_PIECES + 1
    with pytest.raises(EngineError, match="without onsets or spans"):
        windows_of(request(spans=[(0.0, 1.0)]).cue.model_copy(update={"spans": ()}), 8.0)


def test_engines_are_refused_with_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"procedural", "dit-nano", "sao", "sao-small", "sa3-sfx"} <= set(engine_names())
    monkeypatch.setattr(learned, "find_spec", lambda name: None)
    for name in ("dit-nano", "sao", "sao-small", "sa3-sfx"):
        with pytest.raises(MissingExtraError, match=r"torch.*uv sync --extra dit"):
            check_engine(name)
    with pytest.raises(EngineError, match="is not a folder"):
        check_engine(str(tmp_path / "nowhere"))
    with pytest.raises(EngineError, match="holds no weights"):
        check_engine(str(tmp_path))
    (tmp_path / "model_config.json").write_text("{}")
    with pytest.raises(MissingExtraError, match="stable_audio_tools"):
        check_engine(str(tmp_path))
    with pytest.raises(EngineError, match="no engine is called"):
        check_engine(str(tmp_path), folders=False)
    with pytest.raises(EngineError, match=r"no engine is called 'bogus'.*or a folder"):
        check_engine("bogus")
    monkeypatch.setattr(learned, "find_spec", lambda name: object())
    check_engine("sao")


def test_options_come_from_the_settings() -> None:
    assert learned.EngineOptions.of(None) == learned.EngineOptions()
    settings = Settings(engine_steps=5, engine_text_scale=2.0, engine_candidates=3, engine_batch=1)
    assert learned.EngineOptions.of(settings) == learned.EngineOptions(
        steps=5, text_scale=2.0, position_scale=None, candidates=3, batch=1
    )
