"""The training script: its network is the one that is shipped, it learns, goes on after a stop, and reads a dataset."""

from __future__ import annotations

import importlib.util
import sys
from argparse import Namespace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from foleydesigner.evals.judges.delay_estimator import LearnedDelay, load_weights, shapes

SCRIPT = Path(__file__).parents[3] / "scripts" / "train_delay_estimator.py"
pytestmark = pytest.mark.learned


@pytest.fixture(scope="module")
def script() -> ModuleType:
    pytest.importorskip("torch")
    spec = importlib.util.spec_from_file_location("train_delay_estimator", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def options(work: Path, **more: object) -> Namespace:
    chosen = {
        "simulate": 4, "dataset": None, "out": work / "w.npz", "work": work, "start": None, "rate": 2e-3, "epochs": 1,
        "batch": 2, "frames": 20, "most": 0, "seed": 0, "threads": 1,
    }  # fmt: skip
    return Namespace(**{**chosen, **more})


def test_torch_and_numpy_have_one_network(script: ModuleType, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    network = script.Network()
    torch.nn.init.normal_(network.last.weight, std=0.3)
    assert {name: tuple(value.shape) for name, value in network.state_dict().items()} == shapes()
    script.exported(network, tmp_path / "w.npz")
    network.load_state_dict({name: torch.from_numpy(a) for name, a in load_weights(tmp_path / "w.npz").items()})
    (sound, _, delay_s), *_ = script.simulated_clips(1, "train")
    heard = np.ones(len(delay_s), dtype=bool)
    parts = script.batch([script.example(sound, delay_s, heard)], np.random.default_rng(1), len(heard))
    with torch.inference_mode():
        found_s = network.lags_s[network(parts[0], parts[1]).argmax(dim=2)[0]].numpy()
    sign = np.sign(float(parts[2][0, 0]) * delay_s[0])  # a batch may exchange the channels
    ours = LearnedDelay(tmp_path / "w.npz").delays_s(sound)[script.FRAME_HOPS // 2 :: script.FRAME_HOPS]
    # The grid of training is four times coarser.
    assert np.mean(np.abs(sign * found_s - ours[: len(found_s)]) <= 1.01 * 4 * script.LAG_S) > 0.9


def test_it_learns_and_goes_on_where_it_stopped(script: ModuleType, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    script.trained(options(tmp_path / "one", epochs=2))
    script.trained(options(tmp_path / "two", epochs=2))
    whole = torch.load(tmp_path / "one" / "state.pt", weights_only=True)
    again = torch.load(tmp_path / "two" / "state.pt", weights_only=True)
    assert whole["best"] == again["best"]
    assert whole["epoch"] == 2
    # The second epoch by itself, from what the first left.
    script.trained(options(tmp_path / "one", epochs=3))
    assert torch.load(tmp_path / "one" / "state.pt", weights_only=True)["epoch"] == 3
    assert LearnedDelay(tmp_path / "one" / "w.npz").name
