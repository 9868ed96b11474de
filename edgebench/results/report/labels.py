"""Name runs by what tells them apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from edgebench.rundir.reader import Run

SEPARATOR = " · "
"""The separator of the parts of a label."""


def _machine(run: Run) -> str:
    if run.record.device is not None or run.system is None:
        return ""
    return run.system.host.board or run.system.host.cpu_model


def _system(run: Run) -> str:
    record = run.record
    if record.device is not None:
        return record.device.port
    return f"{record.sut.name} {record.sut.runtime_version}".strip()


PARTS: Mapping[str, Callable[[Run], str]] = {
    "variant": lambda run: run.record.model.variant,
    "scenario": lambda run: run.record.scenario,
    "system": _system,
    "settings": lambda run: ", ".join(run.record.sut.settings.parts()),
    "machine": _machine,
    "started": lambda run: run.record.started[:16].replace("T", " "),
    "directory": lambda run: run.path.name,
}
"""What a label may say after the model's name. A part is used if it separates runs that have the
same label without it; the variant and the scenario always are."""
ALWAYS = ("variant", "scenario")


def labels_of(runs: Sequence[Run]) -> list[str]:
    """Return a label for each run: model, variant, scenario, and what tells it from the others."""
    always = [SEPARATOR.join(PARTS[name](run) for name in ALWAYS) for run in runs]
    labels = [
        f"{run.record.model.name} {text}".replace("  ", " ")
        for run, text in zip(runs, always, strict=True)
    ]
    for name, read in PARTS.items():
        if name in ALWAYS:
            continue
        texts = [read(run) for run in runs]
        values: dict[str, set[str]] = {}
        for label, text in zip(labels, texts, strict=True):
            values.setdefault(label, set()).add(text)
        labels = [
            f"{label}{SEPARATOR}{text}" if text and len(values[label]) > 1 else label
            for label, text in zip(labels, texts, strict=True)
        ]
    return labels
