"""5.1 in L R C LFE Ls Rs: objects panned over ITU-R BS.775 loudspeakers, ambience around, and the upmix of eq. 8."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from foleydesigner.cues import EventCue
from foleydesigner.errors import EngineError
from foleydesigner.tools.audio_source import AudioSource, as_source, folded
from foleydesigner.tools.decorrelation import decorrelator, stereo_blocks
from foleydesigner.tools.moving import moving_blocks
from foleydesigner.tools.panning import SurroundLaw
from foleydesigner.tools.streaming import AlignedDelay, StreamingFir

Audio = NDArray[np.float32]

L, R, C, LFE, LS, RS = range(6)

LFE_CUTOFF_HZ = 120.0
LFE_GAIN = 10.0 ** (-10.0 / 20.0)
"""The LFE channel is recorded 10 dB low; playback gives it 10 dB of in-band gain (ITU-R BS.775-3, annex 7)."""

CENTRE_SHARE, SAME_SHARE, CROSS_SHARE = 0.35, 0.5, 0.35
REVERB_SHARE = 0.5
"""Share of a reverb return's power that goes behind."""

UPMIX_SCALE = 1.0 / (1.0 + (CENTRE_SHARE + SAME_SHARE) / np.sqrt(2.0))
"""0.6246: with it the BS.775 fold-down of the upmix is the stereo mix, sample for sample."""

_UPMIX = UPMIX_SCALE * np.array(
    [
        [1.0, 0.0],
        [0.0, 1.0],
        [CENTRE_SHARE, CENTRE_SHARE],
        [0.0, 0.0],
        [SAME_SHARE, -CROSS_SHARE],
        [-CROSS_SHARE, SAME_SHARE],
    ]
)


@functools.lru_cache(maxsize=4)
def lfe_filter(sample_rate_hz: int) -> NDArray[np.float64]:
    """Zero-phase low-pass with the magnitude of a fourth-order Butterworth at 120 Hz (-3 dB there), odd symmetric."""
    from scipy.signal import firwin2

    taps = 2 * round(0.04 * sample_rate_hz) + 1
    frequency = np.concatenate([np.linspace(0.0, 1000.0, 401), [0.5 * sample_rate_hz]])
    magnitude = 1.0 / np.sqrt(1.0 + (frequency / LFE_CUTOFF_HZ) ** 8)
    magnitude[-1] = 0.0
    response = firwin2(taps, frequency, magnitude, fs=sample_rate_hz, nfreqs=1 + (1 << 17), window="hann")
    return np.asarray(response / response.sum())


class _StreamingLfe:
    """Low-passes the LFE of a six-channel stream and keeps the other five beside it in time."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._low = StreamingFir(lfe_filter(sample_rate_hz), centred=True)
        self._mains = AlignedDelay()

    def push(self, block: Audio, *, last: bool = False) -> Audio:
        """(6, m) in, with a full-range feed on LFE; (6, k) out, k = m less what waits for the filter's look-ahead."""
        low = self._low.push(block[LFE : LFE + 1])
        if last:
            low = np.concatenate([low, self._low.flush()], axis=1)
        ready = np.array(self._mains.push(block, low.shape[1]), dtype=np.float32)
        ready[LFE] = low[0]
        return ready


class StreamingUpmix:
    """Stereo blocks to 5.1 blocks by eq. 8; 40 ms behind, because the LFE's low-pass looks ahead."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._lfe = _StreamingLfe(sample_rate_hz)
        self._energy_in = self._energy_out = 0.0

    def push(self, stereo: Audio) -> Audio:
        """(2, m) in, (6, k) out."""
        return self._push(stereo, last=False)

    def flush(self) -> Audio:
        """The last samples, (6, k)."""
        return self._push(np.zeros((2, 0), dtype=np.float32), last=True)

    def _push(self, stereo: Audio, *, last: bool) -> Audio:
        mains = (_UPMIX @ stereo.astype(np.float64)).astype(np.float32)
        self._energy_in += float(np.sum(np.square(stereo, dtype=np.float64)))
        self._energy_out += float(np.sum(np.square(mains, dtype=np.float64)))
        mains[LFE] = 0.5 * LFE_GAIN * stereo.sum(axis=0)
        return self._lfe.push(mains, last=last)

    @property
    def energy_change_db(self) -> float:
        """Energy of the five full-range channels over that of the stereo so far, dB; 0 for silence."""
        if self._energy_in <= 0.0:
            return 0.0
        return float(10.0 * np.log10(self._energy_out / self._energy_in))


def upmix_51(stereo: Audio, sample_rate_hz: int) -> Audio:
    """Stereo (2, n) to 5.1 (6, n) by eq. 8, in the set of coefficients that folds down exactly.

    FL = L, FR = R, C = .35 (L + R), Ls = .5 L - .35 R, Rs = .5 R - .35 L, all times 0.6246.
    LFE = low-pass at 120 Hz of (L + R) / 2, at -10 dB, time-aligned. The fold-down of the result is `stereo` again.
    """
    upmix = StreamingUpmix(sample_rate_hz)
    return np.concatenate([upmix.push(stereo), upmix.flush()], axis=1)


class StreamingDiffuse:
    """Stereo ambience or reverb return to four decorrelated feeds L, R, Ls, Rs of a 5.1 stream, power kept.

    Args:
        surround_share: share of the power that goes behind.
    """

    def __init__(self, sample_rate_hz: int, surround_share: float = 0.4) -> None:
        self._front, self._back = float(np.sqrt(1.0 - surround_share)), float(np.sqrt(surround_share))
        self._left, self._right = decorrelator(2, sample_rate_hz), decorrelator(3, sample_rate_hz)

    def push(self, stereo: Audio) -> Audio:
        """(2, m) in, (6, m) out, without delay."""
        out = np.zeros((6, stereo.shape[1]), dtype=np.float32)
        out[L], out[R] = self._front * stereo[0], self._front * stereo[1]
        out[LS] = self._back * self._left.push(stereo[:1])[0]
        out[RS] = self._back * self._right.push(stereo[1:])[0]
        return out


def object_51(
    dry: Audio | AudioSource,
    cue: EventCue,
    start_s: float,
    sample_rate_hz: int,
    *,
    field_of_view_deg: float = 90.0,
    lfe_send_db: float | None = None,
) -> Audio:
    """A take rendered from its dry source to 5.1, (6, samples), at the same times as `dry`.

    Args:
        dry: (1 or 2, samples); two channels of a point source are folded to one.
        cue: `screen` stays between L, C and R; `offscreen` may go on to the surrounds; `diffuse` is all around.
        start_s: clip time of the first sample.
        sample_rate_hz: samples per second.
        field_of_view_deg: the azimuths +-FOV/2 stand at L and R.
        lfe_send_db: level of the source sent to the LFE, before the channel's own -10 dB; None = not sent.

    Raises:
        EngineError: the audio has another shape, or samples that are not finite.
    """
    source = as_source(dry)
    rendered = np.zeros((6, source.samples), dtype=np.float32)
    for first, block in object_51_blocks(
        source, cue, start_s, sample_rate_hz, field_of_view_deg=field_of_view_deg, lfe_send_db=lfe_send_db
    ):
        rendered[:, first : first + block.shape[1]] = block
    return rendered


def object_51_blocks(
    dry: Audio | AudioSource,
    cue: EventCue,
    start_s: float,
    sample_rate_hz: int,
    *,
    field_of_view_deg: float = 90.0,
    lfe_send_db: float | None = None,
) -> Iterator[tuple[int, Audio]]:
    """`object_51` as (first sample, (6, m)) blocks in order."""
    source = as_source(dry)
    if source.channels not in (1, 2):
        raise EngineError(f"a take of {source.channels} channels", "one or two", "fix the engine that made it")
    send = 0.0 if lfe_send_db is None else LFE_GAIN * 10.0 ** (lfe_send_db / 20.0)
    if cue.placement == "diffuse":
        mains = _diffuse_blocks(source, sample_rate_hz, send)
    else:
        on_screen = cue.placement == "screen"
        law = SurroundLaw(field_of_view_deg=field_of_view_deg, on_screen=on_screen, lfe_send=send)
        mains = moving_blocks(folded(source), cue, start_s, sample_rate_hz, law)
    if lfe_send_db is None:
        yield from mains
        return
    lfe = _StreamingLfe(sample_rate_hz)
    position = 0
    for _, block in mains:
        ready = lfe.push(block)
        yield position, ready
        position += ready.shape[1]
    yield position, lfe.push(np.zeros((6, 0), dtype=np.float32), last=True)


def _diffuse_blocks(dry: AudioSource, sample_rate_hz: int, send: float) -> Iterator[tuple[int, Audio]]:
    around = StreamingDiffuse(sample_rate_hz)
    for first, block in stereo_blocks(dry, sample_rate_hz):
        feeds = around.push(block)
        feeds[LFE] = send * block.mean(axis=0)
        yield first, feeds
