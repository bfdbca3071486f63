"""Channel layouts: their order in the file, said in words, and the mask of WAVE_FORMAT_EXTENSIBLE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from foleydesigner.errors import DeliveryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One order of channels.

    Attributes:
        name: how people call it.
        names: the channels in file order.
        mask: speaker bits in file order; 0 where the order is not one that a mask can say.
    """

    name: str
    names: tuple[str, ...]
    mask: int

    @property
    def channels(self) -> int:
        """How many channels."""
        return len(self.names)

    @property
    def order(self) -> str:
        """The order in words: "L R C LFE Ls Rs"."""
        return " ".join(self.names)


MONO = Layout(name="mono", names=("M",), mask=0x4)
STEREO = Layout(name="stereo", names=("L", "R"), mask=0x3)
SURROUND_51 = Layout(name="5.1", names=("L", "R", "C", "LFE", "Ls", "Rs"), mask=0x3F)
"""SMPTE / ITU order, ITU-R BS.775 layout."""
SURROUND_51_FILM = Layout(name="5.1 film order", names=("L", "C", "R", "Ls", "Rs", "LFE"), mask=0)
"""A mask lists speakers in one fixed order, so the film order has none: iXML track names carry it."""


def surround_layout(order: Literal["smpte", "film"]) -> Layout:
    """The 5.1 layout of `Settings.surround_order`."""
    return SURROUND_51 if order == "smpte" else SURROUND_51_FILM


def layout_of(channels: int) -> Layout:
    """The default layout of 1, 2 or 6 channels.

    Raises:
        DeliveryError: another number of channels.
    """
    for layout in (MONO, STEREO, SURROUND_51):
        if layout.channels == channels:
            return layout
    raise DeliveryError(f"{channels} channels", "mono, stereo or 5.1 (1, 2 or 6)", "render one of these layouts")
