"""Stems: what each is called, where it starts, and how it is written.

An event stem is the event and its tail, placed in time by its TimeReference. A layer stem and a reverb return run over
the whole clip. The layer stems and the returns sum to the mix; `sum_difference_db` measures by how much they miss it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from foleydesigner.errors import DeliveryError
from foleydesigner.mix import LoudnessReport
from foleydesigner.script import LAYER_NAMES, LAYERS, FoleyScript, Layer
from foleydesigner.tools.delivery import ixml, ucs
from foleydesigner.tools.delivery.bext import Bext
from foleydesigner.tools.delivery.bwf import Audio, write_bwf
from foleydesigner.tools.delivery.layouts import Layout

CREATOR = "FoleyDesigner"
_BLOCK = 1 << 16

# One CatID a layer, of the category that most of its sounds fall into.
_LAYER_CAT_ID: dict[Layer, str] = {
    "feet": "FOLYFeet",
    "moves": "FOLYClth",
    "props": "FOLYProp",
    "hard_fx": "DSGNMisc",
    "backgrounds": "AMBMisc",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintSession:
    """What every file of one job shares.

    Attributes:
        job_id: names the SourceID.
        title: the clip's name, for people.
        frame_rate: exact nominal frame rate.
        origin_samples: samples from midnight to the clip's first frame.
        origination_date, origination_time: yyyy-mm-dd and hh:mm:ss, given by the job.
        dither_seed: seed of triangular dither; None prints without.
    """

    job_id: str
    title: str
    frame_rate: Fraction
    drop_frame: bool = False
    origin_samples: int = 0
    sample_rate_hz: int = 48_000
    origination_date: str = "1970-01-01"
    origination_time: str = "00:00:00"
    dither_seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """One file to be written.

    Attributes:
        kind: event, layer, return or mix.
        id: event id, layer, scene id, or the mix's name.
        file_name: by the Universal Category System.
        title: for people, and for the tracks' names.
        start_s: clip time of its first sample, seconds.
    """

    kind: Literal["event", "layer", "return", "mix"]
    id: str
    file_name: str
    title: str
    start_s: float = 0.0

    def start_sample(self, sample_rate_hz: int) -> int:
        """Its first sample, counted from the clip's first frame."""
        return round(self.start_s * sample_rate_hz)


def plan_stems(
    script: FoleyScript, start_s: Mapping[str, float], job_id: str, return_scene_ids: Sequence[str] = ()
) -> tuple[Stem, ...]:
    """All stems of a script: events in script order, layers in use, one reverb return a scene given.

    The names are unique among each other, whatever the labels say.

    Args:
        script: the events.
        start_s: event id → clip time of its take's first sample; events without a take are left out.
        job_id: becomes the SourceID.
        return_scene_ids: scenes that have a reverb return.
    """
    stems = [
        Stem(
            kind="event",
            id=event.id,
            file_name=ucs.file_name(event.ucs_id, event.label, CREATOR, job_id),
            title=f"{LAYER_NAMES[event.layer]} - {event.label}",
            start_s=start_s[event.id],
        )
        for event in script.events
        if event.id in start_s
    ]
    used = {event.layer for event in script.events if event.id in start_s}
    stems += [
        Stem(
            kind="layer",
            id=layer,
            file_name=ucs.file_name(_LAYER_CAT_ID[layer], f"Layer {LAYER_NAMES[layer]}", CREATOR, job_id),
            title=f"{LAYER_NAMES[layer]} (layer)",
        )
        for layer in LAYERS
        if layer in used
    ]
    stems += [
        Stem(
            kind="return",
            id=scene_id,
            file_name=ucs.file_name("DSGNMisc", f"Reverb Return {scene_id}", CREATOR, job_id),
            title=f"Reverb return {scene_id}",
        )
        for scene_id in return_scene_ids
    ]
    names = ucs.unique(stem.file_name for stem in stems)
    return tuple(
        Stem(kind=s.kind, id=s.id, file_name=name, title=s.title, start_s=s.start_s)
        for s, name in zip(stems, names, strict=True)
    )


def mix_stem(name: str) -> Stem:
    """The stem that stands for a printed mix ("stereo", "surround_51")."""
    return Stem(kind="mix", id=name, file_name=f"{name}.wav", title=f"Mix {name}")


def stem_bext(stem: Stem, session: PrintSession, loudness: LoudnessReport | None = None) -> Bext:
    """The broadcast extension of one stem.

    Raises:
        DeliveryError: the stem would start before midnight.
    """
    reference = session.origin_samples + stem.start_sample(session.sample_rate_hz)
    if reference < 0:
        raise DeliveryError(
            f"stem {stem.id} starting {-reference} samples before midnight",
            "a start at or after the clip's first frame",
            "check the take's start and the clip's start timecode",
        )
    bext = Bext(
        description=f"{session.title}: {stem.title}",
        originator=CREATOR,
        originator_reference=f"{session.job_id}-{stem.id}",
        origination_date=session.origination_date,
        origination_time=session.origination_time,
        time_reference=reference,
        coding_history=f"A=PCM,F={session.sample_rate_hz},W=24,T={CREATOR}\r\n",
    )
    return bext if loudness is None else bext.with_loudness(loudness)


def stem_ixml(stem: Stem, session: PrintSession, layout: Layout) -> bytes:
    """The iXML document of one stem; a track is named "Feet - boots on gravel L"."""
    return ixml.document(
        [f"{stem.title} {channel}" for channel in layout.names],
        project=session.title,
        note=f"channels in file order: {layout.order}",
        sample_rate_hz=session.sample_rate_hz,
        frame_rate=session.frame_rate,
        drop_frame=session.drop_frame,
        time_reference=session.origin_samples + stem.start_sample(session.sample_rate_hz),
    )


def write_stem(
    path: Path,
    stem: Stem,
    blocks: Audio | Iterable[Audio],
    layout: Layout,
    session: PrintSession,
    loudness: LoudnessReport | None = None,
) -> Path:
    """Write one stem or mix to `path` from an array or blocks of shape (channels, samples).

    Raises:
        DeliveryError: the audio does not fit the layout or is beyond full scale.
        OutputError: the file cannot be written.
    """
    seed = session.dither_seed
    # Seeded by the name as well, or equal noise in every stem would add coherently.
    dither = None if seed is None else np.random.default_rng([seed, *stem.file_name.encode()])
    return write_bwf(
        path,
        blocks,
        layout,
        stem_bext(stem, session, loudness),
        stem_ixml(stem, session, layout),
        sample_rate_hz=session.sample_rate_hz,
        dither=dither,
    )


def sum_difference_db(mix: Path, parts: Sequence[Path]) -> float:
    """Level of (sum of clip-long parts − mix) relative to the mix, dB; -200 where they are equal.

    All files have the same channels and start; parts may be shorter than the mix.

    Raises:
        DeliveryError: a part has other channels than the mix, or is longer than it.
    """
    import soundfile

    difference = power = 0.0
    with soundfile.SoundFile(str(mix)) as whole:
        readers = [soundfile.SoundFile(str(part)) for part in parts]
        try:
            for part, reader in zip(parts, readers, strict=True):
                if reader.channels != whole.channels or reader.frames > whole.frames:
                    raise DeliveryError(
                        f"{part.name} with {reader.channels} channels and {reader.frames} samples",
                        f"{whole.channels} channels and at most {whole.frames} samples as {mix.name}",
                        "print the stems of the same job",
                    )
            for block in whole.blocks(_BLOCK, dtype="float64", always_2d=True):
                rest = -block
                for reader in readers:
                    piece = reader.read(len(block), dtype="float64", always_2d=True)
                    rest[: len(piece)] += piece
                difference += float(np.sum(rest**2))
                power += float(np.sum(block**2))
        finally:
            for reader in readers:
                reader.close()
    return -200.0 if difference == 0.0 else float(10 * np.log10(difference / max(power, 1e-20)))
