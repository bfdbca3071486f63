"""`foley eval ablation` with makers whose figures are known: one that obeys, one that is deaf, one that is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from foleydesigner.errors import ConfigurationError
from foleydesigner.evals.ablation import positions as part
from foleydesigner.evals.ablation.positions import WITH, WITHOUT, Plan, Variant
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.generator.sound_model import SoundOrder
from foleydesigner.tools.fractional_delay import read_at
from foleydesigner.tools.panning import SpacedPairLaw

RATE_HZ = 48_000
FEW = ("gcc_bewo", "iou")


@dataclass
class Maker:
    """Noise, at the place and in the time that it is told; in the middle, at 0.3 to 0.5 s, where it is told nothing."""

    asked: list[SoundOrder] = field(default_factory=list)
    name: str = "a maker"
    sample_rate_hz: int = RATE_HZ
    longest_s: float = 10.0
    follows_positions: bool = True
    licence: str = "CC0-1.0"

    @property
    def parameters(self) -> dict[str, str | float | int]:
        return {}

    def make(self, orders: Sequence[SoundOrder], length_s: float) -> list[NDArray[np.float32]]:
        self.asked += orders
        return [self._one(order, round(length_s * RATE_HZ)) for order in orders]

    def _one(self, order: SoundOrder, samples: int) -> NDArray[np.float32]:
        sound = 0.1 * np.random.default_rng(order.seed).standard_normal(samples)
        told = order.positions
        if told is None:
            sound[: round(0.3 * RATE_HZ)] = sound[round(0.5 * RATE_HZ) :] = 0.0
            return np.stack([sound, sound]).astype(np.float32)
        frame = np.minimum((np.arange(samples) / RATE_HZ * told.frame_rate_hz).astype(int), told.activation.size - 1)
        late = SpacedPairLaw().delays_s(told.azimuth_deg[:1].astype(np.float64))[:, 0] * RATE_HZ
        padded, at = np.pad(sound * told.activation[frame], 256), np.arange(samples) + 256
        return np.stack([read_at(padded, at - shift) for shift in late]).astype(np.float32)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "METRICS", FEW)


def variants(maker: Maker) -> list[Variant]:
    return [
        Variant(name=WITH, load=lambda: maker, told=True),
        Variant(name=WITHOUT, load=lambda: maker, told=False),
    ]


@pytest.mark.usefixtures("few")
def test_who_obeys_wins_by_as_much_as_is_asked(reference: Path, tmp_path: Path) -> None:
    maker = Maker()
    record = part.run(
        tmp_path,
        variants(maker),
        Plan(data=reference, seeds=(0, 1), batch=4, limit=5),
        command="x",
        tell=lambda _: None,
    )
    told = {figure.metric: figure for figure in reversed(record.figures[WITH])}
    untold = {figure.metric: figure for figure in reversed(record.figures[WITHOUT])}
    # Centred noise is the mono floor itself.
    assert untold["gcc_bewo/1"].value == pytest.approx(untold["gcc_bewo/1"].floor, rel=0.01)
    assert told["gcc_bewo/1"].value == pytest.approx(0.0, abs=1.0)
    # 0.3 to 0.5 s against 0.2 to 0.4 s and 0.7 to 0.9 s: 0.1 s of 0.5 s in common.
    assert untold["iou/1"].value == pytest.approx(20.0, abs=4.0)
    assert [check.name for check in record.checks] == [
        "gcc_bewo cut by cues", "skill of gcc_bewo against mono", "IoU gained by cues",
    ]  # fmt: skip
    assert record.held
    assert len(record.details["by_seed"][WITH]) == 2


@pytest.mark.usefixtures("few")
def test_who_is_deaf_holds_nothing_and_what_is_made_is_not_made_again(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Maker()
    deaf = [Variant(name=name, load=lambda: maker, told=False) for name in (WITH, WITHOUT)]
    plan = Plan(data=reference, seeds=(3,), limit=3)
    record = part.run(tmp_path, deaf, plan, tell=lambda _: None)
    assert [check.held for check in record.checks] == [False, False, False]
    assert len(maker.asked) == 6
    (tmp_path / "with-cues" / "seed-3" / "clip_000002.wav").unlink()
    again = part.run(tmp_path, deaf, plan, tell=lambda _: None)
    assert len(maker.asked) == 7
    assert again.figures == record.figures
    # Figures are kept beside the clips, and hold for what they were measured by.
    monkeypatch.setattr(part.comparison, "run", lambda *_, **__: pytest.fail("measured again"))
    assert part.run(tmp_path, deaf, plan, tell=lambda _: None).figures == record.figures
    with pytest.raises(pytest.fail.Exception, match="measured again"):
        part.run(tmp_path, deaf, replace(plan, limit=2), tell=lambda _: None)


def test_variants_share_their_noise_and_seeds_do_not(reference: Path) -> None:
    from foleydesigner.generator.filmstereo.shards import FilmStereo

    first, second = list(FilmStereo(reference).annotations("test"))[:2]
    told, untold = (part.order_of(first, 0, told=told) for told in (True, False))
    assert told.seed == untold.seed
    assert len({told.seed, part.order_of(first, 1, told=True).seed, part.order_of(second, 0, told=True).seed}) == 3
    assert told.positions is not None
    assert untold.positions is None
    assert told.positions.azimuth_deg[0] == -45.0
    assert told.positions.activation.sum() == 12.0  # every frame that two hits of 0.2 s touch


def test_the_interval_has_the_clips_and_the_seeds() -> None:
    figures = [Figure(metric="x/1", value=v, interval=(v - 1.0, v + 1.0)) for v in (4.0, 6.0)]
    pooled = part.over_seeds(figures)
    assert pooled.value == 5.0
    assert pooled.interval is not None
    # Student's t for one degree of freedom, times sqrt(2) / sqrt(2); the clips' half width is 1.
    assert pooled.interval[1] - 5.0 == pytest.approx(np.hypot(1.0, 12.71))
    assert part.over_seeds(figures[:1]).interval == (3.0, 5.0)
    assert part.over_seeds([figures[0], figures[1].model_copy(update={"value": None})]).value is None


def test_no_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no seed"):
        part.run(tmp_path, [], Plan(data=tmp_path, seeds=()))
