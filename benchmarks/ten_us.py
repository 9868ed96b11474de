"""An int8 model of about 10 us an inference: MLPerf Tiny's autoencoder, weights at random."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.models.build import dense_model

SIZES = (640, 128, 128, 128, 8, 128, 128, 128, 640)


@contextmanager
def ten_us_model() -> Iterator[Path]:
    """Write it for a while."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ten-us.tflite"
        path.write_bytes(dense_model(SIZES, "int8").to_bytes())
        yield path
