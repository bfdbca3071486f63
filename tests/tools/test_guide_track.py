"""The sound a clip came with."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from foleydesigner.tools.guide_track import RATE_HZ, write_guide_track


def clip(path: Path, *, sound: bool) -> Path:
    """A second of black, with a tone of half a second where it has sound."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", rate=Fraction(25))
        picture.width, picture.height, picture.pix_fmt = 64, 36, "yuv420p"
        voice = container.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for _ in range(25):
            frame = av.VideoFrame.from_ndarray(np.zeros((36, 64, 3), np.uint8), format="rgb24")
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
        if voice is not None:
            tone = (0.5 * np.sin(np.arange(24_000) * 0.1)).astype(np.float32)[None, :]
            heard = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
            heard.sample_rate = 48_000
            container.mux(voice.encode(heard))
            container.mux(voice.encode())
    return path


def test_a_clip_with_sound_has_a_guide(tmp_path: Path) -> None:
    assert write_guide_track(clip(tmp_path / "a.mp4", sound=True), tmp_path / "g.wav")
    audio, rate = soundfile.read(tmp_path / "g.wav")
    assert rate == RATE_HZ
    assert audio.size == pytest.approx(0.5 * RATE_HZ, abs=0.05 * RATE_HZ)
    assert np.sqrt((audio[800:3000] ** 2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_a_silent_clip_or_none_has_no_guide(tmp_path: Path) -> None:
    assert not write_guide_track(clip(tmp_path / "a.mp4", sound=False), tmp_path / "g.wav")
    (tmp_path / "x.mp4").write_text("no film")
    assert not write_guide_track(tmp_path / "x.mp4", tmp_path / "g.wav")
    assert not (tmp_path / "g.wav").exists()
