"""The sound that a clip came with, for the eye: an editor's guide under the timeline. Nothing is made from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foleydesigner.tools.audio_file import writing_wav

RATE_HZ = 8_000


def write_guide_track(clip: Path, path: Path) -> bool:
    """Write the clip's first audio stream as mono WAV at 8 kHz; False where it has none that can be decoded.

    Raises:
        OutputError: the file cannot be written.
    """
    import av

    try:
        with av.open(str(clip)) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                return False
            resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
            with writing_wav(path, RATE_HZ, 1) as file:
                for frame in container.decode(stream):
                    for part in resampler.resample(frame):
                        file.write(np.asarray(part.to_ndarray(), dtype=np.float32).reshape(1, -1))
    except (av.FFmpegError, OSError, ValueError):
        return False
    return path.is_file()
