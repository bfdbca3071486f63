"""Loudness and fold-down of the printed mixes against the named delivery profiles.

Sources: EBU R 128 (its tolerance where exact normalisation is not practicable), ATSC A/85:2013, ITU-R BS.1770-4.
Streaming houses measure dialogue; with no dialogue in a Foley mix the programme figure applies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from foleydesigner.mix import LoudnessReport
from foleydesigner.model import Model
from foleydesigner.tools.delivery.layouts import Layout

ProfileName = Literal["stem", "ebu_r128", "atsc_a85", "streaming"]


class DeliveryProfile(Model):
    """What a delivery asks of a printed mix."""

    name: ProfileName
    title: str
    target_lufs: float | None = None
    """Programme loudness; None: the balance is kept and only the true peak is held."""
    tolerance_lu: Annotated[float, Field(ge=0.0)] = 0.0
    true_peak_max_dbtp: float
    note: str = ""


PROFILES: tuple[DeliveryProfile, ...] = (
    DeliveryProfile(
        name="stem",
        title="Stem of FX / M&E",
        true_peak_max_dbtp=-1.0,
        note="Foley is one stem group inside the FX: its balance is kept, only the true peak is held.",
    ),
    DeliveryProfile(name="ebu_r128", title="EBU R 128", target_lufs=-23.0, tolerance_lu=0.5, true_peak_max_dbtp=-1.0),
    DeliveryProfile(name="atsc_a85", title="ATSC A/85", target_lufs=-24.0, tolerance_lu=2.0, true_peak_max_dbtp=-2.0),
    DeliveryProfile(
        name="streaming",
        title="Streaming",
        target_lufs=-24.0,
        tolerance_lu=2.0,
        true_peak_max_dbtp=-2.0,
        note="Dialogue-gated -27 +/-2 where there is dialogue; there is none here, so -24 +/-2 programme.",
    ),
)


class ProfileCheck(Model):
    """One mix against one profile."""

    profile: ProfileName
    passed: bool
    loudness_offset_lu: float | None = None
    """Measured minus target; None where the profile has no target."""
    true_peak_headroom_db: float
    """Limit minus measured; negative is over."""


class MixLoudness(Model):
    """One printed mix: its channel order in words, its figures, and every profile's answer."""

    channel_order: str
    measured_channels: str
    """What the meter took: LFE is left out of loudness (BS.1770-4)."""
    figures: LoudnessReport
    checks: tuple[ProfileCheck, ...]


class LoudnessSheet(Model):
    """delivery/loudness.json."""

    version: Literal[1] = 1
    profile: ProfileName
    """The one that this job prints to."""
    passed: bool
    """Every printed mix keeps to that profile."""
    standard: str = "ITU-R BS.1770-4, EBU R 128; true peak by 4x oversampling"
    profiles: tuple[DeliveryProfile, ...] = PROFILES
    mixes: dict[str, MixLoudness]
    foldown: dict[str, float] = Field(default_factory=dict)
    """Fold-down of the 5.1 (BS.775: Lo = L + 0.7071 C + 0.7071 Ls, LFE dropped) against the stereo mix, dB."""


def profile_named(name: ProfileName) -> DeliveryProfile:
    """The profile of that name."""
    return next(profile for profile in PROFILES if profile.name == name)


def check(figures: LoudnessReport, profile: DeliveryProfile) -> ProfileCheck:
    """One mix against one profile, to the 0.1 that meters show."""
    headroom_db = round(profile.true_peak_max_dbtp - figures.true_peak_dbtp, 2)
    offset_lu = None if profile.target_lufs is None else round(figures.integrated_lufs - profile.target_lufs, 2)
    loud_enough = offset_lu is None or abs(round(offset_lu, 1)) <= profile.tolerance_lu
    return ProfileCheck(
        profile=profile.name,
        passed=loud_enough and round(headroom_db, 1) >= 0.0,
        loudness_offset_lu=offset_lu,
        true_peak_headroom_db=headroom_db,
    )


def loudness_sheet(
    figures: Mapping[str, LoudnessReport],
    layouts: Mapping[str, Layout],
    *,
    profile: ProfileName,
    foldown: Mapping[str, float] | None = None,
) -> LoudnessSheet:
    """The sheet of the printed mixes.

    Args:
        figures: mix name ("stereo", "surround_51") → what was measured on the print.
        layouts: mix name → its channels in file order.
        profile: the profile that was printed to.
        foldown: named fold-down figures in dB (level difference, null).
    """
    mixes = {
        name: MixLoudness(
            channel_order=layouts[name].order,
            measured_channels=" ".join(c for c in layouts[name].names if c != "LFE"),
            figures=report,
            checks=tuple(check(report, each) for each in PROFILES),
        )
        for name, report in figures.items()
    }
    passed = all(c.passed for mix in mixes.values() for c in mix.checks if c.profile == profile)
    return LoudnessSheet(profile=profile, passed=passed, mixes=mixes, foldown=dict(foldown or {}))
