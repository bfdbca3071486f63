"""How what cannot work is made, tried and judged: it has to end in one clear line, with nothing left behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from foleydesigner.evals.faults.filming import Film, write_film
from foleydesigner.evals.faults.sandbox import Outcome, Sandbox, job_leftovers
from foleydesigner.model import Line, Model

Arguments = tuple[str, ...]
CLIP, SCRIPT, OUT = "clip.mp4", "scene.fountain", "job"
DESIGN: Arguments = ("design", CLIP, "--out", OUT, "--quiet")
SCRIPTED: Arguments = ("design", CLIP, "--script", SCRIPT, "--out", OUT, "--quiet")
SCREENPLAY = "INT. CELLAR - NIGHT\n\nA rubber ball falls on the concrete floor and bounces.\n"


class Place:
    """The folder of one case, with a good clip and screenplay to damage.

    Args:
        root: an empty folder.
        good: folder of the good films; see `write_good`.
    """

    def __init__(self, root: Path, good: Path) -> None:
        self.root, self.good = root, good

    def clip(self, data: bytes | None = None, name: str = CLIP) -> Path:
        """Put a clip there: the good one, or `data`."""
        path = self.root / name
        path.write_bytes((self.good / "good.mp4").read_bytes() if data is None else data)
        return path

    def script(self, data: bytes | None = None) -> Path:
        """Put a screenplay beside a good clip."""
        self.clip()
        path = self.root / SCRIPT
        path.write_bytes(SCREENPLAY.encode() if data is None else data)
        return path

    def data(self, name: str) -> bytes:
        """Bytes of a good film."""
        return (self.good / name).read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One thing that cannot work.

    Attributes:
        make: puts it into its place.
        words: has to stand in the line.
        code: exit code.
        arguments: of `foley`.
        clean: True where nothing may have been begun: no job folder is left.
        limits: fields of `sandbox.Request`.
    """

    make: Callable[[Place], object]
    words: str
    code: int = 3
    arguments: Arguments = DESIGN
    clean: bool = True
    limits: dict[str, object] = field(default_factory=dict)


class Verdict(Model):
    """How a broken thing was met."""

    name: Line
    said: str
    faults: tuple[str, ...] = ()
    wall_s: float = 0.0

    @property
    def right(self) -> bool:
        """One clear line, and nothing left."""
        return not self.faults


def write_good(folder: Path) -> Path:
    """Films that nothing is wrong with, to be damaged: `good.mp4`, `front.mp4` (index first), `good.mkv`."""
    folder.mkdir(parents=True, exist_ok=True)
    small = Film(frames=24, width_px=96, height_px=64)
    write_film(folder / "good.mp4", small)
    write_film(folder / "front.mp4", Film(frames=24, width_px=96, height_px=64,
                                          container_options={"movflags": "+faststart"}))  # fmt: skip
    mjpeg = Film(suffix=".mkv", frames=24, width_px=96, height_px=64, codec="mjpeg", pix_fmt="yuvj420p", options={})
    write_film(folder / "good.mkv", mjpeg)
    _sound_only(folder / "sound.mp4")
    _no_frames(folder / "none.mp4")
    return folder


def meet(name: str, case: Broken, root: Path, good: Path, sandbox: Sandbox) -> Verdict:
    """Make the broken thing, run the command, judge its end."""
    root.mkdir(parents=True)
    root.chmod(0o777)
    case.make(Place(root, good))
    before = _listing(root)
    ended = sandbox.foley(*case.arguments, cwd=root, **case.limits)
    return Verdict(name=name, said=ended.stderr.strip()[:300], faults=tuple(_faults(case, ended, root, before)),
                   wall_s=ended.wall_s)  # fmt: skip


def _faults(case: Broken, ended: Outcome, root: Path, before: set[str]) -> list[str]:
    faults = [ended.fault] if ended.fault else []
    if not ended.refused:
        faults.append(f"no single line: exit code {ended.code}, {ended.stderr[:200]!r}")
    if ended.code != case.code:
        faults.append(f"exit code {ended.code}, not {case.code}")
    if case.words not in ended.stderr:
        faults.append(f"{case.words!r} is not in the line")
    # The lock of a folder that was a job's before is no trace of this one.
    own_lock = {str(root / OUT / ".lock")} if str(root / OUT) in before else set()
    if case.clean and (new := sorted(_listing(root) - before - own_lock)):
        faults.append(f"left: {new[:5]}")
    left = (name for name in job_leftovers(root / OUT) if str(root / OUT / name) not in before)
    return faults + [f"half-written: {name}" for name in left]


def _listing(root: Path) -> set[str]:
    return {os.path.join(folder, name) for folder, folders, files in os.walk(root) for name in (*folders, *files)}


def _sound_only(path: Path) -> None:
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 24_000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48_000
        container.mux([*stream.encode(frame), *stream.encode()])


def _no_frames(path: Path) -> None:
    """A film whose stream is declared and empty."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        container.start_encoding()
