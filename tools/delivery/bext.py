"""The broadcast extension chunk (`bext`), version 2: EBU Tech 3285, May 2011."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, replace

from foleydesigner.errors import DeliveryError
from foleydesigner.mix import LoudnessReport

# Description, Originator, OriginatorReference, OriginationDate, OriginationTime, TimeReference, Version, UMID,
# five loudness words, 180 reserved bytes; CodingHistory follows.
_FIXED = struct.Struct("<256s32s32s10s8sQH64s5h180s")
_UNUSED = 0x7FFF  # "if the value is not used it shall be 7FFFh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bext:
    """Fields of the chunk. Text is ASCII on disk: other characters become "?".

    Attributes:
        time_reference: samples from midnight to the first sample of the file.
        origination_date: yyyy-mm-dd, given by the job; nothing here reads a clock.
        origination_time: hh:mm:ss.
        loudness_value_lufs: integrated loudness; the five loudness figures are None where not measured.
    """

    description: str = ""
    originator: str = "FoleyDesigner"
    originator_reference: str = ""
    origination_date: str = "1970-01-01"
    origination_time: str = "00:00:00"
    time_reference: int = 0
    loudness_value_lufs: float | None = None
    loudness_range_lu: float | None = None
    max_true_peak_dbtp: float | None = None
    max_momentary_lufs: float | None = None
    max_short_term_lufs: float | None = None
    coding_history: str = "A=PCM,F=48000,W=24,T=FoleyDesigner\r\n"

    def with_loudness(self, report: LoudnessReport) -> Bext:
        """The same chunk with the measured loudness filled in."""
        return replace(
            self,
            loudness_value_lufs=report.integrated_lufs,
            loudness_range_lu=report.loudness_range_lu,
            max_true_peak_dbtp=report.true_peak_dbtp,
            max_momentary_lufs=report.momentary_max_lufs,
            max_short_term_lufs=report.short_term_max_lufs,
        )

    def encode(self) -> bytes:
        """The chunk's bytes, without name and size.

        Raises:
            DeliveryError: the time reference does not fit.
        """
        if not 0 <= self.time_reference < 1 << 64:
            raise DeliveryError(
                f"a time reference of {self.time_reference} samples",
                "samples since midnight",
                "check the start timecode",
            )
        loudness = (
            self.loudness_value_lufs,
            self.loudness_range_lu,
            self.max_true_peak_dbtp,
            self.max_momentary_lufs,
            self.max_short_term_lufs,
        )
        fixed = _FIXED.pack(
            _ascii(self.description),
            _ascii(self.originator),
            _ascii(self.originator_reference),
            _ascii(self.origination_date),
            _ascii(self.origination_time),
            self.time_reference,
            2,
            bytes(64),
            *(_hundredths(value) for value in loudness),
            bytes(180),
        )
        return fixed + _ascii(self.coding_history, keep="\r\n")

    @classmethod
    def decode(cls, data: bytes) -> Bext:
        """Read a chunk.

        Raises:
            DeliveryError: it is shorter than the standard's 602 bytes.
        """
        if len(data) < _FIXED.size:
            raise DeliveryError(f"a bext chunk of {len(data)} bytes", f"at least {_FIXED.size}", "print the file again")
        *texts, reference, version, _umid, value, lra, peak, momentary, short, _rest = _FIXED.unpack_from(data)
        text = [part.split(b"\0", 1)[0].decode("ascii", "replace") for part in texts]
        figures = [None if n == _UNUSED or version < 2 else n / 100 for n in (value, lra, peak, momentary, short)]
        return cls(
            description=text[0],
            originator=text[1],
            originator_reference=text[2],
            origination_date=text[3],
            origination_time=text[4],
            time_reference=reference,
            loudness_value_lufs=figures[0],
            loudness_range_lu=figures[1],
            max_true_peak_dbtp=figures[2],
            max_momentary_lufs=figures[3],
            max_short_term_lufs=figures[4],
            coding_history=data[_FIXED.size :].rstrip(b"\0").decode("ascii", "replace"),
        )


def _hundredths(value: float | None) -> int:
    """`round(100 · value)` as a signed word, the limits of -99.99 … 99.99 kept; 7FFFh for what is not known."""
    if value is None or not math.isfinite(value):
        return _UNUSED
    return max(-9999, min(9999, round(100.0 * value)))


def _ascii(text: str, keep: str = "") -> bytes:
    clean = "".join(c if c.isprintable() or c in keep else " " for c in text)
    return clean.encode("ascii", "replace")
