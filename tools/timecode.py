"""SMPTE timecode in exact arithmetic (ST 12-1), and the TimeReference of Broadcast Wave (EBU Tech 3285).

Timecode is a name for a frame: it counts frames in a whole *nominal* base (24 for 23.976, 30 for 29.97, 15 for 14.96).
Time is frames divided by the exact rate. Drop-frame leaves out names, never frames: two of them (four at 59.94, eight
at 119.88) at each minute that is not a multiple of ten, so that names keep up with the clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from foleydesigner.errors import ClipError

ZERO_TIMECODE = "00:00:00:00"
_DAY_S = 86_400
_PATTERN = re.compile(r"(\d{1,2})[:;.](\d{2})[:;.](\d{2})([:;.])(\d{2,3})", re.ASCII)


def normalised_timecode(text: str) -> str | None:
    """`text` as `HH:MM:SS:FF`, `;` before the frames for drop-frame (also written `.`); None when it is no timecode."""
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds, separator, frames = match.groups()
    if int(hours) > 23 or int(minutes) > 59 or int(seconds) > 59:
        return None
    return f"{int(hours):02d}:{minutes}:{seconds}{':' if separator == ':' else ';'}{frames}"


@dataclass(frozen=True, slots=True)
class TimeBase:
    """How frames are named: the exact rate in frames per second, and whether names are dropped.

    Drop-frame holds only at 30, 60 and 120 × 1000/1001 (to one part in ten thousand, since headers round 29.97); asked
    for at any other rate it is not applied.
    """

    rate: Fraction
    drop_frame: bool = False

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ClipError(f"a frame rate of {self.rate}", "one above 0 frames per second", "check the clip's header")

    @property
    def nominal(self) -> int:
        """Frame names a second: the rate rounded half up, at least 1."""
        return max(1, int(self.rate + Fraction(1, 2)))

    @property
    def dropped_a_minute(self) -> int:
        """Names left out at a minute that is not a multiple of ten; 0 without drop-frame."""
        if not self.drop_frame or self.nominal % 30:
            return 0
        pulled_down = Fraction(self.nominal * 1000, 1001)
        return self.nominal // 15 if abs(self.rate / pulled_down - 1) < Fraction(1, 10_000) else 0

    @property
    def frames_a_day(self) -> int:
        """Frames named in 24 hours of timecode."""
        return self.nominal * _DAY_S - self.dropped_a_minute * (24 * 60 - 24 * 6)

    def frames(self, timecode: str) -> int:
        """Frames since 00:00:00:00 that `timecode` names.

        Raises:
            ClipError: not a timecode of this base (a frame number at or above the base, or a dropped name).
        """
        text = normalised_timecode(timecode)
        if text is None:
            raise _bad(timecode, "HH:MM:SS:FF, with ';' before the frames for drop-frame")
        hours, minutes, seconds, frames = (int(part) for part in re.split("[:;]", text))
        if frames >= self.nominal:
            raise _bad(timecode, f"a frame number under {self.nominal}")
        dropped = self.dropped_a_minute
        if seconds == 0 and frames < dropped and minutes % 10:
            raise _bad(timecode, f"a name that drop-frame keeps (from frame {dropped:02d} in this minute)")
        total_minutes = 60 * hours + minutes
        return (60 * total_minutes + seconds) * self.nominal + frames - dropped * (total_minutes - total_minutes // 10)

    def timecode(self, frames: int) -> str:
        """Name of the frame `frames` after 00:00:00:00, wrapped at 24 hours; the inverse of `frames`."""
        number, dropped = frames % self.frames_a_day, self.dropped_a_minute
        if dropped:
            tens, rest = divmod(number, 600 * self.nominal - 9 * dropped)
            # The first minute of ten is whole; each later one is `dropped` names short.
            later = max(0, rest - dropped) // (60 * self.nominal - dropped)
            number += dropped * (9 * tens + later)
        seconds, frame = divmod(number, self.nominal)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        digits = max(2, len(str(self.nominal - 1)))
        return f"{hour:02d}:{minute:02d}:{second:02d}{';' if dropped else ':'}{frame:0{digits}d}"

    def seconds(self, timecode: str) -> Fraction:
        """Exact seconds from 00:00:00:00 to the frame that `timecode` names."""
        return self.frames(timecode) / self.rate

    def describe(self) -> str:
        """The time base in words, for the head of a sheet."""
        exact = f"{float(self.rate):.6g} frames/s ({self.rate.numerator}/{self.rate.denominator})"
        counting = "drop-frame" if self.dropped_a_minute else "non-drop"
        return f"{exact}, timecode counted in {self.nominal} frames a second, {counting}"


def time_base(rate: Fraction, start_timecode: str) -> TimeBase:
    """The base of a clip: drop-frame when its start timecode is written with ';'."""
    return TimeBase(rate, ";" in start_timecode)


def clip_timecode(rate: Fraction, start_timecode: str, time_s: float) -> str:
    """Timecode of the frame on screen `time_s` seconds after the clip's first.

    A microsecond is forgiven, so that a frame's own time, rounded down in a float, still names that frame.
    """
    base = time_base(rate, start_timecode)
    elapsed = int((Fraction(time_s) + Fraction(1, 1_000_000)) * rate)
    return base.timecode(base.frames(start_timecode) + elapsed)


def time_reference(
    rate: Fraction, start_timecode: str, offset_s: float | Fraction = 0, sample_rate_hz: int = 48_000
) -> int:
    """Samples since midnight of the point `offset_s` seconds after the clip's first frame, to the nearest sample.

    Midnight is frame 00:00:00:00; 01:00:00:00 at 23.976 is 3603.6 s, thus 172 972 800 samples at 48 kHz. Offsets before
    midnight or past the day wrap.

    Raises:
        ClipError: `start_timecode` is not one of this rate.
    """
    base = time_base(rate, start_timecode)
    day = base.frames_a_day / rate * sample_rate_hz
    samples = (base.seconds(start_timecode) + Fraction(offset_s)) * sample_rate_hz
    return int(samples % day + Fraction(1, 2))


def _bad(timecode: str, expected: str) -> ClipError:
    return ClipError(f"the timecode {timecode!r}", expected, "correct the clip's timecode tag or remove it")
