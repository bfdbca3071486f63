"""Recordings are found whatever holds them, and judge what is nearest to them."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from foleydesigner.cli import cli
from foleydesigner.errors import ConfigurationError
from foleydesigner.evals.bench import recordings as bench
from foleydesigner.evals.judges import recordings, yamnet
from foleydesigner.generator.filmstereo.families import name_family
from foleydesigner.generator.procedural.engine import ProceduralEngine


def wav(hz: float, rate: int = 22_050) -> bytes:
    held = io.BytesIO()
    tone = np.sin(2 * np.pi * hz * np.arange(rate // 2) / rate)
    soundfile.write(held, np.concatenate([np.zeros(rate), 0.5 * tone]), rate, format="WAV")
    return held.getvalue()


def catalogue_of(*entries: tuple[str, bytes]) -> bytes:
    index, data = b"", b""
    for title, sound in entries:
        index += struct.pack("<II", (8 * len(entries) + len(data)) | 0x80000000, len(sound))
        data += bytes([len(title) + 1]) + title.encode() + b"\0" + sound
    return index + data


def test_files_archives_and_catalogues_are_read_once_each(tmp_path: Path) -> None:
    (tmp_path / "ufoai-sound").mkdir()
    with zipfile.ZipFile(tmp_path / "ufoai-sound" / "0snd.pk3", "w") as archive:
        archive.writestr("sound/footsteps/wood1.ogg", wav(100.0))
        archive.writestr("sound/weapons/laser.ogg", wav(110.0))
    (tmp_path / "minetest-data" / "deep").mkdir(parents=True)
    (tmp_path / "minetest-data" / "deep" / "default_wood_footstep.1.ogg").write_bytes(wav(100.0))
    (tmp_path / "minetest-data" / "deep" / "default_break_glass.1.ogg").write_bytes(wav(120.0))
    (tmp_path / "minetest-data" / "deep" / "fire_small.ogg").write_bytes(b"no sound at all")
    (tmp_path / "openttd-opensfx").mkdir()
    (tmp_path / "openttd-opensfx" / "opensfx.cat").write_bytes(
        catalogue_of(('"Sheep". By nobody.', wav(130.0)), ('"Toyland: Bubble".', wav(140.0)))
    )
    found = recordings.gather(tmp_path)
    assert [(r.family, r.collection) for r in found] == [
        ("footsteps", "ufoai-sound"), ("glass", "minetest-data"), ("animal", "openttd-opensfx"),
    ]  # fmt: skip
    # From its first sound on: a second of silence is gone but for 10 ms.
    assert found[0].sound.size == pytest.approx(0.51 * recordings.RATE_HZ, abs=40)
    assert float(np.abs(found[0].sound).max()) == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("sound/footsteps/gravel2.ogg", "footsteps"), ("sound/doors/door1-open.ogg", "door"),
        ("sound/weapons/explosion-grenade.ogg", "explosion"), ("sound/weapons/bullet-rifle.ogg", "gunshot"),
        ("sound/weapons/bullet-needler-30x.ogg", ""), ("sound/ambience/thunder2.ogg", "thunder"),
        ("sound/footsteps/splash1.ogg", ""), ('"Ship horn". By Leon Milo.', "engine"), ("music/theme.ogg", ""),
    ],
)  # fmt: skip
def test_names_tell_families(name: str, family: str) -> None:
    assert (name_family(name, more=False) or "") == family


def test_an_empty_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no recordings in"):
        recordings.gather(tmp_path)
    ended = CliRunner().invoke(cli, ["bench", "recordings", "--out", str(tmp_path / "r.json")])
    assert ended.exit_code == 2
    assert "--debian" in ended.output


class Spectral:
    """Hears four bands of each half second."""

    def embeddings(self, sound: np.ndarray) -> np.ndarray:
        padded = np.pad(sound, (0, max(0, 8000 - len(sound))))
        frames = padded[: len(padded) // 8000 * 8000].reshape(-1, 8000)
        power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
        return np.log(1e-6 + np.add.reduceat(power, [0, 100, 400, 1200], axis=1)) + 20.0


def test_the_nearest_recording_names_a_take() -> None:
    ear = Spectral()
    low, high = (np.sin(2 * np.pi * hz * np.arange(8000) / 16_000).astype(np.float32) for hz in (60.0, 6000.0))
    known = bench.heard_recordings(
        ear, [recordings.Recording("door", c, c, low) for c in "ab"] + [recordings.Recording("bell", "a", "b", high)]
    )
    assert bench.nearest(known.means[[2, 0]], known.means[[0, 2]]).tolist() == [1, 0]
    # The bell has no counterpart in another collection and is not asked.
    assert bench.cross_collection(known, ["door", "bell"]) == 1.0
    made = bench.heard_takes(ear, ProceduralEngine(workers=1), "door", (0,))
    assert len(made.patches) == len(made.sources) == 3
    patches, groups = made.of("door")
    assert len(patches) == len(groups)


def test_an_inner_tensor_is_given_out() -> None:
    graph = b"\x0a\x03abc"
    model = b"\x08\x07" + b"\x3a" + bytes([len(graph)]) + graph + b"\x42\x02xy"
    name = "inner"
    info = b"\x0a\x05inner\x12\x04\x0a\x02\x08\x01"
    assert yamnet.with_output(model, name) == (
        b"\x08\x07\x3a"
        + bytes([len(graph) + 2 + len(info)])
        + graph
        + b"\x62"
        + bytes([len(info)])
        + info
        + b"\x42\x02xy"
    )
