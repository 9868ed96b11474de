"""Fuzz one target under Atheris, libFuzzer for Python: ``python -m tests.fuzzing.guided TARGET``.

The other arguments are libFuzzer's. Its coverage sees what is imported below `instrument_imports`.
For a file's reader half of the mutations are libFuzzer's, which it learns from; the others are
those of the tests.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Fuzz until libFuzzer has had enough."""
    import atheris

    with atheris.instrument_imports(include=["edgebench"]):
        from tests.fuzzing.mutations import mutated
        from tests.fuzzing.targets import PROTOCOL, target

    name, *options = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="edgebench-fuzz-") as folder:
        chosen = target(name, Path(folder))

        def mutate(data: bytes, most: int, seed: int) -> bytes:
            chance = random.Random(seed)
            if chance.random() < 0.5:
                found: bytes = atheris.Mutate(data, most)
                return found
            return mutated(data, chance, chosen.seeds)[:most]

        atheris.enabled_hooks.add("RegEx")
        own = {} if name == PROTOCOL else {"custom_mutator": mutate}
        atheris.Setup([sys.argv[0], *options], chosen.check, **own)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
