"""Timecode as a way to count: every name once, in order, drop-frame by its closed form."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from foleydesigner.tools.timecode import TimeBase, clip_timecode, normalised_timecode, time_base, time_reference

FAST = settings(derandomize=True, deadline=None, max_examples=100)
DROPPING = st.sampled_from([Fraction(n * 1000, 1001) for n in (30, 60, 120)])
RATES = st.one_of(DROPPING, st.fractions(Fraction(1, 2), 240, max_denominator=1001))
BASES = st.builds(TimeBase, RATES, st.booleans())


def parts(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.replace(";", ":").split(":"))


@FAST
@given(BASES, st.integers(0, 10**9))
def test_a_frame_has_a_name_and_the_name_its_frame(base: TimeBase, frame: int) -> None:
    name = base.timecode(frame)
    assert normalised_timecode(name) == name
    assert base.frames(name) == frame % base.frames_a_day


@FAST
@given(BASES, st.integers(0, 10**7), st.integers(1, 10**5))
def test_later_frames_have_later_names(base: TimeBase, frame: int, more: int) -> None:
    frame %= base.frames_a_day
    later = min(frame + more, base.frames_a_day - 1)
    assert (parts(base.timecode(frame)) < parts(base.timecode(later))) == (frame < later)


@FAST
@given(DROPPING, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 119))
def test_drop_frame_leaves_out_the_names_that_the_standard_says(
    rate: Fraction, hour: int, minute: int, second: int, frame: int
) -> None:
    base = TimeBase(rate, drop_frame=True)
    frame %= base.nominal
    dropped = base.nominal // 15
    skipped = second == 0 and minute % 10 != 0 and frame < dropped
    frame = frame + dropped if skipped else frame
    digits = 3 if base.nominal > 100 else 2
    whole = 60 * hour + minute
    # ST 12-1: two names (four, eight) go at every minute but the tenth.
    count = (60 * whole + second) * base.nominal + frame - dropped * sum(m % 10 != 0 for m in range(1, whole + 1))
    assert base.timecode(count) == f"{hour:02d}:{minute:02d}:{second:02d};{frame:0{digits}d}"


@FAST
@given(DROPPING, st.integers(0, 10**7))
def test_drop_frame_names_keep_up_with_the_clock(rate: Fraction, frame: int) -> None:
    base = TimeBase(rate, drop_frame=True)
    frame %= base.frames_a_day
    hours, minutes, seconds, number = parts(base.timecode(frame))
    named_s = 3600 * hours + 60 * minutes + seconds + Fraction(number, base.nominal)
    # 3.6 ms an hour is what 1000/1001 leaves over; within a minute the dropped names are still to come.
    assert abs(named_s - frame / rate) < Fraction(1, 8)


@FAST
@given(RATES, st.integers(0, 10**5), st.fractions(0, Fraction(98, 100), max_denominator=1000))
def test_the_frame_on_screen_is_named_all_the_time_that_it_is_shown(
    rate: Fraction, frame: int, within: Fraction
) -> None:
    start = TimeBase(rate).timecode(1000)
    name = clip_timecode(rate, start, float((frame + within) / rate))
    base = time_base(rate, start)
    assert base.frames(name) == (1000 + frame) % base.frames_a_day


@FAST
@given(RATES, st.integers(0, 10**5))
def test_the_time_reference_is_the_exact_time_in_samples(rate: Fraction, frame: int) -> None:
    start = TimeBase(rate).timecode(frame)
    assert abs(time_reference(rate, start, 0.0) - 48_000 * (frame % TimeBase(rate).frames_a_day) / rate) <= Fraction(
        1, 2
    )
