from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foleydesigner.errors import ClipError
from foleydesigner.tools.timecode import TimeBase, clip_timecode, normalised_timecode, time_base, time_reference

NTSC = Fraction(30_000, 1001)
NTSC_60 = Fraction(60_000, 1001)
FILM_NTSC = Fraction(24_000, 1001)


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        # SMPTE ST 12-1: 108 names an hour are dropped at 29.97, 216 at 59.94
        ("01:00:00;00", NTSC, 107_892),
        ("01:00:00;00", NTSC_60, 215_784),
        ("00:01:00;02", NTSC, 1_800),
        ("00:00:59;29", NTSC, 1_799),
        ("00:10:00;00", NTSC, 17_982),
        ("23:59:59;29", NTSC, 2_589_407),
        ("01:00:00:00", NTSC, 108_000),
        ("01:00:00:00", FILM_NTSC, 86_400),
        ("01:00:00:00", Fraction(25), 90_000),
        ("00:00:01:00", Fraction(374, 25), 15),
        ("00:00:01:00", Fraction(43, 2), 22),
        ("00:00:01:00", Fraction(162, 5), 32),
    ],
)
def test_known_frame_counts(text: str, rate: Fraction, frames: int) -> None:
    base = time_base(rate, text)
    assert base.frames(text) == frames
    assert base.timecode(frames) == text


@given(st.integers(0, 2_589_407), st.sampled_from([NTSC, Fraction(2997, 100)]))
def test_drop_frame_round_trip(frames: int, rate: Fraction) -> None:
    base = TimeBase(rate, drop_frame=True)
    assert base.frames(base.timecode(frames)) == frames


@given(st.integers(0, 10_000_000), st.fractions(Fraction(1, 2), 240, max_denominator=1001))
def test_any_rate_round_trip(frames: int, rate: Fraction) -> None:
    base = TimeBase(rate)
    assert base.frames(base.timecode(frames)) == frames % base.frames_a_day


def test_drop_frame_keeps_up_with_the_clock() -> None:
    base = TimeBase(NTSC, drop_frame=True)
    # SMPTE ST 12-1: 3.6 ms an hour, 86.4 ms a day behind
    assert base.seconds("01:00:00;00") == 3600 - Fraction(36, 10_000)
    assert base.frames_a_day / base.rate == 86_400 - Fraction(864, 10_000)


def test_names_wrap_at_midnight_and_drop_is_ignored_elsewhere() -> None:
    assert TimeBase(NTSC, drop_frame=True).timecode(2_589_408) == "00:00:00;00"
    assert TimeBase(Fraction(25), drop_frame=True).timecode(25 * 60) == "00:01:00:00"
    assert TimeBase(Fraction(120)).timecode(119) == "00:00:00:119"


@pytest.mark.parametrize("text", ["00:01:00;00", "00:00:00;30", "hello", "25:00:00:00", "00:61:00:00", "0:0:0:0"])
def test_bad_timecode_is_refused(text: str) -> None:
    with pytest.raises(ClipError, match="timecode"):
        TimeBase(NTSC, drop_frame=True).frames(text)


def test_rate_must_be_positive() -> None:
    with pytest.raises(ClipError, match="rate"):
        TimeBase(Fraction(0))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("01:02:03:04", "01:02:03:04"),
        ("01:02:03.04", "01:02:03;04"),
        ("01;02;03;04", "01:02:03;04"),
        (" 1:02:03:04 ", "01:02:03:04"),
        ("24:00:00:00", None),
        ("01:02:03", None),
        ("", None),
    ],
)
def test_normalised(text: str, normal: str | None) -> None:
    assert normalised_timecode(text) == normal


@pytest.mark.parametrize(
    ("rate", "start", "offset_s", "samples"),
    [
        (Fraction(25), "00:00:00:00", 0.0, 0),
        (Fraction(25), "01:00:00:00", 0.0, 172_800_000),
        # pulled-down hour: 3603.6 s at 48 kHz
        (FILM_NTSC, "01:00:00:00", 0.0, 172_972_800),
        (NTSC, "01:00:00:00", 0.0, 172_972_800),
        # 107 892 frames at 30000/1001 last 3599.9964 s
        (NTSC, "01:00:00;00", 0.0, 172_799_827),
        (Fraction(25), "10:00:00:00", 1.5, 1_728_072_000),
        (Fraction(374, 25), "00:00:01:00", 0.0, 48_128),
        (Fraction(25), "00:00:00:00", -1.0, 86_399 * 48_000),
    ],
)
def test_time_reference(rate: Fraction, start: str, offset_s: float, samples: int) -> None:
    assert time_reference(rate, start, offset_s) == samples


def test_clip_timecode_names_the_frame_on_screen() -> None:
    assert clip_timecode(Fraction(25), "01:00:00:00", 0.0) == "01:00:00:00"
    assert clip_timecode(Fraction(25), "01:00:00:00", 0.0399) == "01:00:00:00"
    assert all(TimeBase(NTSC).frames(clip_timecode(NTSC, "00:00:00:00", n * 1001 / 30_000)) == n for n in range(2000))


def test_description_states_the_base() -> None:
    stated = "14.96 frames/s (374/25), timecode counted in 15 frames a second, non-drop"
    assert TimeBase(Fraction(374, 25)).describe() == stated
    assert TimeBase(NTSC, drop_frame=True).describe().endswith("drop-frame")
