#!/usr/bin/env python3
"""Run and review a job through the app's API: begin, wait, approve each review, fetch the 5.1 mix.

foley ui --port 7860 &
python3 scripts/examples/review_a_job.py http://127.0.0.1:7860 CLIP.mp4 SCENE.fountain mix_51.wav [NAME PASSWORD]
"""

import sys
import time
from pathlib import Path

import httpx
from gradio_client import Client, handle_file


def main(url, clip, screenplay, target, *login):
    """Everything a reviewer does, without a browser."""
    client = Client(url, auth=tuple(login) or None, verbose=False)
    job = client.predict(
        clip=handle_file(clip),
        text=Path(screenplay).read_text("utf-8"),
        screenplay=None,
        engine="procedural",
        minds="house",
        profile="stem",
        stops=["script", "mix"],
        seed=0,
        api_name="/start",
    )
    while True:
        status = client.predict(job, api_name="/status")
        if status["state"] == "waiting":
            print(f"{status['waits_for']}: {status['question']['summary'][0]}")
            client.predict(job, {"action": "approve", "reviewer": "a program"}, api_name="/answer")
        elif status["state"] == "finished":
            break
        elif status["state"] == "failed":
            sys.exit(status["error"])
        time.sleep(0.5)
    files = client.predict(job, api_name="/files")
    surround = next(f for f in files if f["name"] == "surround_51.wav")
    data = httpx.get(url.rstrip("/") + surround["address"], cookies=client.cookies).raise_for_status().content
    Path(target).write_bytes(data)
    print(f"{job}: {len(files)} files, 5.1 of {len(data)} bytes in {target}")


if __name__ == "__main__":
    if len(sys.argv) not in (5, 7):
        sys.exit(__doc__)
    main(*sys.argv[1:])
