"""Every kind of bad file is told apart, and good ones are read whole."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleydesigner.generator.filmstereo import reading
from foleydesigner.generator.filmstereo.reading import UnusableError, decode, ends_early, read_bytes

from .sounds import hit, ogg, put, wav


def reason(data: bytes) -> str:
    with pytest.raises(UnusableError) as no:
        decode(data)
    return no.value.reason


def test_good_files_are_read_whole() -> None:
    for kind, subtype in (("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_24"), ("AIFF", "PCM_16")):
        sound, rate_hz = decode(wav(hit(channels=2), 44_100, subtype, kind))
        assert (sound.shape, rate_hz) == ((2, len(hit())), 44_100)
    sound, _ = decode(ogg(hit()))
    assert sound.shape == (1, len(hit()))


def test_bad_files_are_told_apart() -> None:
    whole = wav()
    not_finite = hit()
    not_finite[100] = np.nan
    assert reason(b"no sound at all") == "unreadable"
    assert reason(whole[: len(whole) // 2]) == "truncated"
    assert reason(whole[:30]) == "truncated"
    assert reason(ogg(hit())[:-200]) == "truncated"
    flac = wav(kind="FLAC")
    assert reason(flac[: len(flac) // 2]) in ("truncated", "unreadable")
    assert reason(wav(hit(rate_hz=4_000), 4_000)) == "rate"
    assert reason(wav(subtype="PCM_U8")) == "bit_depth"
    assert reason(wav(subtype="ULAW")) == "bit_depth"
    assert reason(wav(hit(channels=6))) == "channels"
    assert reason(wav(not_finite, subtype="FLOAT")) == "not_finite"
    assert reason(wav(np.zeros((0, 1)))) == "empty"
    assert reason(wav(np.zeros((8_000 * 601, 1)), 8_000)) == "too_long"


def test_an_open_ended_header_is_no_truncation() -> None:
    data = bytearray(wav())
    at = data.index(b"data")
    data[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    assert not ends_early(bytes(data))


def test_only_so_much_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READ_S", 0.1)
    sound, _ = decode(wav())
    assert sound.shape == (1, 4_800)


def test_places_are_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def why(data: bytes | Path) -> str:
        with pytest.raises(UnusableError) as no:
            read_bytes(data)
        return no.value.reason

    assert read_bytes(put(tmp_path / "a.wav", b"12")) == b"12"
    assert why(tmp_path / "none.wav") == "missing"
    assert why(tmp_path) == "missing"
    assert why(b"") == "empty"
    assert why(put(tmp_path / "b.wav", b"")) == "empty"
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    assert why(put(tmp_path / "c.wav", bytes(11))) == "too_large"
    assert why(bytes(11)) == "too_large"


def test_random_bytes_never_do_more_than_be_refused() -> None:
    rng = np.random.default_rng(0)
    whole = ogg(hit()), wav(), wav(kind="FLAC")
    for number in range(60):
        data = bytearray(whole[number % 3])
        for at in rng.integers(0, min(len(data), 400), 8):
            data[at] = rng.integers(256)
        try:
            sound, _ = decode(bytes(data))
        except UnusableError:
            continue
        assert np.isfinite(sound).all()


def test_flac_of_the_store_is_24_bits() -> None:
    from foleydesigner.generator.filmstereo.shards import flac_bytes

    info = soundfile.info(io.BytesIO(flac_bytes(hit()[:, :1].T.astype(np.float32), 48_000, "PCM_24")))
    assert (info.format, info.subtype, info.channels, info.samplerate) == ("FLAC", "PCM_24", 1, 48_000)
