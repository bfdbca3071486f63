"""The procedural engine: contract of a take, for each impulsive family."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from foleydesigner.cues import EventCue, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.errors import EngineError
from foleydesigner.generator.engine import Engine, RenderRequest, get_engine
from foleydesigner.generator.procedural.engine import ProceduralEngine
from foleydesigner.generator.procedural.families import MODULES, load
from foleydesigner.generator.procedural.performance import mentions
from foleydesigner.script import FAMILIES, Placement, SoundEvent, Span
from foleydesigner.tools.audio_source import whole
from foleydesigner.tools.true_peak import true_peak_dbtp

RATE = 48_000

SOUNDS: list[tuple[str, dict[str, Any]]] = [
    *(("footsteps", {"surface": s}) for s in ("stone", "wood", "gravel", "grass", "snow", "metal", "carpet")),
    ("cloth", {}),
    *(("handling", {"variant": v}) for v in ("keys", "paper", "typing", "prop")),
    *(("door", {"variant": v}) for v in ("open", "close", "knock", "slam")),
    *(
        ("impact", {"material": m})
        for m in ("metal", "anvil", "wood", "stone", "glass", "plastic", "body", "earth", "water")
    ),
    *(("glass", {"variant": v}) for v in ("clink", "break")),
    *(
        ("percussion", {"variant": v})
        for v in ("bass_drum", "snare", "tom", "hand_drum", "timpani", "cymbal", "hat", "stick", "clap", "shaker")
    ),
    *(("bell", {"variant": v}) for v in ("church", "hand", "alarm", "gong")),
    *(("gunshot", {"variant": v}) for v in ("pistol", "rifle", "shotgun", "machine_gun", "cannon")),
    ("explosion", {}),
    *(("animal", {"variant": v}) for v in ("dog", "cat", "sheep", "cow", "horse", "hooves", "bird", "frog", "gryphon")),
    ("breath", {}),
]
WHOOSH: tuple[str, dict[str, Any]] = ("whoosh", {})
IDS = ["-".join((family, *fields.values())) for family, fields in SOUNDS]
FEW = [s for s in SOUNDS if s[1].get("variant") in ("dog", "snare", "close", "keys", "pistol") or not s[1]]
FEW += [("footsteps", {"surface": "gravel"}), ("impact", {"material": "metal"})]
FEW_IDS = ["-".join((family, *fields.values())) for family, fields in FEW]
few_sounds = pytest.mark.parametrize(("family", "fields"), FEW, ids=FEW_IDS)
each_sound = pytest.mark.parametrize(("family", "fields"), SOUNDS, ids=IDS)


def make_request(
    family: str,
    *,
    onsets: tuple[float, ...] = (),
    strengths: tuple[float, ...] | None = None,
    spans: tuple[Span, ...] = (),
    seed: int = 7,
    rate: int = RATE,
    clip_s: float = 10.0,
    **fields: object,
) -> RenderRequest:
    kind = "steady" if spans else "impulsive"
    strengths = strengths if strengths is not None else (1.0,) * len(onsets)
    times = {"kind": kind, "onsets_s": onsets, "strengths": strengths, "spans": spans}
    event = SoundEvent.model_validate(
        {"label": "", "prompt": ""}
        | {"id": "e", "family": family, "layer": "props", "origin": "picture"}
        | {"placement": Placement(kind="screen", x=0.5)}
        | times
        | fields
    )
    point = PositionPoint(time_s=0.0, azimuth_deg=0.0, depth_m=2.0)
    cue = EventCue(
        event_id="e",
        placement="screen",
        rate_num=25,
        rate_den=1,
        frame_count=max(1, round(clip_s * 25)),
        clip_duration_s=clip_s,
        trajectory=Trajectory(segments=(TrajectorySegment(start_s=0.0, end_s=clip_s, points=(point,)),)),
        **times,
    )
    return RenderRequest(event=event, cue=cue, sample_rate_hz=rate, seed=seed)


def render_one(request: RenderRequest) -> tuple[NDArray[np.float32], float]:
    take = ProceduralEngine(workers=1).render([request])[0]
    return whole(take.dry), take.start_s


def centroid_hz(signal: NDArray[np.float32], rate: int = RATE) -> float:
    power = np.abs(np.fft.rfft(signal.astype(np.float64))) ** 2
    return float((power * np.fft.rfftfreq(signal.size, 1.0 / rate)).sum() / power.sum())


def db(ratio: float) -> float:
    return 20.0 * float(np.log10(max(ratio, 1e-12)))


@each_sound
def test_attack_is_at_the_onset_sample(family: str, fields: dict[str, Any]) -> None:
    onset_s = 1.23456
    dry, start_s = render_one(make_request(family, onsets=(onset_s,), intensity=0.8, **fields))
    at = round((onset_s - start_s) * RATE)
    peak = float(np.abs(dry).max())
    assert start_s <= onset_s
    assert db(float(np.abs(dry[:, :at]).max(initial=0.0)) / peak) < -60.0
    # The hit is within 18 dB of its peak 3 ms later, and already audible after one.
    assert db(float(np.abs(dry[:, at : at + RATE // 1000]).max()) / peak) > -26.0
    assert db(float(np.abs(dry[:, at : at + 3 * RATE // 1000]).max()) / peak) > -18.0


@each_sound
def test_take_is_finite_without_dc_below_the_peak_and_ends_silent(family: str, fields: dict[str, Any]) -> None:
    dry, _ = render_one(make_request(family, onsets=(0.0, 0.4, 0.5), intensity=1.0, **fields))
    assert dry.dtype == np.float32
    assert dry.shape[0] in (1, 2)
    assert np.isfinite(dry).all()
    assert true_peak_dbtp(dry) <= -1.0
    assert float(np.abs(dry).max()) > 0.2
    assert abs(float(dry.mean())) < 1e-4
    assert db(float(np.abs(dry[:, -48:]).max()) / float(np.abs(dry).max())) < -40.0
    assert dry[:, -1].max() == 0.0


@few_sounds
def test_same_seed_same_bytes_and_other_seed_another_take(family: str, fields: dict[str, Any]) -> None:
    first, _ = render_one(make_request(family, onsets=(0.3,), seed=1, **fields))
    again, _ = render_one(make_request(family, onsets=(0.3,), seed=1, **fields))
    other, _ = render_one(make_request(family, onsets=(0.3,), seed=2, **fields))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


@each_sound
def test_no_two_hits_are_equal(family: str, fields: dict[str, Any]) -> None:
    onsets = (0.5, 2.0, 3.5)
    dry, start_s = render_one(make_request(family, onsets=onsets, **fields))
    starts = [round((t - start_s) * RATE) for t in onsets]
    padded = np.pad(dry[0], (0, RATE // 5))
    hits = [padded[a : a + RATE // 5] for a in starts]
    for one, two in ((0, 1), (1, 2), (0, 2)):
        # Equal hits would leave nothing after the best gain is taken out.
        gain = float(hits[one] @ hits[two] / (hits[two] @ hits[two]))
        rest = hits[one] - gain * hits[two]
        assert db(float(np.linalg.norm(rest) / np.linalg.norm(hits[one]))) > -30.0


@each_sound
def test_larger_sounds_lower(family: str, fields: dict[str, Any]) -> None:
    onsets = (0.3, 1.6, 2.9)
    sizes = ("small", "medium", "large", "very_large")
    heights = [
        centroid_hz(render_one(make_request(family, onsets=onsets, size=size, **fields))[0][0]) for size in sizes
    ]
    assert heights == sorted(heights, reverse=True), heights


@each_sound
def test_strength_raises_level_and_brightness(family: str, fields: dict[str, Any]) -> None:
    onsets = (0.3, 2.0, 3.7)
    weak_dry, _ = render_one(make_request(family, onsets=onsets, strengths=(0.2,) * 3, intensity=0.8, **fields))
    hard_dry, _ = render_one(make_request(family, onsets=onsets, strengths=(1.0,) * 3, intensity=0.8, **fields))
    assert 9.0 < db(float(np.abs(hard_dry).max() / np.abs(weak_dry).max())) < 20.0
    assert centroid_hz(hard_dry[0]) > centroid_hz(weak_dry[0])


@few_sounds
def test_intensity_raises_the_level_by_up_to_12_db(family: str, fields: dict[str, Any]) -> None:
    soft, _ = render_one(make_request(family, onsets=(0.5,), intensity=0.0, **fields))
    loud, _ = render_one(make_request(family, onsets=(0.5,), intensity=1.0, **fields))
    assert 8.0 < db(float(np.abs(loud).max() / np.abs(soft).max())) < 15.0


@each_sound
def test_dense_onsets_keep_their_attacks(family: str, fields: dict[str, Any]) -> None:
    onsets = tuple(0.5 + 0.03 * k for k in range(12))
    dry, start_s = render_one(make_request(family, onsets=onsets, intensity=0.9, **fields))
    high = np.diff(dry[0], prepend=0.0)
    rises = []
    for onset_s in onsets:
        at = round((onset_s - start_s) * RATE)
        before = float(np.sqrt(np.mean(high[max(0, at - 96) : at] ** 2)))
        after = float(np.sqrt(np.mean(high[at : at + 144] ** 2)))
        rises.append(db(after / max(before, 1e-9)))
    assert float(np.median(rises)) > 3.0, rises


@few_sounds
def test_short_clip_and_first_sample(family: str, fields: dict[str, Any]) -> None:
    dry, start_s = render_one(make_request(family, onsets=(0.0,), clip_s=0.2, intensity=0.8, **fields))
    assert start_s == 0.0
    assert db(float(np.abs(dry[:, :144]).max() / np.abs(dry).max())) > -20.0


@pytest.mark.parametrize(("family", "fields"), [*SOUNDS, WHOOSH], ids=[*IDS, "whoosh"])
def test_steady_event_sounds_inside_its_spans(family: str, fields: dict[str, Any]) -> None:
    rising = Span(start_s=9.0, end_s=10.0, level_times_s=(9.0, 10.0), levels=(0.0, 1.0))
    dry, start_s = render_one(make_request(family, spans=(Span(start_s=0.5, end_s=2.0), rising), **fields))
    times = start_s + np.arange(dry.shape[1]) / RATE
    peak = float(np.abs(dry).max())
    assert peak > 0.05
    # The last of a long ring or creak may reach out of the first span, not to the second one.
    assert db(float(np.abs(dry[:, (times > 8.5) & (times < 8.75)]).max(initial=0.0)) / peak) < -30.0
    assert db(float(np.abs(dry[:, (times > 0.5) & (times < 2.0)]).max()) / peak) > -12.0
    assert abs(float(dry.mean())) < 1e-4
    assert true_peak_dbtp(dry) <= -1.0


def test_whoosh_peaks_at_its_onset_and_swells_before() -> None:
    dry, start_s = render_one(make_request("whoosh", onsets=(1.0,), intensity=0.8))
    envelope = np.sqrt(np.convolve(dry[0] ** 2, np.ones(960) / 960, mode="same"))
    peak_s = start_s + int(np.argmax(envelope)) / RATE
    assert 0.97 < peak_s < 1.06
    assert start_s == pytest.approx(1.0 - 0.25 - 0.02, abs=0.001)


def test_whoosh_at_zero_is_cut_not_negative() -> None:
    dry, start_s = render_one(make_request("whoosh", onsets=(0.05,)))
    assert start_s == 0.0
    assert np.isfinite(dry).all()


def test_hundredfold_crowd_of_animals_fills_two_channels() -> None:
    spans = (Span(start_s=0.0, end_s=4.0),)
    dry, _ = render_one(make_request("animal", spans=spans, variant="sheep", count=100))
    assert dry.shape[0] == 2
    left, right = dry.astype(np.float64)
    assert abs(float(np.corrcoef(left, right)[0, 1])) < 0.5
    blocks = np.abs(dry[:, : 4 * RATE]).reshape(2, 40, -1).max(axis=(0, 2))
    assert (blocks > 0.02 * blocks.max()).mean() > 0.8


@pytest.mark.parametrize("family", ["footsteps", "impact", "percussion", "animal", "door", "bell"])
def test_unknown_variant_falls_back(family: str) -> None:
    dry, _ = render_one(make_request(family, onsets=(0.2,), variant="zzz_unheard_of", material="?", surface="<b>"))
    assert float(np.abs(dry).max()) > 0.05


def test_every_family_of_the_script_has_a_module_name() -> None:
    assert set(MODULES) == set(FAMILIES)
    assert MODULES["engine"] == "vehicle"


def test_unknown_family_is_refused() -> None:
    with pytest.raises(EngineError, match="no procedural family is called 'kazoo'"):
        load("kazoo")


def test_unsupported_rate_is_refused() -> None:
    with pytest.raises(EngineError, match="1000 Hz"):
        ProceduralEngine().render([make_request("impact", onsets=(0.1,), rate=1000)])


@pytest.mark.parametrize("rate", [16_000, 44_100, 96_000])
def test_onset_is_exact_at_other_rates(rate: int) -> None:
    dry, start_s = render_one(make_request("impact", onsets=(0.777,), rate=rate, material="metal", intensity=0.8))
    at = round((0.777 - start_s) * rate)
    peak = float(np.abs(dry).max())
    assert float(np.abs(dry[:, :at]).max()) < 0.001 * peak < float(np.abs(dry[:, at : at + rate // 500]).max())


def test_a_bed_that_the_clip_opens_on_sounds_from_the_first_sample() -> None:
    dry, start_s = render_one(make_request("wind", spans=(Span(start_s=0.0, end_s=2.0),)))
    level = [float(np.sqrt(np.mean(dry[:, n : n + RATE // 50] ** 2))) for n in range(0, RATE, RATE // 50)]
    assert start_s == 0.0
    assert level[0] > 0.3 * float(np.median(level))


def test_order_and_bytes_do_not_depend_on_workers() -> None:
    families = ("impact", "animal", "glass", "door")
    requests = [make_request(f, onsets=(0.1, 0.6), seed=s) for s in (1, 2) for f in families]
    alone = ProceduralEngine(workers=1).render(requests)
    together = ProceduralEngine(workers=3).render(requests)
    assert [whole(t.dry).tobytes() for t in alone] == [whole(t.dry).tobytes() for t in together]


def test_engine_is_registered_and_keeps_provenance() -> None:
    engine: Engine = get_engine("procedural")
    take = engine.render([make_request("bell", onsets=(0.1,), size="large")])[0]
    assert take.engine.startswith("procedural")
    assert take.licence == "generated"
    assert take.parameters["family"] == "bell"
    assert take.parameters["size"] == "large"
    assert take.parameters["seed"] == 7


def test_clues_match_the_beginnings_of_words() -> None:
    assert mentions("boots running on gravel", ("run",))
    assert not mentions("crunch of thousand shrugs", ("run", "sand", "rug"))
