"""A run directory's first record, and whether one that is resumed still fits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edgebench import __version__
from edgebench.clock import utc_now, utc_text
from edgebench.datasets.clicks.stack_distances import shares_in_order
from edgebench.errors import ResumeMismatch
from edgebench.harness.run.prepare import Prepared
from edgebench.harness.run.sut_pool import OpenSystem
from edgebench.mlperf.scenarios import SCENARIOS, ScenarioName
from edgebench.models.resolve import Model
from edgebench.rundir.layout import directory_name
from edgebench.rundir.reader import Run
from edgebench.rundir.records.run import DatasetRecord, ModelRecord, RunRecord
from edgebench.rundir.records.sut import SutDescription
from edgebench.rundir.writer import RunDirectory


def start_record(
    out: Path,
    session: str,
    prepared: Prepared,
    system: OpenSystem,
    scenario: ScenarioName,
) -> RunDirectory:
    """Make a scenario's run directory; ``system`` is the one that is open, for any scenario."""
    return start_record_for(out, session, prepared, system.sut.description, scenario)


def start_record_for(
    out: Path, session: str, prepared: Prepared, sut: SutDescription, scenario: ScenarioName
) -> RunDirectory:
    """Make a scenario's run directory for a system of that description."""
    kind = prepared.request.settings_for(scenario).instance_kind
    sut = replace(sut, settings=replace(sut.settings, instance_kind=kind))
    model, dataset, request = prepared.model, prepared.dataset, prepared.request
    record = RunRecord(
        edgebench_version=__version__,
        session=session,
        started=utc_text(utc_now()),
        request=request.to_record(),
        model=ModelRecord(
            name=model.name,
            variant=model.variant,
            file=model.path.name,
            sha256=model.sha256,
            size_bytes=model.size_bytes,
            macs=model.facts.macs,
            has_card=model.card is not None,
            signature=model.facts.signature,
            measured_as=model.measured_as,
            inputs=dict(zip(model.facts.input_names, _shapes(model), strict=True)),
        ),
        dataset=DatasetRecord(
            name=dataset.name,
            samples=dataset.count,
            sha256=dataset.sha256,
            source=dataset.source,
            limits=dataset.limits,
            is_random=dataset.is_random,
            query_size=request.query_size or "",
            items_per_query=1.0 if dataset.queries is None else dataset.queries.mean,
            reuse=shares_in_order(dataset),
        ),
        sut=sut,
        scenario=SCENARIOS[scenario].loadgen_name,
        quick=not request.official,
        clock=sut.clock,
        generator=_generator(),
    )
    name = directory_name(session, model.name, model.variant, prepared.runtime, scenario)
    return RunDirectory.create(out, name, record)


def _shapes(model: Model) -> tuple[tuple[int, ...], ...]:
    return tuple(tensor.shape for tensor in model.facts.inputs)


def _generator() -> str:
    from importlib.metadata import version

    return f"mlcommons-loadgen {version('mlcommons-loadgen')}"


def check_same(run: Run, prepared: Prepared, sut: SutDescription) -> None:
    """Refuse to go on with a run directory whose system, model, data or versions were others.

    Raises
    ------
    ResumeMismatch
        If one was.
    """
    then, now = run.record, prepared
    system = "runtime" if now.request.device is None else "device"
    for what, before, after in (
        # Its description is there from the beginning: a run may be killed before its device's is.
        (system, then.sut.name, sut.name),
        ("model's SHA-256", then.model.sha256, now.model.sha256),
        ("model's signature", then.model.signature, now.model.facts.signature),
        ("inputs' shapes", list(then.model.inputs.values()), list(_shapes(now.model))),
        ("data's SHA-256", then.dataset.sha256, now.dataset.sha256),
        ("runtime's version", then.sut.runtime_version, sut.runtime_version),
        ("edgebench's version", then.edgebench_version, __version__),
    ):
        if before != after:
            raise ResumeMismatch(
                f"{run.path}: the {what} was {before}, it is {after} now; results of the two "
                "must not be mixed. Start a new run"
            )
