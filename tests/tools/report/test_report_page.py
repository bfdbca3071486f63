"""The report page: whole, escaped everywhere, small enough, and asking nothing of a network."""

from __future__ import annotations

import html.parser
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleydesigner.cues import EventCue, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.evidence import Box, ClipInfo, Impact, PictureEvidence, Shot, Track, TrackPoint
from foleydesigner.job import JobFolder
from foleydesigner.mix import (
    DynamicsSettings,
    EqualiserSettings,
    LoudnessReport,
    Masking,
    MixPlan,
    MixSettings,
    ReverbSettings,
    TrackAnalysis,
    TrackPlan,
)
from foleydesigner.screenplay import Scene, Screenplay
from foleydesigner.script import LAYERS, FoleyScript, Placement, SceneSpace, SoundEvent, Span
from foleydesigner.search import Candidate, Constraint, Score, SearchRecord
from foleydesigner.text import Finding, ShotText, SoundSpec, StructuredText
from foleydesigner.tools.delivery.provenance import Decision, provenance
from foleydesigner.tools.report import figures
from foleydesigner.tools.report.page import ReportContext, clock, decibels, render, write_report
from foleydesigner.tools.report.pictures import PictureBudget, relative_link

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
VOID = {"meta", "link", "img", "br", "input", "hr"}


class Balance(html.parser.HTMLParser):
    """Checks that tags close in order, and notes tags, attributes and scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.counts: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> out of order"


def parse(page: str) -> Balance:
    balance = Balance()
    balance.feed(page)
    balance.close()
    assert balance.open == []
    return balance


def clip(shots: int = 3, shot_s: float = 4.0) -> tuple[ClipInfo, tuple[Shot, ...]]:
    info = ClipInfo(
        name="lock_up <night>.mp4",
        sha256="ab" * 32,
        width_px=640,
        height_px=360,
        rate_num=24000,
        rate_den=1001,
        frame_count=int(shots * shot_s * 24),
        duration_s=shots * shot_s,
        start_timecode="01:00:00:00",
        codec="h264",
    )
    cuts = [
        Shot(
            id=f"shot_{i + 1}",
            start_frame=int(i * shot_s * 24),
            end_frame=int((i + 1) * shot_s * 24),
            start_s=i * shot_s,
            end_s=(i + 1) * shot_s,
            activity=0.3,
        )
        for i in range(shots)
    ]
    return info, tuple(cuts)


def walk(shot: Shot, number: int) -> Track:
    """A track that crosses the picture from left to right."""
    share = np.linspace(0.0, 1.0, 24)
    points = tuple(
        TrackPoint(
            frame=int(shot.start_frame + s * (shot.end_frame - shot.start_frame - 1)),
            time_s=float(shot.start_s + s * (shot.end_s - shot.start_s)),
            box=Box(x1=0.08 + 0.6 * s, y1=0.3 + 0.05 * np.sin(6 * s), x2=0.26 + 0.6 * s, y2=0.92),
            speed=0.2,
            depth_m=4.0,
        )
        for s in share
    )
    return Track(id=f"track_{number}", shot_id=shot.id, start_s=shot.start_s, end_s=shot.end_s, points=points)


def sample_events(shots: tuple[Shot, ...], label: str, repeat: int) -> tuple[SoundEvent, ...]:
    first, last = shots[0], shots[-1]
    rng = np.random.default_rng(3)
    events = []
    for n in range(repeat):
        steps = tuple(float(t) for t in np.arange(first.start_s + 0.4 + 0.01 * n, first.end_s, 0.52))
        hits = tuple(sorted(float(t) for t in rng.uniform(first.end_s, last.end_s - 0.1, 9)))
        track = Placement(kind="screen", track_ids=("track_1",))
        events += [
            SoundEvent(
                id=f"steps_{n}",
                label=f"boots on gravel {label}",
                prompt="boots",
                family="footsteps",
                layer="feet",
                prominence="foreground",
                kind="impulsive",
                onsets_s=steps,
                strengths=tuple(0.5 + 0.5 * (i % 2) for i in range(len(steps))),
                placement=track,
                origin="both",
                ucs_id="FEETHmn",
                reason=f"A figure walks across the yard. {label}",
            ),
            SoundEvent(
                id=f"cloth_{n}",
                label="coat",
                prompt="cloth",
                family="cloth",
                layer="moves",
                prominence="middle",
                kind="steady",
                spans=(
                    Span(
                        start_s=first.start_s + 0.2,
                        end_s=first.end_s,
                        level_times_s=(0.2, 1.5, 2.5, 4.0),
                        levels=(0.2, 0.8, 0.3, 0.6),
                    ),
                ),
                placement=track,
                origin="craft",
                ucs_id="CLOTHMvmt",
                reason="A cloth pass for every person who moves.",
            ),
            SoundEvent(
                id=f"hammer_{n}",
                label="hammer on anvil",
                prompt="anvil",
                family="impact",
                layer="hard_fx",
                prominence="foreground",
                kind="impulsive",
                onsets_s=hits,
                strengths=tuple(float(s) for s in rng.uniform(0.3, 1, 9)),
                placement=Placement(kind="screen", track_ids=("track_2",)),
                origin="picture",
                ucs_id="METLImpt",
            ),
            SoundEvent(
                id=f"wind_{n}",
                label="wind over the yard",
                prompt="wind",
                family="wind",
                layer="backgrounds",
                prominence="background",
                kind="steady",
                spans=(Span(start_s=0.0, end_s=last.end_s),),
                placement=Placement(kind="diffuse"),
                origin="screenplay",
                ucs_id="WINDGust",
            ),
        ]
    return tuple(sorted(events, key=lambda e: (LAYERS.index(e.layer), e.in_s)))


def cue_of(event: SoundEvent, info: ClipInfo, shots: tuple[Shot, ...]) -> EventCue:
    segments = tuple(
        TrajectorySegment(
            start_s=s.start_s,
            end_s=s.end_s,
            points=tuple(
                PositionPoint(time_s=s.start_s + k * (s.end_s - s.start_s), azimuth_deg=-30 + 55 * k, depth_m=4 + k)
                for k in (0.0, 0.5, 1.0)
            ),
        )
        for s in shots
    )
    return EventCue(
        event_id=event.id,
        kind=event.kind,
        placement=event.placement.kind,
        rate_num=info.rate_num,
        rate_den=info.rate_den,
        frame_count=info.frame_count,
        clip_duration_s=info.duration_s,
        onsets_s=event.onsets_s,
        strengths=event.strengths,
        spans=event.spans,
        trajectory=Trajectory(segments=segments),
    )


def analysis(event: SoundEvent, shift_db: float = 0.0) -> TrackAnalysis:
    return TrackAnalysis(
        event_id=event.id,
        label=event.label,
        layer=event.layer,
        prominence=event.prominence,
        loudness_lufs=-31.4 + shift_db,
        peak_dbfs=-9.0,
        rt60_s=0.42,
        low_db=-12.0,
        mid_db=-2.0,
        high_db=-9.0,
        centroid_hz=1800.0,
        active_s=2.0,
        heard_as="short bright hits",
        agreement=0.83,
        onset_error_ms=0.6,
    )


def sample_search(events: tuple[SoundEvent, ...], label: str) -> SearchRecord:
    finding = Finding(kind="ambiguous", severity="correctable", message=f"two events share a name {label}")

    def node(name: str, parent: str | None, depth: int, made_by: str, value: float, kept: bool) -> Candidate:
        score = Score(
            value=value, correspondence=value, separation=value, tone=min(1.0, value + 0.1), findings=(finding,)
        )
        return Candidate(
            id=name,
            parent_id=parent,
            depth=depth,
            made_by=made_by,
            emphasis="semantic_alignment",
            events=events[:4],
            score=score,
            kept=kept,
            notes=(f"split the layers {label}",),
            constraints=(Constraint(origin="reviewer", message=f"no birds {label}"),),
        )

    made = (
        node("c1", None, 0, "expand", 0.61, True),
        node("c2", None, 0, "expand", 0.55, True),
        node("c3", None, 0, "expand", 0.41, False),
        node("c4", "c1", 1, "refine", 0.74, True),
        node("c5", "c1", 1, "refine", 0.70, False),
        node("c6", "c2", 1, "regenerate", 0.66, False),
        node("c7", "c4", 2, "refine", 0.92, True),
        node("c8", "c4", 2, "refine", 0.81, False),
    )
    return SearchRecord(
        threshold=0.9,
        children=3,
        keep=2,
        max_depth=3,
        branch_budget=24,
        candidates=made,
        winner_id="c7",
        ended="threshold",
    )


def write_media(job: JobFolder, shots: tuple[Shot, ...], events: tuple[SoundEvent, ...], sound_s: float = 2.0) -> None:
    import cv2

    job.keyframes.mkdir(parents=True)
    gradient = np.tile(np.linspace(40, 160, 640, dtype=np.uint8)[None, :, None], (360, 1, 3))
    for shot in shots:
        cv2.imwrite(str(job.keyframes / f"{shot.id}_{shot.start_frame + 40}.jpg"), gradient)
    rng = np.random.default_rng(0)
    for event in events:
        path = job.mel_picture(event.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 255, (96, 400, 3), dtype=np.uint8))
    envelope = np.exp(-6 * (np.arange(int(48000 * sound_s)) / 48000 % 0.5))
    noise = (rng.normal(0, 0.15, (len(envelope), 2)) * envelope[:, None]).astype(np.float32)
    job.stereo.parent.mkdir(parents=True)
    soundfile.write(job.stereo, noise, 48000, subtype="PCM_24")


def sample_context(root: Path, *, label: str = "", shots: int = 3, repeat: int = 1) -> ReportContext:
    job = JobFolder(root)
    info, cuts = clip(shots)
    tracks = tuple(walk(shot, i + 1) for i, shot in enumerate(cuts))
    events = sample_events(cuts, label, repeat)
    write_media(job, cuts, events)
    figures_of = LoudnessReport(
        integrated_lufs=-23.2,
        loudness_range_lu=9.1,
        momentary_max_lufs=-14.0,
        short_term_max_lufs=-18.2,
        true_peak_dbtp=-1.6,
        sample_peak_dbfs=-1.9,
    )
    finding = Finding(kind="missing", severity="correctable", message=f"the train is not seen {label}")
    spec = SoundSpec(
        id="spec_1",
        shot_ids=("shot_1",),
        nature="gait",
        kind="impulsive",
        families=("footsteps",),
        start_s=0,
        end_s=4,
        salience=0.7,
        subject=label[:40],
    )
    text = StructuredText(
        revision=1,
        shots=tuple(ShotText(shot_id=s.id, description=f"A yard. {label}") for s in cuts),
        specs=(spec,),
        open_findings=(finding,),
    )
    heading = f"EXT. YARD - NIGHT {label}"
    return ReportContext(
        job=job,
        evidence=PictureEvidence(
            clip=info,
            shots=cuts,
            tracks=tracks,
            impacts=(Impact(id="impact_1", time_s=1.0, strength=0.9, x=0.4, y=0.8),),
            depth_assumptions=("The camera stands 1.6 m above the ground.",),
            perception={"motion": "dis-flow/1"},
        ),
        script=FoleyScript(
            clip=info,
            shots=cuts,
            events=events,
            score=0.92,
            open_findings=(f"no picture shows the train {label}",),
            spaces=(
                SceneSpace(scene_id="scene_1", start_s=0, end_s=info.duration_s, interior=False, target_rt60_s=0.4),
            ),
        ),
        screenplay=Screenplay(
            scenes=(Scene(id="scene_1", heading=heading, mood="tense", start_s=0, end_s=info.duration_s),),
            ignored=(f"He says nothing. {label}",),
        ),
        structured_texts=(text,),
        search=sample_search(events, label),
        cues=tuple(cue_of(e, info, cuts) for e in events),
        analyses=tuple(analysis(e) for e in events),
        analyses_after=tuple(analysis(e, 3.2) for e in events),
        plan=MixPlan(
            tracks=tuple(
                TrackPlan(event_id=e.id, operations=("dynamics",), reasons=(f"too quiet {label}",)) for e in events
            ),
            maskings=(Masking(masked_id=events[0].id, masker_id=events[1].id, band="mid", excess_db=4.2),),
            findings=(finding,),
        ),
        settings=MixSettings(
            reverbs=tuple(
                ReverbSettings(
                    event_id=e.id,
                    scene_id="scene_1",
                    send_db=-18,
                    room_size=0.2,
                    damping=0.6,
                    target_rt60_s=0.4,
                    reason=f"open yard {label}",
                )
                for e in events
            ),
            equalisers=(
                EqualiserSettings(event_id=events[0].id, mid_db=2.0, highpass_hz=60, reason="clear of the wind"),
            ),
            dynamics=tuple(DynamicsSettings(event_id=e.id, gain_db=3.2, compressor_threshold_db=-20) for e in events),
        ),
        loudness={"stereo": figures_of, "surround_51": figures_of},
        foldown={"level_difference_db": -0.42, "null_db": -36.0},
        seconds={"perception": 5.1, "script": 1.2, "takes": 3.8, "mix": 2.2, "delivery": 0.9},
        provenance=provenance(
            job_id="job42",
            inputs={"clip": "ab" * 32},
            seed=7,
            engine="procedural",
            decisions=(Decision(point="script", decided_by=f"M. {label}", verdict="approved"),),
        ),
        seed=7,
        engine="procedural/1",
    )


def test_page_is_well_formed_and_complete(tmp_path: Path) -> None:
    context = sample_context(tmp_path)
    page = write_report(context, context.job.report).read_text("utf-8")
    counts = parse(page).counts
    assert counts["article"] == len(context.script.events)
    assert counts["figure"] == 3
    for text in (
        "boots on gravel",
        "L R C LFE Ls Rs",
        "01:00:00:00",
        "24000/1001",
        "open yard",
        "c7",
        "−23.2",
        "A yard.",
    ):
        assert text in page, text


def test_page_asks_nothing_of_a_network(tmp_path: Path) -> None:
    page = render(sample_context(tmp_path))
    assert not re.search(
        r"(https?:)?//[a-z0-9]", re.sub(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+", "", page), re.IGNORECASE
    )
    for _tag, name, value in parse(page).attributes:
        if name in ("src", "href"):
            assert value.startswith(("./", "#", "data:image/", "data:,")), value


def test_hostile_text_is_inert_everywhere(tmp_path: Path) -> None:
    page = render(sample_context(tmp_path, label=HOSTILE))
    balance = parse(page)
    assert "<script>alert" not in page
    assert page.count("alert(1)") > 10  # it is shown, escaped
    assert balance.counts["script"] == 1
    assert not [name for _tag, name, _value in balance.attributes if name.startswith("on")]
    assert balance.counts["img"] == render(sample_context(tmp_path / "plain")).count("<img ")


def test_policy_admits_the_own_script_by_its_hash(tmp_path: Path) -> None:
    import base64
    import hashlib

    page = render(sample_context(tmp_path))
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in page or f"script-src 'sha256-{digest}'" in page


def test_a_job_that_stopped_early_still_has_a_page(tmp_path: Path) -> None:
    info, cuts = clip(1)
    script = FoleyScript(
        clip=info,
        shots=cuts,
        events=(),
        spaces=(SceneSpace(scene_id="s", start_s=0, end_s=4, interior=True, target_rt60_s=0.3),),
    )
    context = ReportContext(job=JobFolder(tmp_path), evidence=PictureEvidence(clip=info, shots=cuts), script=script)
    page = render(context)
    parse(page)
    assert "The script holds no event." in page
    assert 'id="search"' not in page


def test_same_job_gives_the_same_page(tmp_path: Path) -> None:
    context = sample_context(tmp_path)
    assert render(context) == render(context)


def test_a_long_clip_stays_below_15_megabytes(tmp_path: Path) -> None:
    page = render(sample_context(tmp_path, shots=200, repeat=40))
    assert len(page.encode()) < 15_000_000
    assert page.count("<figure>") == 24


def test_waveform_peaks_are_the_extremes_of_each_stretch(tmp_path: Path) -> None:
    sound = np.zeros((1000, 2), np.float32)
    sound[250, 0], sound[900, 1] = 0.5, -0.75
    soundfile.write(tmp_path / "x.wav", sound, 48000, subtype="FLOAT")
    peaks = figures.waveform_peaks(tmp_path / "x.wav", columns=10)
    expected = np.zeros((10, 2), np.float32)
    expected[2, 1], expected[9, 0] = 0.5, -0.75
    np.testing.assert_array_equal(peaks, expected)


def test_tree_puts_parents_over_their_children_and_marks_the_way_to_the_winner(tmp_path: Path) -> None:
    tree = figures.search_tree(sample_context(tmp_path).search)
    at = {node.candidate.id: node for node in tree.nodes}
    assert len(at) == 8
    assert at["c4"].x == pytest.approx((at["c7"].x + at["c8"].x) / 2)
    assert {i for i, node in at.items() if node.on_winning_path} == {"c1", "c4", "c7"}
    level = sorted(node.x for node in tree.nodes if node.candidate.depth == 1)
    assert min(np.diff(level)) > 20  # nodes of one level do not touch
    assert at["c7"].y > at["c4"].y > at["c1"].y


def test_azimuth_lines_never_cross_a_cut(tmp_path: Path) -> None:
    context = sample_context(tmp_path)
    cue = next(c for c in context.cues if c.event_id == "steps_0")
    figure = figures.azimuth_figure(cue, 45.0, 240.0)
    assert figure.lines.count("M") == 3
    x, y = figure.hits[0]
    assert x == pytest.approx(1000 * 0.4 / 12, abs=0.1)
    assert y == pytest.approx(120 + 120 * (-30 + 55 * 0.1) / 45, abs=0.1)


def test_pictures_outside_the_job_are_neither_read_nor_linked(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"\x89PNG\r\n\x1a\nsecret")
    job = tmp_path / "job"
    job.mkdir()
    (job / "link.png").symlink_to(tmp_path / "secret.png")
    budget = PictureBudget(job)
    assert budget.address(job / ".." / "secret.png") == ""
    assert budget.address(job / "link.png") == ""
    assert relative_link(job, job / "a b" / "javascript:x.wav") == "./a%20b/javascript%3Ax.wav"


def test_a_file_that_is_no_picture_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"<svg onload=alert(1)>")
    assert PictureBudget(tmp_path).address(tmp_path / "x.png") == ""


def test_past_the_budget_pictures_are_linked(tmp_path: Path) -> None:
    picture = JobFolder(tmp_path).keyframes / "shot_1_40.jpg"
    write_media(JobFolder(tmp_path), clip(1)[1], ())
    budget = PictureBudget(tmp_path, total_bytes=picture.stat().st_size * 2)
    assert budget.address(picture).startswith("data:image/jpeg;base64,")
    assert budget.address(picture) == "./perception/keyframes/shot_1_40.jpg"
    assert budget.left_bytes >= 0


def test_figures_for_people() -> None:
    assert decibels(-23.04) == "−23.0"
    assert decibels(3.2, sign=True) == "+3.2"
    assert decibels(None) == "–"
    assert clock(62.3456) == "1:02.346"
    assert clock(59.9996) == "1:00.000"
