"""StereoCRW as a delay estimator, from a local checkpoint.

Z. Chen, D. F. Fouhey and A. Owens, "Sound Localization by Self-Supervised Time Delay Estimation", ECCV 2022
(github.com/IFICL/stereocrw), used as in the evaluation of `evals.metrics.bewo`: a ResNet of four basic blocks embeds
the complex spectrogram (129 bins by 129 columns, less the last of either) of each of 513 patches of 240 ms, one sample
apart; each patch of the left channel is compared with those of the right within 24 samples, softmax with a temperature
of 0.05 gives its delay, and patches near the ends are left out. The public weights are no longer served; a checkpoint
is the file `FreeMusic-StereoCRW-1024.pth.tar` that came with it, or one trained by its code with `--backbone resnet9`.

A clip takes 100 000 passes through the network: minutes on a GPU, most of a day on a laptop.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import CheckpointError
from foleydesigner.evals.judges.optional import load_state, read_checkpoint, torch_missing
from foleydesigner.evals.metrics.bewo import MAX_LAG, RATE_HZ, SHIFTS, WINDOW, Trace, frame_by_frame
from foleydesigner.evals.metrics.frames import Audio

if TYPE_CHECKING:
    from torch import Tensor

WHAT = "StereoCRW"
TEMPERATURE = 0.05
_FFT, _COLUMNS = 256, 128
_BATCH = 64


def network_state(checkpoint: Any, path: Path) -> dict[str, Any]:
    """The encoder's arrays out of a checkpoint of the published code: `state_dict`, `module.` and `net.` before names.

    Raises:
        CheckpointError: there are none.
    """
    state = checkpoint.get("state_dict", checkpoint) if isinstance(checkpoint, dict) else {}
    names = {str(name).removeprefix("module."): value for name, value in state.items()}
    found = {name.removeprefix("net."): value for name, value in names.items() if name.startswith("net.")}
    if not found:
        raise CheckpointError(f"{path} holds no array net.*", f"a checkpoint of {WHAT}", "pass one of its code")
    return found


class StereoCrw:
    """The estimator, loaded once.

    Args:
        path: the checkpoint.
        device: where torch works; None = a GPU where there is one.

    Raises:
        MissingExtraError: torch is not installed.
        CheckpointError: the checkpoint is missing, or of another network.
    """

    def __init__(self, path: Path, device: str | None = None) -> None:
        checkpoint = read_checkpoint(path, WHAT)
        try:
            import torch

            from foleydesigner.evals.judges.stereocrw_network import ResNet9
        except ImportError as error:
            raise torch_missing(WHAT, error) from error
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._network = load_state(ResNet9(), network_state(checkpoint, path), path, WHAT).to(self._device)
        self.name = f"StereoCRW, {path.name}"

    def trace_s(self, stereo: Audio) -> Trace:
        """(2, samples) at 16 kHz to delays t_L - t_R in seconds, (frames, 465)."""
        return frame_by_frame(stereo, self._delays_s)

    def _delays_s(self, frame: Audio) -> NDArray[np.float64]:
        import torch

        with torch.inference_mode():
            channels = torch.from_numpy(np.ascontiguousarray(frame, dtype=np.float32)).to(self._device)
            left, right = (torch.nn.functional.normalize(self._embedded(channel), dim=1) for channel in channels)
            return delays_of((left @ right.T / TEMPERATURE).double().cpu().numpy())

    def _embedded(self, channel: Tensor) -> Tensor:
        """The patches of one channel (4352,), (513, 128)."""
        import torch

        patches = channel.unfold(0, WINDOW, 1)
        window = torch.hann_window(_FFT, device=self._device)
        found = []
        for part in patches.split(_BATCH):
            spectra = torch.stft(part, _FFT, WINDOW // _COLUMNS, window=window, return_complex=True)
            planes = torch.view_as_real(spectra).permute(0, 3, 2, 1)[..., :-1, :-1]  # (n, 2, columns, bins)
            found.append(self._network(planes))
        return torch.cat(found)


def delays_of(affinity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Delays t_L - t_R in seconds of left patches but the outermost 24, (513, 513) to (465,).

    A right patch that is k samples later resembles the left one: the right channel is late by k, and t_L - t_R is -k.
    """
    count = SHIFTS + 1
    shift = np.arange(count)[None] - np.arange(count)[:, None]
    near = np.where(np.abs(shift) <= MAX_LAG, affinity, -np.inf)
    share = np.exp(near - near.max(axis=1, keepdims=True))
    late = (share * shift).sum(axis=1) / share.sum(axis=1)
    return np.asarray(-late[MAX_LAG:-MAX_LAG] / RATE_HZ)
