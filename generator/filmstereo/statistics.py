"""What a dataset holds: counts and shares of everything that was drawn, and the paper's figure 2 of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foleydesigner.files import atomic_path
from foleydesigner.generator.filmstereo.annotation import ClipAnnotation
from foleydesigner.model import Model
from foleydesigner.tools.place_words import direction_of, zone_of

_ZONE_COLOURS = {"near": "#2e8b57", "middle": "#a0703c", "far": "#2f6db5"}
"""Green, brown, blue: the paper's figure 2."""


class Statistics(Model):
    """Counts over clips; `starts` are the azimuths (degrees) and depths (metres) at which clips begin."""

    clips: int
    hours: float
    recordings: int
    splits: dict[str, int]
    categories: dict[str, int]
    families: dict[str, int]
    sizes: dict[str, int]
    motions: dict[str, int]
    reverbs: dict[str, int]
    directions: dict[str, int]
    zones: dict[str, int]
    licences: dict[str, int]
    collections: dict[str, int]
    onsets: int
    active_share: float
    """Of the time, in which something sounds."""

    def share(self, what: str, name: str) -> float:
        """Percent of the clips whose `what` is `name`."""
        counts: dict[str, int] = getattr(self, what)
        return 100.0 * counts.get(name, 0) / max(self.clips, 1)


def statistics_of(annotations: Iterable[ClipAnnotation]) -> Statistics:
    """Of all the clips."""
    rows = list(annotations)
    total_s = sum(a.duration_s for a in rows)
    active_ms = sum(i.offset_ms - i.onset_ms for a in rows for i in a.intervals)
    return Statistics(
        clips=len(rows),
        hours=round(total_s / 3600.0, 3),
        recordings=len({a.recording.id for a in rows}),
        splits=_counts(a.split for a in rows),
        categories=_counts(a.recording.category for a in rows),
        families=_counts(a.recording.family for a in rows),
        sizes=_counts(a.recording.size for a in rows),
        motions=_counts(a.motion for a in rows),
        reverbs=_counts(a.room.reverb for a in rows if a.room),
        directions=_counts(direction_of(a.azimuth_deg[0]) for a in rows),
        zones=_counts(zone_of(a.depth_m[0]) for a in rows),
        licences=_counts(a.recording.licence for a in rows),
        collections=_counts(a.recording.collection for a in rows),
        onsets=sum(len(a.onsets_ms) for a in rows),
        active_share=round(1e-3 * active_ms / total_s, 4) if total_s else 0.0,
    )


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def lines(found: Statistics) -> list[str]:
    """For people."""
    out = [
        f"{found.clips} clips, {found.hours:.2f} h, of {found.recordings} recordings; "
        f"{found.onsets} onsets, sounding {100.0 * found.active_share:.0f} % of the time"
    ]
    for what in ("splits", "motions", "sizes", "zones", "directions", "reverbs", "categories", "families", "licences"):
        counts: dict[str, int] = getattr(found, what)
        shares = ", ".join(f"{name} {100.0 * count / max(found.clips, 1):.1f} %" for name, count in counts.items())
        out.append(f"{what:11} {shares}")
    return out


def draw(annotations: Iterable[ClipAnnotation], path: Path) -> None:
    """Sizes, motion, categories, and where clips begin by zone, as a PNG (the paper's figure 2)."""
    import numpy as np
    from matplotlib.figure import Figure

    rows = list(annotations)
    found = statistics_of(rows)
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    axes: Any = figure.add_subplot(1, 4, 1)
    axes.pie(list(found.sizes.values()), labels=[n.replace("_", " ") for n in found.sizes], autopct="%.0f %%")
    axes.set_title("object size")
    axes = figure.add_subplot(1, 4, 2)
    axes.pie(list(found.motions.values()), labels=list(found.motions), autopct="%.0f %%")
    axes.set_title("motion")
    axes = figure.add_subplot(1, 4, 3)
    names = list(found.categories)[::-1]
    axes.barh(names, [found.share("categories", n) for n in names], color="#607d8b")
    axes.set_xlabel("% of clips")
    axes.set_title("category")
    axes = figure.add_subplot(1, 4, 4, projection="polar")
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_thetamin(-60)
    axes.set_thetamax(60)
    for zone, colour in _ZONE_COLOURS.items():
        chosen = [a for a in rows if zone_of(a.depth_m[0]) == zone]
        angles = np.deg2rad([a.azimuth_deg[0] for a in chosen])
        axes.scatter(angles, [a.depth_m[0] for a in chosen], s=4, color=colour, label=zone, alpha=0.6)
    axes.legend(loc="lower center", fontsize=8, ncols=3)
    axes.set_title("where clips begin, m")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110, metadata={"Software": None})
