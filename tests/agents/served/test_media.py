"""Pictures and sounds as models take them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleydesigner.agents.served.endpoints import Traits, traits_of
from foleydesigner.agents.served.media import KeyframeFile, contact_sheet, picture, pictures_of, sound_file

QWEN = traits_of("Qwen/Qwen2.5-VL-7B-Instruct")


@pytest.mark.parametrize(("height", "width"), [(360, 640), (1080, 1920), (640, 360), (90, 160), (2160, 4096)])
def test_sides_are_such_that_the_model_resizes_nothing(height: int, width: int) -> None:
    made = picture("p", "x", np.zeros((height, width, 3), np.uint8), QWEN)
    assert made.width_px % 28 == made.height_px % 28 == 0
    assert abs(max(made.width_px, made.height_px) - QWEN.image_side_px) <= 14
    assert made.width_px / made.height_px == pytest.approx(width / height, rel=0.06)
    assert made.jpeg.startswith(b"\xff\xd8")
    assert f"{made.width_px} x {made.height_px}" in made.caption


def _files(tmp_path: Path, count: int) -> list[KeyframeFile]:
    import cv2

    files = []
    for number in range(count):
        path = tmp_path / f"shot_0_{number:06d}.jpg"
        cv2.imwrite(str(path), np.full((36, 64, 3), 20 * number, np.uint8))
        files.append(KeyframeFile("shot_0", number, number / 25, path))
    return files


def test_too_many_keyframes_become_contact_sheets(tmp_path: Path) -> None:
    files = _files(tmp_path, 10)
    assert len(pictures_of(files[:8], Traits(most_images=8))) == 8
    sheets = pictures_of(files, Traits(most_images=3))
    assert len(sheets) == 3
    assert sum(sheet.caption.count("frame ") for sheet in sheets) == 10
    assert "frame 9, 0.360 s" in sheets[-1].caption


def test_a_contact_sheet_shows_its_pictures_in_rows() -> None:
    shades = [40, 90, 140, 190]
    sheet = contact_sheet([np.full((90, 160, 3), s, np.uint8) for s in shades], [""] * 4)
    height = round(320 * 90 / 160)
    assert sheet.shape == (2 * (height + 18), 960, 3)
    for number, shade in enumerate(shades):
        row, column = divmod(number, 3)
        assert sheet[row * (height + 18) + 18 + height // 2, column * 320 + 160, 0] == shade


def test_a_take_becomes_a_short_mono_wav_of_known_level(tmp_path: Path) -> None:
    rate = 48000
    tone = 0.01 * np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate)
    soundfile.write(tmp_path / "take.wav", np.stack([tone, tone], axis=1), rate, subtype="FLOAT")
    made = sound_file(tmp_path / "take.wav", "x", Traits(audio_s=1.5))
    assert made is not None
    samples, made_rate = soundfile.read(io.BytesIO(made.wav))
    assert (made_rate, samples.ndim) == (16000, 1)
    assert made.seconds == pytest.approx(1.5, abs=1e-3)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.01)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * 16000 / len(samples) == pytest.approx(440, abs=1.0)
    assert sound_file(tmp_path / "none.wav", "x", Traits()) is None
