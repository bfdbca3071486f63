"""Right answers to the roles' questions, made by simple rules out of the question itself.

A puppet knows no more than a model would: the schema that it has to answer in, and the data it was sent.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
_FLOOR_DB = -80.0


class Puppet:
    """Answers by the name of the schema; counts, so that it can refuse the first text and the first scripts.

    Args:
        rejections: FilmScribe texts that the validator finds a fault in, a shot.
        weak_scores: candidates that the scorer finds a correctable fault in, before it is content.
        most_events: events of a candidate script at most; it is filled up to this number with backgrounds.
    """

    def __init__(self, rejections: int = 0, weak_scores: int = 0, most_events: int | None = None) -> None:
        self._lock = threading.Lock()
        self._rejections, self._weak_scores, self._most_events = rejections, weak_scores, most_events
        self._validated: dict[str, int] = {}
        self._scored = 0
        self._answers: dict[str, Callable[[Data], Data]] = {
            "WriterAnswer": self._write,
            "ValidatorAnswer": self._validate,
            "ExpanderAnswer": self._expand,
            "ScorerAnswer": self._score,
            "LocaliserAnswer": _localise,
            "ListenerAnswer": _listen,
            "PlannerAnswer": _plan,
            "ReverberationAnswer": _reverberate,
            "EqualisationAnswer": _equalise,
            "DynamicsAnswer": _level,
            "Seen": lambda data: {"colour": "blue", "side": "right"},
            "Read": lambda data: {"hit": "hammer"},
            "Heard": lambda data: {"beeps": 2},
        }

    def answer(self, body: Data) -> str:
        """The text that answers a chat completion request, JSON by its schema."""
        name = body["response_format"]["json_schema"]["name"]
        return json.dumps(self._answers[name](data_of(body)))

    def _write(self, data: Data) -> Data:
        specs = []
        for track in data["tracks"]:
            hits = [i["id"] for i in data["impacts"] if i["track"] == track["id"]]
            specs.append(
                _spec(track["id"], hits, [track["id"]], track["from_s"], track["to_s"], walks="step_s" in track)
            )
        loose = [i for i in data["impacts"] if not i["track"]]
        if loose:
            specs.append(_spec("hit", [i["id"] for i in loose], [], loose[0]["time_s"], loose[-1]["time_s"] + 0.04))
        for spec in specs if data.get("findings") else []:
            spec["subject"] = f"{spec['subject']} mended"
        shots = [{"shot_id": s["id"], "description": "something moves"} for s in data["shots"]]
        return {"shots": shots, "specs": specs[:12]}

    def _validate(self, data: Data) -> Data:
        place = data["shots"][0]["id"]
        with self._lock:
            count = self._validated[place] = self._validated.get(place, 0) + 1
        if count > self._rejections or not data["text"]["specs"]:
            return {"findings": []}
        about = [data["text"]["specs"][0]["id"]]
        return {"findings": [{"kind": "ambiguous", "about": about, "message": "say what it is"}]}

    def _expand(self, data: Data) -> Data:
        end_s = min(data["clip"]["duration_s"], data["scenes"][-1]["to_s"])
        events = [
            _seen_event(spec, number, f"{data['task'][:3]}{data['variant']}")
            for number, spec in enumerate(data["seen"])
        ]
        mentions = [m for scene in data["scenes"] for m in scene["sounds_in_the_words"]]
        told = [_told_event(mention, data["scenes"][0]["from_s"], end_s) for mention in mentions]
        wanted = self._most_events
        while wanted is not None and len(events) + len(told) < wanted:
            told.append(_air(len(told), data["scenes"][0]["from_s"], end_s))
        every = [*events, *told][: min(wanted or 24, 24)]
        return {"events": every, "what_was_done": f"{data['task']} {data['variant']}"}

    def _score(self, data: Data) -> Data:
        with self._lock:
            self._scored += 1
            weak = self._scored <= self._weak_scores
        value = 0.8 if weak else 0.96
        about = [data["candidate"][0]["id"]] if data["candidate"] else []
        fault = {"kind": "ambiguous", "severity": "correctable", "about": about, "message": "softer"}
        return {"correspondence": value, "separation": value, "tone": value, "findings": [fault] if weak else []}


def data_of(body: Data) -> Data:
    """The data block of a question."""
    user = next(m for m in body["messages"] if m["role"] == "user")
    text = user["content"] if isinstance(user["content"], str) else user["content"][0]["text"]
    data: Data = json.loads(text.rpartition("DATA\n")[2])
    return data


def images_of(body: Data) -> int:
    """Images of a request."""
    parts = [m["content"] for m in body["messages"] if isinstance(m["content"], list)]
    return sum(part["type"] == "image_url" for content in parts for part in content)


def _spec(name: str, hits: list[str], tracks: list[str], from_s: float, to_s: float, *, walks: bool = False) -> Data:
    return {
        "subject": name.replace("_", " "),
        "nature": "gait" if walks else "strikes" if hits else "gesture",
        "kind": "impulsive" if hits else "steady",
        "families": ["footsteps" if walks else "impact" if hits else "cloth"],
        "track_ids": tracks,
        "evidence_ids": hits[:32],
        "from_s": from_s,
        "to_s": max(to_s, from_s + 0.01),
        "salience": 0.6,
    }


def _event(label: str, family: str, layer: str, kind: str) -> Data:
    return {
        "label": label, "prompt": label, "family": family, "layer": layer, "prominence": "middle", "kind": kind,
        "evidence_ids": [], "times_s": [], "spans": [], "place": "screen", "track_ids": [], "x": 0.5,
        "azimuth_deg": 0.0, "mention_ids": [], "material": "wood", "surface": "", "size": "medium", "intensity": 0.5,
        "speed": 0.5, "mood": "neutral", "reason": "seen",
    }  # fmt: skip


def _seen_event(spec: Data, number: int, take: str) -> Data:
    family = spec["families"][0]
    layer = {"footsteps": "feet", "cloth": "moves"}.get(family, "props")
    event = _event(f"{spec['subject']} {number + 1} {take}", family, layer, spec["kind"])
    event["track_ids"] = spec["track_ids"]
    if spec["kind"] == "impulsive":
        event["evidence_ids"] = spec["evidence_ids"]
    else:
        event["spans"] = [{"from_s": spec["from_s"], "to_s": spec["to_s"]}]
    return event


def _told_event(mention: Data, from_s: float, end_s: float) -> Data:
    event = _event(f"told {mention['id']}", "impact", "props", "impulsive")
    time_s = round(from_s + 0.4 * (end_s - from_s), 3)
    return event | {"times_s": [time_s], "place": "offscreen", "azimuth_deg": -40.0, "mention_ids": [mention["id"]]}


def _air(number: int, from_s: float, end_s: float) -> Data:
    event = _event(f"air {number + 1}", "room_tone", "backgrounds", "steady")
    return event | {"spans": [{"from_s": from_s, "to_s": round(end_s - 0.001, 3)}], "place": "diffuse"}


def _localise(data: Data) -> Data:
    box = {"x1": 200.0, "y1": 100.0, "x2": 300.0, "y2": 200.0}
    return {"boxes": [{"image": image["image"]} | box for image in data["images"]]}


def _listen(data: Data) -> Data:
    return {"heard_as": data["event"] or "a sound", "agreement": 0.9, "objections": []}


def _plan(data: Data) -> Data:
    if data["task"] != "plan the mix":
        return {"tracks": [], "retake_ids": [], "corrections": []}
    operations = ["dynamics", "equalisation", "reverberation"]
    lines = [{"event_id": t["id"], "operations": operations, "reason": "stands in a room"} for t in data["tracks"]]
    return {"tracks": lines, "retake_ids": [], "corrections": []}


def _reverberate(data: Data) -> Data:
    rooms = {t["scene"]: t["place_rt60_s"] for t in data["tracks"]}
    return {
        "rooms": [{"scene_id": name, "rt60_s": rt60_s, "damping": 0.5} for name, rt60_s in rooms.items()],
        "sends": [{"event_id": t["id"], "send_db": -18.0, "reason": "near"} for t in data["tracks"]],
    }


def _equalise(data: Data) -> Data:
    flat = {"low_db": -1.0, "mid_db": 0.0, "high_db": 0.0, "highpass_hz": 40.0, "reason": "rumble"}
    return {"tracks": [{"event_id": t["id"]} | flat for t in data["tracks"]]}


def _level(data: Data) -> Data:
    lines = []
    for track in data["tracks"]:
        gain_db = max(-40.0, min(-28.0 - max(track["lufs"], _FLOOR_DB), -1.0 - track["peak_dbfs"], 20.0))
        lines.append(
            {
                "event_id": track["id"],
                "gain_db": round(gain_db, 2),
                "compressor_threshold_db": 0.0,
                "compressor_ratio": 2.0,
                "reason": "level",
            }
        )
    return {"tracks": lines}
