"""Make the `scenes` dataset: rendered scenes with a person-like figure in them, or without.

    python datasets/scenes/make.py --train build/scenes/train.npz

writes the training set where `--train` says; with --packaged also eval.npz and calibration.npz,
which ship, next to this file. Needs the [train] extra (Pillow). Deterministic for a Pillow version:
a scene comes from a generator that is seeded with its name.

Scenes are drawn at four times the size and shrunk to 48 x 48; the model sees them enlarged to
96 x 96, the input of MLPerf Tiny's visual wake words. Every scene has clutter: boxes, balls,
trees, poles, signs. A figure has a head, a body, arms and legs, in any colours, size and place,
and may be half hidden. Clutter is made of the same round and long shapes, so that no single
shape gives the figure away.
"""

from __future__ import annotations

import argparse
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIZE = 48
CANVAS = 4 * SIZE
COLOUR_STEP = 8

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Scene:
    """A scene to be drawn."""

    split: str
    number: int
    has_figure: bool

    def draw(self) -> NDArray[np.uint8]:
        """Return it, shape (48, 48, 3)."""
        name = f"{self.split}/{self.number}/{self.has_figure}"
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        image = background(rng)
        brush = ImageDraw.Draw(image)
        pieces = [CLUTTER[int(i)] for i in rng.integers(0, len(CLUTTER), int(rng.integers(4, 9)))]
        before = int(rng.integers(0, len(pieces))) if self.has_figure else len(pieces)
        for piece in pieces[:before]:
            piece(brush, rng)
        if self.has_figure:
            figure(brush, rng)
            # What comes after it may hide a part, not all of it.
            for piece in pieces[before : before + 2]:
                piece(brush, rng, small=True)
        small = np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BOX), np.uint8)
        return (small // COLOUR_STEP * COLOUR_STEP).astype(np.uint8)


def colour(rng: np.random.Generator) -> Colour:
    """Return any colour."""
    red, green, blue = rng.integers(0, 256, 3)
    return int(red), int(green), int(blue)


def background(rng: np.random.Generator) -> Image.Image:
    """Return sky and ground, each with a slope of brightness."""
    pixels = np.empty((CANVAS, CANVAS, 3))
    horizon = int(rng.uniform(0.3, 0.8) * CANVAS)
    for part in (slice(0, horizon), slice(horizon, CANVAS)):
        top, bottom = rng.uniform(30, 230, (2, 3))
        height = pixels[part].shape[0]
        ramp = np.linspace(0, 1, height)[:, None, None]
        pixels[part] = top + (bottom - top) * ramp
    return Image.fromarray(pixels.astype(np.uint8))


def place(rng: np.random.Generator, low: float, high: float, small: bool) -> tuple[float, ...]:
    """Return a centre and a size within the canvas."""
    x, y = rng.uniform(0.05, 0.95, 2) * CANVAS
    size = rng.uniform(low, high) * CANVAS * (0.5 if small else 1.0)
    return float(x), float(y), float(size)


def box(brush: ImageDraw.ImageDraw, rng: np.random.Generator, small: bool = False) -> None:
    """Draw a box, upright or lying."""
    x, y, size = place(rng, 0.08, 0.3, small)
    width, height = size * rng.uniform(0.4, 1.0, 2)
    brush.rectangle([x - width / 2, y - height / 2, x + width / 2, y + height / 2], colour(rng))


def ball(brush: ImageDraw.ImageDraw, rng: np.random.Generator, small: bool = False) -> None:
    """Draw a ball."""
    x, y, size = place(rng, 0.04, 0.18, small)
    brush.ellipse([x - size / 2, y - size / 2, x + size / 2, y + size / 2], colour(rng))


def tree(brush: ImageDraw.ImageDraw, rng: np.random.Generator, small: bool = False) -> None:
    """Draw a trunk with a round or pointed crown."""
    x, y, size = place(rng, 0.2, 0.5, small)
    trunk, crown = size * 0.07, size * rng.uniform(0.25, 0.4)
    brush.rectangle([x - trunk, y - size / 2, x + trunk, y + size / 2], colour(rng))
    if rng.random() < 0.5:
        brush.ellipse([x - crown, y - size * 0.7, x + crown, y], colour(rng))
    else:
        brush.polygon([(x - crown, y), (x + crown, y), (x, y - size * 0.8)], colour(rng))


def pole(brush: ImageDraw.ImageDraw, rng: np.random.Generator, small: bool = False) -> None:
    """Draw a pole, upright or leaning, in pairs now and then: they look like legs."""
    x, y, size = place(rng, 0.15, 0.5, small)
    lean, width, paint = rng.uniform(-0.3, 0.3) * size, max(2, int(size * 0.06)), colour(rng)
    for offset in (0.0, size * 0.2)[: int(rng.integers(1, 3))]:
        brush.line([x + offset, y - size / 2, x + offset + lean, y + size / 2], paint, width)


def sign(brush: ImageDraw.ImageDraw, rng: np.random.Generator, small: bool = False) -> None:
    """Draw a round sign on a pole: a head on one leg."""
    x, y, size = place(rng, 0.15, 0.4, small)
    brush.rectangle([x - size * 0.03, y - size / 2, x + size * 0.03, y + size / 2], colour(rng))
    head = size * 0.16
    brush.ellipse([x - head, y - size / 2 - head, x + head, y - size / 2 + head], colour(rng))


CLUTTER = (box, ball, tree, pole, sign)


def figure(brush: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Draw a person-like figure from head to feet."""
    height = rng.uniform(0.35, 0.8) * CANVAS
    x = rng.uniform(0.2, 0.8) * CANVAS
    top = rng.uniform(0.02, 0.95 - height / CANVAS) * CANVAS
    skin, shirt, trousers = colour(rng), colour(rng), colour(rng)
    head, shoulder, hip = height * 0.075, height * 0.13, height * 0.10
    neck, waist, foot = top + height * 0.16, top + height * 0.52, top + height
    limb = max(3, int(height * 0.055))
    for side in (-1, 1):
        reach = side * height * rng.uniform(0.04, 0.16)
        brush.line([x + side * hip * 0.5, waist, x + reach, foot], trousers, int(limb * 1.4))
        hand_x = x + side * height * rng.uniform(0.16, 0.3)
        hand_y = neck + height * rng.uniform(-0.08, 0.38)
        brush.line([x + side * shoulder * 0.9, neck + limb / 2, hand_x, hand_y], shirt, limb)
    brush.polygon(
        [(x - shoulder, neck), (x + shoulder, neck), (x + hip, waist), (x - hip, waist)], shirt
    )
    brush.ellipse([x - head, top, x + head, top + 2.1 * head], skin)


def make(split: str, count: int) -> dict[str, NDArray[np.uint8]]:
    """Return scenes, every other one with a figure, and their labels."""
    scenes = [Scene(split, number, number % 2 == 1) for number in range(count)]
    with ProcessPoolExecutor() as pool:
        drawn = list(pool.map(Scene.draw, scenes, chunksize=64))
    labels = np.array([scene.has_figure for scene in scenes], np.uint8)
    return {"inputs": np.stack(drawn), "labels": labels}


def main() -> None:
    """Make the training set, and what ships where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True, help="where the training set goes")
    parser.add_argument(
        "--packaged", action="store_true", help="make the parts that ship, next to this file, again"
    )
    parser.add_argument("--train-scenes", type=int, default=12_000)
    asked = parser.parse_args()
    here = Path(__file__).parent
    for split, path, count in (
        ("eval", here / "eval.npz", 600),
        ("calibration", here / "calibration.npz", 100),
        ("train", asked.train, asked.train_scenes),
    ):
        if split != "train" and not asked.packaged:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = make(split, count)
        np.savez_compressed(path, **arrays)
        print(f"{path}: {count} scenes, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
