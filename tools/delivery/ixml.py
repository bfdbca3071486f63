"""The iXML chunk: track names and the time base, in the XML that production sound recorders write (iXML 2.0)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from xml.etree import ElementTree


def document(
    track_names: Sequence[str],
    *,
    project: str = "",
    note: str = "",
    sample_rate_hz: int = 48_000,
    frame_rate: Fraction | None = None,
    drop_frame: bool = False,
    time_reference: int = 0,
) -> bytes:
    """The document as UTF-8.

    Args:
        track_names: one a channel, in file order.
        project: the clip's name.
        note: anything for people.
        sample_rate_hz: samples a second.
        frame_rate: exact nominal frame rate, written as a fraction ("24000/1001"); None leaves it out.
        drop_frame: timecode counts in drop-frame.
        time_reference: samples from midnight to the first sample.
    """
    root = ElementTree.Element("BWFXML")
    _leaf(root, "IXML_VERSION", "2.0")
    _leaf(root, "PROJECT", project)
    _leaf(root, "NOTE", note)
    speed = ElementTree.SubElement(root, "SPEED")
    if frame_rate is not None:
        _leaf(speed, "TIMECODE_RATE", f"{frame_rate.numerator}/{frame_rate.denominator}")
        _leaf(speed, "TIMECODE_FLAG", "DF" if drop_frame else "NDF")
    _leaf(speed, "FILE_SAMPLE_RATE", str(sample_rate_hz))
    _leaf(speed, "AUDIO_BIT_DEPTH", "24")
    _leaf(speed, "TIMESTAMP_SAMPLE_RATE", str(sample_rate_hz))
    _leaf(speed, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", str(time_reference >> 32))
    _leaf(speed, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", str(time_reference & 0xFFFF_FFFF))
    tracks = ElementTree.SubElement(root, "TRACK_LIST")
    _leaf(tracks, "TRACK_COUNT", str(len(track_names)))
    for index, name in enumerate(track_names, start=1):
        track = ElementTree.SubElement(tracks, "TRACK")
        _leaf(track, "CHANNEL_INDEX", str(index))
        _leaf(track, "INTERLEAVE_INDEX", str(index))
        _leaf(track, "NAME", name)
    body: str = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _leaf(parent: ElementTree.Element, tag: str, text: str) -> None:
    # XML 1.0 cannot hold control characters or lone surrogates, escaped or not.
    ElementTree.SubElement(parent, tag).text = "".join(
        c for c in text if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF
    )
