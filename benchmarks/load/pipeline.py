#!/usr/bin/env python3
"""Scenario S2 at size: a thousand images through bucket, queue, function and bucket.

How fast, compared with a plain loop that resizes the same images without any server; and that each comes through once.
Run: `.venv/bin/python benchmarks/load/pipeline.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from loadbench import machine, servers

from tests.scenarios.pipeline import Pipeline, images, resized
from tests.support import Server


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--width", type=int, default=1600)
    parser.add_argument("--height", type=int, default=1200)
    options = parser.parse_args()
    busy = machine.busy_share(0.5)
    made = [(f"image-{n:04}.jpg", data) for n, data in enumerate(images(options.images, options.width, options.height))]
    began = time.perf_counter()
    for _, content in made:
        resized(content)
    alone = len(made) / (time.perf_counter() - began)
    servers.DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=servers.DATA) as directory, Server(Path(directory)) as server:
        pipeline = Pipeline(server, seconds=30, batch=10)
        began = time.perf_counter()
        pipeline.upload("poison.jpg", b"no image at all")
        for name, content in made:
            pipeline.upload(name, content)
        uploaded = time.perf_counter() - began
        deadline = began + 600
        while len(found := pipeline.versions()) < len(made) and time.perf_counter() < deadline:
            time.sleep(0.1)
        rate = len(found) / (time.perf_counter() - began)
        dead: list[str] = []
        while not dead and time.perf_counter() < deadline:
            dead = pipeline.dead_keys()
        found = pipeline.versions()
    whole = sorted(found) == [name for name, _ in made] and dead == ["poison.jpg"]
    figures = {
        "images": len(made),
        "images_s": round(rate, 1),
        "plain_loop_images_s": round(alone, 1),
        "ratio": round(rate / alone, 2),
        "upload_seconds": round(uploaded, 2),
        "missing": len(made) - len(set(found)),
        "twice": len(found) - len(set(found)),
        "put_aside": dead,
        "busy_before": round(busy, 2),
    }
    print(json.dumps(figures))
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
