"""Broadcast Wave files: bytes by the standards, read back by other programs, refused when they would be wrong."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from foleydesigner.errors import DeliveryError
from foleydesigner.mix import LoudnessReport
from foleydesigner.tools.delivery import ixml
from foleydesigner.tools.delivery.bext import Bext
from foleydesigner.tools.delivery.bwf import (
    chunk_table,
    open_bwf,
    pcm24,
    read_bext,
    read_chunk,
    stamp_bext,
    write_bwf,
)
from foleydesigner.tools.delivery.layouts import MONO, STEREO, SURROUND_51, SURROUND_51_FILM, layout_of, surround_layout

BEXT = Bext(description="anvil", time_reference=172_972_800, origination_date="2026-01-02", origination_time="03:04:05")


def noise(channels: int, samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (channels, samples)).astype(np.float32)


def test_samples_come_back_within_half_a_step(tmp_path: Path) -> None:
    sound = noise(2, 4801)
    blocks = [sound[:, i : i + 1000] for i in range(0, 4801, 1000)]
    read, rate = soundfile.read(write_bwf(tmp_path / "a.wav", blocks, STEREO, BEXT), dtype="float64")
    assert rate == 48_000
    assert np.abs(read.T - sound).max() <= 0.5 / 2**23
    assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_24"


@pytest.mark.parametrize(("layout", "name"), [(MONO, "mono"), (STEREO, "stereo"), (SURROUND_51, "5.1")])
def test_players_see_the_channel_layout(tmp_path: Path, layout, name: str) -> None:
    path = write_bwf(tmp_path / "a.wav", noise(layout.channels, 480), layout, BEXT)
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.layout.name == name
        assert stream.codec_context.name == "pcm_s24le"
        assert sum(frame.samples for frame in container.decode(stream)) == 480


def test_format_chunk_is_extensible_with_the_mask(tmp_path: Path) -> None:
    path = write_bwf(tmp_path / "a.wav", noise(6, 48), SURROUND_51, BEXT)
    tag, channels, rate, bytes_s, frame, bits, extra, valid, mask = struct.unpack(
        "<HHIIHHHHI", read_chunk(path, "fmt")[:24]
    )
    assert (tag, channels, rate, bytes_s, frame, bits) == (0xFFFE, 6, 48_000, 48_000 * 18, 18, 24)
    assert (extra, valid, mask) == (22, 24, 0x3F)


def test_film_order_has_no_mask_and_is_named(tmp_path: Path) -> None:
    assert surround_layout("film") is SURROUND_51_FILM
    assert SURROUND_51_FILM.order == "L C R Ls Rs LFE"
    path = write_bwf(tmp_path / "a.wav", noise(6, 48), SURROUND_51_FILM, BEXT)
    assert struct.unpack_from("<I", read_chunk(path, "fmt"), 20) == (0,)
    with pytest.raises(DeliveryError, match="4 channels"):
        layout_of(4)


def test_bext_has_its_fields_at_the_offsets_of_the_standard(tmp_path: Path) -> None:
    report = LoudnessReport(
        integrated_lufs=-23.04,
        loudness_range_lu=7.5,
        momentary_max_lufs=-14.0,
        short_term_max_lufs=-18.26,
        true_peak_dbtp=-1.3,
        sample_peak_dbfs=-1.5,
    )
    chunk = read_chunk(write_bwf(tmp_path / "a.wav", noise(2, 7), STEREO, BEXT.with_loudness(report)), "bext")
    assert chunk[:256].rstrip(b"\0") == b"anvil"
    assert chunk[256:288].rstrip(b"\0") == b"FoleyDesigner"
    assert chunk[320:338] == b"2026-01-0203:04:05"
    assert struct.unpack_from("<QH", chunk, 338) == (172_972_800, 2)
    assert chunk[348:412] == bytes(64)
    assert struct.unpack_from("<5h", chunk, 412) == (-2304, 750, -130, -1400, -1826)
    assert chunk[422:602] == bytes(180)
    assert chunk[602:] == b"A=PCM,F=48000,W=24,T=FoleyDesigner\r\n"


def test_bext_is_read_back(tmp_path: Path) -> None:
    path = write_bwf(tmp_path / "a.wav", noise(1, 5), MONO, BEXT)
    assert read_bext(path) == BEXT
    assert read_bext(path).loudness_value_lufs is None  # 7FFFh: not measured


@given(description=st.text(max_size=400), reference=st.integers(0, 2**64 - 1))
def test_any_text_fits_the_bext(description: str, reference: int) -> None:
    chunk = Bext(description=description, time_reference=reference).encode()
    assert len(chunk) == len(Bext().encode())
    assert Bext.decode(chunk).time_reference == reference
    assert chunk[:256].isascii()


def test_a_print_can_be_stamped_with_its_measured_loudness(tmp_path: Path) -> None:
    path = write_bwf(tmp_path / "a.wav", noise(2, 48), STEREO, BEXT)
    before = read_chunk(path, "data")
    report = LoudnessReport(
        integrated_lufs=-20,
        loudness_range_lu=3,
        momentary_max_lufs=-15,
        short_term_max_lufs=-18,
        true_peak_dbtp=-2,
        sample_peak_dbfs=-3,
    )
    stamp_bext(path, read_bext(path).with_loudness(report))
    assert read_bext(path).loudness_value_lufs == -20
    assert read_chunk(path, "data") == before
    with pytest.raises(DeliveryError, match="602 bytes"):
        stamp_bext(path, Bext(coding_history=""))


def test_odd_data_is_padded_and_sizes_are_whole(tmp_path: Path) -> None:
    path = write_bwf(tmp_path / "a.wav", noise(1, 3), MONO, BEXT, ixml.document(["M"]))
    data = path.read_bytes()
    assert len(data) % 2 == 0
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    assert chunk_table(path)["data"][1] == 9
    assert len(soundfile.read(path)[0]) == 3


def test_large_files_become_rf64(tmp_path: Path) -> None:
    sound = noise(2, 1000)
    with open_bwf(tmp_path / "a.wav", STEREO, BEXT, riff_limit=4096) as writer:
        writer.write(sound)
    data = (tmp_path / "a.wav").read_bytes()
    assert data[:8] == b"RF64\xff\xff\xff\xff"
    assert data[12:16] == b"ds64"
    assert struct.unpack_from("<QQQ", data, 20) == (len(data) - 8, 6000, 1000)
    read, _ = soundfile.read(tmp_path / "a.wav", dtype="float64")
    assert np.abs(read.T - sound).max() <= 0.5 / 2**23
    assert read_bext(tmp_path / "a.wav") == BEXT


def test_ixml_names_tracks_and_survives_any_text(tmp_path: Path) -> None:
    names = ["Feet <L> & \x00\ud800", "Füße R"]
    document = ixml.document(names, time_reference=(1 << 33) + 5)
    path = write_bwf(tmp_path / "a.wav", noise(2, 5), STEREO, BEXT, document)
    text = read_chunk(path, "iXML").decode()
    assert "<NAME>Feet &lt;L&gt; &amp; </NAME>" in text
    assert "<NAME>Füße R</NAME>" in text
    assert "<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>2<" in text
    assert "<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>5<" in text


def test_clipping_is_counted_and_refused(tmp_path: Path) -> None:
    sound = np.array([[0.5, 1.0, 1.01, -1.5]], np.float32)
    with pytest.raises(DeliveryError, match=r"2 samples beyond full scale, the highest at \+3.52 dBFS"):
        write_bwf(tmp_path / "a.wav", sound, MONO, BEXT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_a_number_is_refused(tmp_path: Path, bad: float) -> None:
    with pytest.raises(DeliveryError, match="not a number"):
        write_bwf(tmp_path / "a.wav", np.array([[0.0, bad]], np.float32), MONO, BEXT)
    assert list(tmp_path.iterdir()) == []


def test_wrong_shapes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"\(2, samples\)"):
        write_bwf(tmp_path / "a.wav", noise(3, 10), STEREO, BEXT)


def test_full_scale_codes() -> None:
    codes = pcm24(np.array([[1.0, -1.0, 0.0, 2.0**-23]], np.float32))
    assert codes == bytes.fromhex("ffff7f 000080 000000 010000".replace(" ", ""))


def test_dither_is_triangular_seeded_and_free_of_bias() -> None:
    quiet = np.full((1, 200_000), 0.25 / 2**23, np.float32)  # a quarter of a step: lost without dither
    first, second = (pcm24(quiet, np.random.default_rng(1)) for _ in range(2))
    assert first == second
    raw = np.frombuffer(first, np.uint8).reshape(-1, 3).astype(np.int32)
    codes = raw[:, 0] | raw[:, 1] << 8 | (raw[:, 2].astype(np.int8).astype(np.int32) << 16)
    assert codes.mean() == pytest.approx(0.25, abs=0.01)
    # Triangular dither of +/-1 step makes the total error's variance 1/4 step squared whatever the signal is.
    assert (codes - 0.25).var() == pytest.approx(0.25, abs=0.01)
    assert set(np.unique(codes)) <= {-1, 0, 1}
    assert not np.any(np.frombuffer(pcm24(quiet), np.uint8))


@pytest.mark.parametrize("data", [b"", b"RIFF\0\0\0\0WAVX", b"RIFF\0\0\0\0WAVEdata\xff\0\0\0ab"])
def test_broken_files_are_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(data)
    with pytest.raises(DeliveryError, match=r"x\.wav is no whole WAVE file"):
        read_bext(tmp_path / "x.wav")
