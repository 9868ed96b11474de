"""Types of results, for annotations, and of plug-ins; each is imported when it is first used.

``from edgebench.types import RunResult, SystemUnderTest``
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgebench.boards.card import BoardCard as BoardCard
    from edgebench.clock import HOST_CLOCK as HOST_CLOCK
    from edgebench.datasets.card import DatasetCard as DatasetCard
    from edgebench.datasets.dataset import Dataset as Dataset
    from edgebench.datasets.dataset import Sample as Sample
    from edgebench.datasets.making.make_dataset import MadeDataset as MadeDataset
    from edgebench.device.options import InputFormat as InputFormat
    from edgebench.device.options import Reset as Reset
    from edgebench.device.options import Verify as Verify
    from edgebench.device.probe import PortFinding as PortFinding
    from edgebench.diagnostics import Finding as Finding
    from edgebench.farm.labgrid.places import FarmPlace as FarmPlace
    from edgebench.farm.results import FarmRow as FarmRow
    from edgebench.farm.scheduler import FarmOutcome as FarmOutcome
    from edgebench.farm.session import PreparedFarm as PreparedFarm
    from edgebench.firmware.building.export import Exported as Exported
    from edgebench.firmware.building.size import FirmwareSize as FirmwareSize
    from edgebench.firmware.export_kind import ExportKind as ExportKind
    from edgebench.firmware.optimize import Optimize as Optimize
    from edgebench.harness.device_request import DeviceRequest as DeviceRequest
    from edgebench.harness.devices.costs.profile import Profile as Profile
    from edgebench.harness.devices.deploy import Deployed as Deployed
    from edgebench.harness.devices.emulated import Emulated as Emulated
    from edgebench.harness.progress import Progress as Progress
    from edgebench.harness.rehearsal.rehearsal import Rehearsal as Rehearsal
    from edgebench.harness.request import RunRequest as RunRequest
    from edgebench.mlperf.scenarios import ModeName as ModeName
    from edgebench.mlperf.scenarios import Pace as Pace
    from edgebench.mlperf.scenarios import ScenarioName as ScenarioName
    from edgebench.mlperf.tiny.inputs import TinyBenchmark as TinyBenchmark
    from edgebench.mlperf.tiny.tree import Division as Division
    from edgebench.models.card import ModelCard as ModelCard
    from edgebench.models.compare import Comparison as Comparison
    from edgebench.models.packages.catalog import Package as Package
    from edgebench.models.packages.pull import Pulled as Pulled
    from edgebench.models.quantize.versions import Versions as Versions
    from edgebench.models.recommend.grow import Grown as Grown
    from edgebench.models.recommend.grow import GrownVariant as GrownVariant
    from edgebench.models.resolve import Model as Model
    from edgebench.models.tflite.inspect import ModelFacts as ModelFacts
    from edgebench.models.tflite.tensors import Tensor as Tensor
    from edgebench.power.acquisition.polled import Polled as Polled
    from edgebench.power.contract import Figures as Figures
    from edgebench.power.contract import Found as Found
    from edgebench.power.contract import MeterDriver as MeterDriver
    from edgebench.power.contract import PowerMeter as PowerMeter
    from edgebench.power.description import Accuracy as Accuracy
    from edgebench.power.description import Limit as Limit
    from edgebench.power.description import MeasuredAt as MeasuredAt
    from edgebench.power.description import MeterDescription as MeterDescription
    from edgebench.power.energy import Energy as Energy
    from edgebench.power.find import MeterFinding as MeterFinding
    from edgebench.power.kinds import MeterKind as MeterKind
    from edgebench.power.option_kinds import Choice as Choice
    from edgebench.power.option_kinds import Number as Number
    from edgebench.power.option_kinds import Text as Text
    from edgebench.power.options import option as option
    from edgebench.power.place import MeterPlace as MeterPlace
    from edgebench.power.requirement import Requirement as Requirement
    from edgebench.power.samples import PowerSamples as PowerSamples
    from edgebench.power.traces.trace import PowerTrace as PowerTrace
    from edgebench.results.check.tree import Checked as Checked
    from edgebench.results.check.tree import SubmissionKind as SubmissionKind
    from edgebench.results.comparison.compare_runs import RunChange as RunChange
    from edgebench.results.comparison.gate import Gated as Gated
    from edgebench.results.comparison.history import ChangePoint as ChangePoint
    from edgebench.results.comparison.history import History as History
    from edgebench.results.comparison.history import HistoryLine as HistoryLine
    from edgebench.results.comparison.history import HistoryPoint as HistoryPoint
    from edgebench.results.comparison.side_by_side import Compared as Compared
    from edgebench.results.sources.from_published import Filter as Filter
    from edgebench.results.submit.tree import Submitted as Submitted
    from edgebench.results.summary.row import SummaryRow as SummaryRow
    from edgebench.results.summary.run_result import RunResult as RunResult
    from edgebench.results.summary.summarize import Summary as Summary
    from edgebench.rundir.contents.layers import Layers as Layers
    from edgebench.rundir.reader import Run as Run
    from edgebench.rundir.records.accuracy import AccuracyRecord as AccuracyRecord
    from edgebench.rundir.records.accuracy import Float32Share as Float32Share
    from edgebench.rundir.records.accuracy import SecondaryMetric as SecondaryMetric
    from edgebench.rundir.records.device import DeviceRecord as DeviceRecord
    from edgebench.rundir.records.device import ImageRecord as ImageRecord
    from edgebench.rundir.records.device import ReferenceRecord as ReferenceRecord
    from edgebench.rundir.records.device import TinyEnergyRecord as TinyEnergyRecord
    from edgebench.rundir.records.device import TinyRecord as TinyRecord
    from edgebench.rundir.records.drift import DriftRecord as DriftRecord
    from edgebench.rundir.records.energy import EnergyRecord as EnergyRecord
    from edgebench.rundir.records.energy import MeterAccuracyRecord as MeterAccuracyRecord
    from edgebench.rundir.records.energy import MeterLimit as MeterLimit
    from edgebench.rundir.records.energy import MeterRecord as MeterRecord
    from edgebench.rundir.records.request import DeviceRequestRecord as DeviceRequestRecord
    from edgebench.rundir.records.request import RequestRecord as RequestRecord
    from edgebench.rundir.records.run import AuditRecord as AuditRecord
    from edgebench.rundir.records.run import DatasetRecord as DatasetRecord
    from edgebench.rundir.records.run import DeviceTimedRecord as DeviceTimedRecord
    from edgebench.rundir.records.run import ModelRecord as ModelRecord
    from edgebench.rundir.records.run import OverheadRecord as OverheadRecord
    from edgebench.rundir.records.run import PeakStep as PeakStep
    from edgebench.rundir.records.run import PerformanceRecord as PerformanceRecord
    from edgebench.rundir.records.run import RunRecord as RunRecord
    from edgebench.rundir.records.run import SeriesTest as SeriesTest
    from edgebench.rundir.records.stream import DetectionsRecord as DetectionsRecord
    from edgebench.rundir.records.stream import FrameTimesRecord as FrameTimesRecord
    from edgebench.rundir.records.stream import StreamRecord as StreamRecord
    from edgebench.rundir.records.sut import SutDescription as SutDescription
    from edgebench.runtime_settings import InstanceKind as InstanceKind
    from edgebench.runtime_settings import Resolver as Resolver
    from edgebench.runtime_settings import RuntimeSettings as RuntimeSettings
    from edgebench.runtimes.contract import ModelReader as ModelReader
    from edgebench.runtimes.contract import RuntimeDriver as RuntimeDriver
    from edgebench.runtimes.kinds import RuntimeKind as RuntimeKind
    from edgebench.runtimes.package import RuntimePackage as RuntimePackage
    from edgebench.sharding.run import Sharded as Sharded
    from edgebench.sut.contract import Inference as Inference
    from edgebench.sut.contract import Lane as Lane
    from edgebench.sut.contract import LaneAhead as LaneAhead
    from edgebench.sut.contract import SystemUnderTest as SystemUnderTest
    from edgebench.training.finetune import FineTuned as FineTuned
    from edgebench.training.siblings.reduce import Sibling as Sibling
    from edgebench.training.siblings.sweep import Reduced as Reduced
    from edgebench.training.to_quality.session import Trained as Trained
    from edgebench.tuning.objective import ObjectiveName as ObjectiveName
    from edgebench.tuning.result import Tuning as Tuning
    from edgebench.tuning.tune import Tuned as Tuned

_MODULES: Mapping[str, tuple[str, ...]] = {
    "edgebench.boards.card": ("BoardCard",),
    "edgebench.clock": ("HOST_CLOCK",),
    "edgebench.datasets.card": ("DatasetCard",),
    "edgebench.datasets.dataset": ("Dataset", "Sample"),
    "edgebench.datasets.making.make_dataset": ("MadeDataset",),
    "edgebench.device.options": ("InputFormat", "Reset", "Verify"),
    "edgebench.device.probe": ("PortFinding",),
    "edgebench.diagnostics": ("Finding",),
    "edgebench.farm.labgrid.places": ("FarmPlace",),
    "edgebench.farm.results": ("FarmRow",),
    "edgebench.farm.scheduler": ("FarmOutcome",),
    "edgebench.farm.session": ("PreparedFarm",),
    "edgebench.firmware.building.export": ("Exported",),
    "edgebench.firmware.building.size": ("FirmwareSize",),
    "edgebench.firmware.export_kind": ("ExportKind",),
    "edgebench.firmware.optimize": ("Optimize",),
    "edgebench.harness.device_request": ("DeviceRequest",),
    "edgebench.harness.devices.costs.profile": ("Profile",),
    "edgebench.harness.devices.deploy": ("Deployed",),
    "edgebench.harness.devices.emulated": ("Emulated",),
    "edgebench.harness.progress": ("Progress",),
    "edgebench.harness.rehearsal.rehearsal": ("Rehearsal",),
    "edgebench.harness.request": ("RunRequest",),
    "edgebench.mlperf.scenarios": ("ModeName", "Pace", "ScenarioName"),
    "edgebench.mlperf.tiny.inputs": ("TinyBenchmark",),
    "edgebench.mlperf.tiny.tree": ("Division",),
    "edgebench.models.card": ("ModelCard",),
    "edgebench.models.compare": ("Comparison",),
    "edgebench.models.packages.catalog": ("Package",),
    "edgebench.models.packages.pull": ("Pulled",),
    "edgebench.models.quantize.versions": ("Versions",),
    "edgebench.models.recommend.grow": ("Grown", "GrownVariant"),
    "edgebench.models.resolve": ("Model",),
    "edgebench.models.tflite.inspect": ("ModelFacts",),
    "edgebench.models.tflite.tensors": ("Tensor",),
    "edgebench.power.acquisition.polled": ("Polled",),
    "edgebench.power.contract": ("Figures", "Found", "MeterDriver", "PowerMeter"),
    "edgebench.power.description": ("Accuracy", "Limit", "MeasuredAt", "MeterDescription"),
    "edgebench.power.energy": ("Energy",),
    "edgebench.power.find": ("MeterFinding",),
    "edgebench.power.kinds": ("MeterKind",),
    "edgebench.power.option_kinds": ("Choice", "Number", "Text"),
    "edgebench.power.options": ("option",),
    "edgebench.power.place": ("MeterPlace",),
    "edgebench.power.requirement": ("Requirement",),
    "edgebench.power.samples": ("PowerSamples",),
    "edgebench.power.traces.trace": ("PowerTrace",),
    "edgebench.results.check.tree": ("Checked", "SubmissionKind"),
    "edgebench.results.comparison.compare_runs": ("RunChange",),
    "edgebench.results.comparison.gate": ("Gated",),
    "edgebench.results.comparison.history": (
        "ChangePoint",
        "History",
        "HistoryLine",
        "HistoryPoint",
    ),
    "edgebench.results.comparison.side_by_side": ("Compared",),
    "edgebench.results.sources.from_published": ("Filter",),
    "edgebench.results.submit.tree": ("Submitted",),
    "edgebench.results.summary.row": ("SummaryRow",),
    "edgebench.results.summary.run_result": ("RunResult",),
    "edgebench.results.summary.summarize": ("Summary",),
    "edgebench.rundir.contents.layers": ("Layers",),
    "edgebench.rundir.reader": ("Run",),
    "edgebench.rundir.records.accuracy": ("AccuracyRecord", "Float32Share", "SecondaryMetric"),
    "edgebench.rundir.records.device": (
        "DeviceRecord",
        "ImageRecord",
        "ReferenceRecord",
        "TinyEnergyRecord",
        "TinyRecord",
    ),
    "edgebench.rundir.records.drift": ("DriftRecord",),
    "edgebench.rundir.records.energy": (
        "EnergyRecord",
        "MeterAccuracyRecord",
        "MeterLimit",
        "MeterRecord",
    ),
    "edgebench.rundir.records.request": ("DeviceRequestRecord", "RequestRecord"),
    "edgebench.rundir.records.run": (
        "AuditRecord",
        "DatasetRecord",
        "DeviceTimedRecord",
        "ModelRecord",
        "OverheadRecord",
        "PeakStep",
        "PerformanceRecord",
        "RunRecord",
        "SeriesTest",
    ),
    "edgebench.rundir.records.stream": ("DetectionsRecord", "FrameTimesRecord", "StreamRecord"),
    "edgebench.rundir.records.sut": ("SutDescription",),
    "edgebench.runtime_settings": ("InstanceKind", "Resolver", "RuntimeSettings"),
    "edgebench.runtimes.contract": ("ModelReader", "RuntimeDriver"),
    "edgebench.runtimes.kinds": ("RuntimeKind",),
    "edgebench.runtimes.package": ("RuntimePackage",),
    "edgebench.sharding.run": ("Sharded",),
    "edgebench.sut.contract": ("Inference", "Lane", "LaneAhead", "SystemUnderTest"),
    "edgebench.training.finetune": ("FineTuned",),
    "edgebench.training.siblings.reduce": ("Sibling",),
    "edgebench.training.siblings.sweep": ("Reduced",),
    "edgebench.training.to_quality.session": ("Trained",),
    "edgebench.tuning.objective": ("ObjectiveName",),
    "edgebench.tuning.result": ("Tuning",),
    "edgebench.tuning.tune": ("Tuned",),
}
_SOURCES = {name: module for module, names in _MODULES.items() for name in names}
__all__ = sorted(_SOURCES)  # noqa: PLE0605 - type checkers go by the imports above


def __getattr__(name: str) -> Any:
    if name not in _SOURCES:
        raise AttributeError(f"module 'edgebench.types' has no attribute {name!r}")
    return getattr(import_module(_SOURCES[name]), name)


def __dir__() -> list[str]:
    return __all__
