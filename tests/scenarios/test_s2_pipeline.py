"""S2, small: every image is resized once, and what is no image ends in the dead-letter queue."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.pipeline import Pipeline, images, resized
from tests.support import Server, eventually

pytestmark = pytest.mark.one_engine("what is asked is whether each image comes through; stores are tested on their own")


def test_thirty_images_are_resized_once_each_and_a_poison_one_is_put_aside(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        pipeline = Pipeline(server)
        wanted = {f"image-{number:02}.jpg": content for number, content in enumerate(images(30, 320, 240))}
        pipeline.upload("poison.jpg", b"no image at all")
        for name, content in wanted.items():
            pipeline.upload(name, content)

        eventually(lambda: len(set(pipeline.versions())) == len(wanted), 60)
        put_aside: list[str] = []
        eventually(lambda: put_aside.extend(pipeline.dead_keys()) or put_aside, 60)

        assert put_aside == ["poison.jpg"]
        assert sorted(pipeline.versions()) == sorted(wanted)
        name = "image-07.jpg"
        assert pipeline.s3.get_object(Bucket=pipeline.results, Key=name)["Body"].read() == resized(wanted[name])
