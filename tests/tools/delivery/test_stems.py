"""Stems: where they start, how they are called, and that they sum to the mix."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleydesigner.errors import DeliveryError
from foleydesigner.evidence import ClipInfo, Shot
from foleydesigner.script import FoleyScript, Placement, SceneSpace, SoundEvent
from foleydesigner.tools.delivery.bwf import read_bext, read_chunk
from foleydesigner.tools.delivery.layouts import STEREO
from foleydesigner.tools.delivery.stems import (
    PrintSession,
    Stem,
    mix_stem,
    plan_stems,
    stem_bext,
    sum_difference_db,
    write_stem,
)

SESSION = PrintSession(job_id="job42", title="yard", frame_rate=Fraction(24000, 1001), origin_samples=172_972_800)


def script(*labels: str) -> FoleyScript:
    clip = ClipInfo(
        name="yard.mp4",
        sha256="0" * 64,
        width_px=64,
        height_px=36,
        rate_num=25,
        rate_den=1,
        frame_count=250,
        duration_s=10,
    )
    events = tuple(
        SoundEvent(
            id=f"event_{i}",
            label=label,
            prompt=label,
            family="footsteps",
            layer="feet",
            kind="impulsive",
            onsets_s=(1.5 + i,),
            strengths=(1.0,),
            placement=Placement(kind="screen", x=0.5),
            origin="picture",
            ucs_id="FEETHmn",
        )
        for i, label in enumerate(labels)
    )
    return FoleyScript(
        clip=clip,
        shots=(Shot(id="shot_1", start_frame=0, end_frame=250, start_s=0, end_s=10),),
        events=events,
        spaces=(SceneSpace(scene_id="yard", start_s=0, end_s=10, interior=False, target_rt60_s=0.5),),
    )


def test_plan_names_every_event_layer_and_return_once() -> None:
    stems = plan_stems(script("boots", "boots", "../../x"), {"event_0": 1.4, "event_1": 2.4}, "job42", ["yard"])
    assert [s.kind for s in stems] == ["event", "event", "layer", "return"]
    assert [s.file_name for s in stems] == [
        "FEETHmn_Boots_FoleyDesigner_job42.wav",
        "FEETHmn_Boots-2_FoleyDesigner_job42.wav",
        "FOLYFeet_Layer-Feet_FoleyDesigner_job42.wav",
        "DSGNMisc_Reverb-Return-Yard_FoleyDesigner_job42.wav",
    ]


def test_event_stem_stands_at_its_time_reference(tmp_path: Path) -> None:
    stem = plan_stems(script("boots"), {"event_0": 1.25}, "job42")[0]
    sound = np.full((2, 480), 0.25, np.float32)
    path = write_stem(tmp_path / stem.file_name, stem, (b for b in (sound, sound)), STEREO, SESSION)
    bext = read_bext(path)
    assert bext.time_reference == 172_972_800 + 60_000
    assert bext.description == "yard: Feet - boots"
    assert soundfile.info(path).frames == 960
    text = read_chunk(path, "iXML").decode()
    assert "<NAME>Feet - boots L</NAME>" in text
    assert "<TIMECODE_RATE>24000/1001</TIMECODE_RATE>" in text


def test_a_stem_before_midnight_is_refused() -> None:
    session = PrintSession(job_id="j", title="t", frame_rate=Fraction(25))
    with pytest.raises(DeliveryError, match="480 samples before midnight"):
        stem_bext(Stem(kind="event", id="e", file_name="e.wav", title="e", start_s=-0.01), session)


def test_dither_differs_from_stem_to_stem_and_not_from_print_to_print(tmp_path: Path) -> None:
    session = PrintSession(job_id="j", title="t", frame_rate=Fraction(25), dither_seed=7)
    silence = np.zeros((2, 1000), np.float32)
    files = [
        write_stem(tmp_path / f"{n}.wav", mix_stem(m), silence, STEREO, session) for n, m in enumerate(("a", "a", "b"))
    ]
    data = [read_chunk(path, "data") for path in files]
    assert data[0] == data[1]
    assert data[0] != data[2]


def test_parts_sum_to_the_mix(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    parts = [rng.normal(0, 0.05, (2, 96_000)).astype(np.float32) for _ in range(3)]
    files = [write_stem(tmp_path / f"{i}.wav", mix_stem("part"), part, STEREO, SESSION) for i, part in enumerate(parts)]
    mix = write_stem(tmp_path / "mix.wav", mix_stem("stereo"), sum(parts), STEREO, SESSION)
    # Four roundings of variance 1/12 step against a power of 3 * 0.05^2: -129.4 dB.
    expected_db = 10 * np.log10(4 / 12 / 2**46 / (3 * 0.05**2))
    assert sum_difference_db(mix, files) == pytest.approx(expected_db, abs=0.5)
    assert sum_difference_db(mix, files[:2]) == pytest.approx(10 * np.log10(1 / 3), abs=0.1)
    assert sum_difference_db(mix, [mix]) == -200.0


def test_parts_of_another_job_are_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "mix.wav", np.zeros((10, 2)), 48_000)
    soundfile.write(tmp_path / "part.wav", np.zeros((11, 2)), 48_000)
    with pytest.raises(DeliveryError, match="at most 10 samples"):
        sum_difference_db(tmp_path / "mix.wav", [tmp_path / "part.wav"])
