"""Types of results, for annotations, and of plug-ins; each is imported when it is first used.

``from edgebench.types import RunResult, SystemUnderTest``
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgebench.api.run_result import RunResult
    from edgebench.api.tuning import Tuning
    from edgebench.boards.card import BoardCard
    from edgebench.clock import HOST_CLOCK
    from edgebench.datasets.card import DatasetCard
    from edgebench.datasets.dataset import Dataset, Sample
    from edgebench.datasets.making.made import MadeDataset
    from edgebench.device.options import InputFormat, Reset, Verify
    from edgebench.device.probe import PortFinding
    from edgebench.diagnostics import Finding
    from edgebench.farm.labgrid.places import Place as FarmPlace
    from edgebench.farm.results import BoardRow as FarmRow
    from edgebench.farm.scheduler import Outcome as FarmOutcome
    from edgebench.farm.session import Prepared as PreparedFarm
    from edgebench.firmware.building.export import Exported
    from edgebench.firmware.building.size import FirmwareSize
    from edgebench.firmware.export_kind import ExportKind
    from edgebench.firmware.optimize import Optimize
    from edgebench.harness.device_request import DeviceRequest
    from edgebench.harness.devices.costs.profile import Profile
    from edgebench.harness.devices.deploy import Deployed
    from edgebench.harness.devices.emulated import Emulated
    from edgebench.harness.progress import Progress
    from edgebench.harness.rehearsal.rehearsal import Rehearsal
    from edgebench.harness.request import RunRequest
    from edgebench.mlperf.scenarios import ModeName, Pace, ScenarioName
    from edgebench.mlperf.tiny.inputs import TinyBenchmark
    from edgebench.mlperf.tiny.tree import Division
    from edgebench.models.card import ModelCard
    from edgebench.models.compare import Comparison
    from edgebench.models.packages.catalog import Package
    from edgebench.models.packages.pull import Pulled
    from edgebench.models.quantize.versions import Versions
    from edgebench.models.recommend.grow import Grown, GrownVariant
    from edgebench.models.resolve import Model
    from edgebench.models.tflite.inspect import ModelFacts
    from edgebench.models.tflite.tensors import Tensor
    from edgebench.power.acquisition.polled import Polled
    from edgebench.power.contract import Figures, Found, MeterDriver, PowerMeter
    from edgebench.power.description import Accuracy, Limit, MeasuredAt, MeterDescription
    from edgebench.power.energy import Energy
    from edgebench.power.find import MeterFinding
    from edgebench.power.kinds import MeterKind
    from edgebench.power.option_kinds import Choice, Number, Text
    from edgebench.power.options import option
    from edgebench.power.place import MeterPlace
    from edgebench.power.requirement import Requirement
    from edgebench.power.samples import PowerSamples
    from edgebench.power.traces.trace import PowerTrace
    from edgebench.results.check.tree import Checked
    from edgebench.results.check.tree import Kind as SubmissionKind
    from edgebench.results.comparison.compare_runs import RunChange
    from edgebench.results.comparison.gate import Gated
    from edgebench.results.comparison.side_by_side import Compared
    from edgebench.results.sources.from_published import Filter
    from edgebench.results.submit.tree import Submitted
    from edgebench.results.summary.row import SummaryRow
    from edgebench.results.summary.summarize import Summary
    from edgebench.rundir.contents.layers import Layers
    from edgebench.rundir.reader import Run
    from edgebench.rundir.records.accuracy import AccuracyRecord, Float32Share, SecondaryMetric
    from edgebench.rundir.records.device import (
        DeviceRecord,
        ImageRecord,
        ReferenceRecord,
        TinyEnergyRecord,
        TinyRecord,
    )
    from edgebench.rundir.records.drift import DriftRecord
    from edgebench.rundir.records.energy import EnergyRecord
    from edgebench.rundir.records.run import (
        AuditRecord,
        DatasetRecord,
        DeviceTimedRecord,
        ModelRecord,
        OverheadRecord,
        PeakStep,
        PerformanceRecord,
        RunRecord,
        SeriesTest,
    )
    from edgebench.rundir.records.stream import DetectionsRecord, FrameTimesRecord, StreamRecord
    from edgebench.rundir.records.sut import SutDescription
    from edgebench.runtime_settings import InstanceKind, Resolver, RuntimeSettings
    from edgebench.runtimes.contract import ModelReader, RuntimeDriver
    from edgebench.runtimes.kinds import RuntimeKind
    from edgebench.runtimes.package import RuntimePackage
    from edgebench.sharding.run import Sharded
    from edgebench.sut.contract import Inference, Lane, LaneAhead, SystemUnderTest
    from edgebench.training.finetune import FineTuned
    from edgebench.training.siblings.reduce import Sibling
    from edgebench.training.siblings.sweep import Reduced
    from edgebench.training.to_quality.session import Trained
    from edgebench.tuning.objective import ObjectiveName
    from edgebench.tuning.tuned import Tuned

_SOURCES = {
    "AccuracyRecord": "edgebench.rundir.records.accuracy",
    "AuditRecord": "edgebench.rundir.records.run",
    "BoardCard": "edgebench.boards.card",
    "Checked": "edgebench.results.check.tree",
    "Compared": "edgebench.results.comparison.side_by_side",
    "Comparison": "edgebench.models.compare",
    "Dataset": "edgebench.datasets.dataset",
    "DatasetCard": "edgebench.datasets.card",
    "DatasetRecord": "edgebench.rundir.records.run",
    "Deployed": "edgebench.harness.devices.deploy",
    "DeviceRecord": "edgebench.rundir.records.device",
    "DeviceRequest": "edgebench.harness.device_request",
    "DetectionsRecord": "edgebench.rundir.records.stream",
    "FrameTimesRecord": "edgebench.rundir.records.stream",
    "StreamRecord": "edgebench.rundir.records.stream",
    "DeviceTimedRecord": "edgebench.rundir.records.run",
    "Division": "edgebench.mlperf.tiny.tree",
    "DriftRecord": "edgebench.rundir.records.drift",
    "Emulated": "edgebench.harness.devices.emulated",
    "Energy": "edgebench.power.energy",
    "EnergyRecord": "edgebench.rundir.records.energy",
    "ExportKind": "edgebench.firmware.export_kind",
    "Exported": "edgebench.firmware.building.export",
    "FarmOutcome": "edgebench.farm.scheduler:Outcome",
    "FarmPlace": "edgebench.farm.labgrid.places:Place",
    "FarmRow": "edgebench.farm.results:BoardRow",
    "Filter": "edgebench.results.sources.from_published",
    "Float32Share": "edgebench.rundir.records.accuracy",
    "Finding": "edgebench.diagnostics",
    "FineTuned": "edgebench.training.finetune",
    "FirmwareSize": "edgebench.firmware.building.size",
    "Gated": "edgebench.results.comparison.gate",
    "Grown": "edgebench.models.recommend.grow",
    "GrownVariant": "edgebench.models.recommend.grow",
    "HOST_CLOCK": "edgebench.clock",
    "ImageRecord": "edgebench.rundir.records.device",
    "Inference": "edgebench.sut.contract",
    "InputFormat": "edgebench.device.options",
    "InstanceKind": "edgebench.runtime_settings",
    "Lane": "edgebench.sut.contract",
    "LaneAhead": "edgebench.sut.contract",
    "Layers": "edgebench.rundir.contents.layers",
    "MadeDataset": "edgebench.datasets.making.made",
    "MeasuredAt": "edgebench.power.description",
    "MeterDescription": "edgebench.power.description",
    "MeterDriver": "edgebench.power.contract",
    "MeterFinding": "edgebench.power.find",
    "MeterKind": "edgebench.power.kinds",
    "MeterPlace": "edgebench.power.place",
    "ModeName": "edgebench.mlperf.scenarios",
    "Pace": "edgebench.mlperf.scenarios",
    "Model": "edgebench.models.resolve",
    "ModelCard": "edgebench.models.card",
    "ModelFacts": "edgebench.models.tflite.inspect",
    "ModelReader": "edgebench.runtimes.contract",
    "ModelRecord": "edgebench.rundir.records.run",
    "ObjectiveName": "edgebench.tuning.objective",
    "Optimize": "edgebench.firmware.optimize",
    "OverheadRecord": "edgebench.rundir.records.run",
    "Package": "edgebench.models.packages.catalog",
    "PeakStep": "edgebench.rundir.records.run",
    "PerformanceRecord": "edgebench.rundir.records.run",
    "PortFinding": "edgebench.device.probe",
    "PowerMeter": "edgebench.power.contract",
    "PowerSamples": "edgebench.power.samples",
    "PowerTrace": "edgebench.power.traces.trace",
    "PreparedFarm": "edgebench.farm.session:Prepared",
    "Profile": "edgebench.harness.devices.costs.profile",
    "Progress": "edgebench.harness.progress",
    "Pulled": "edgebench.models.packages.pull",
    "ReferenceRecord": "edgebench.rundir.records.device",
    "Rehearsal": "edgebench.harness.rehearsal.rehearsal",
    "Reset": "edgebench.device.options",
    "Resolver": "edgebench.runtime_settings",
    "Run": "edgebench.rundir.reader",
    "RunChange": "edgebench.results.comparison.compare_runs",
    "RunRecord": "edgebench.rundir.records.run",
    "RunRequest": "edgebench.harness.request",
    "RunResult": "edgebench.api.run_result",
    "RuntimeDriver": "edgebench.runtimes.contract",
    "RuntimeKind": "edgebench.runtimes.kinds",
    "RuntimePackage": "edgebench.runtimes.package",
    "RuntimeSettings": "edgebench.runtime_settings",
    "Sample": "edgebench.datasets.dataset",
    "ScenarioName": "edgebench.mlperf.scenarios",
    "SecondaryMetric": "edgebench.rundir.records.accuracy",
    "SeriesTest": "edgebench.rundir.records.run",
    "Sharded": "edgebench.sharding.run",
    "SubmissionKind": "edgebench.results.check.tree:Kind",
    "Submitted": "edgebench.results.submit.tree",
    "Summary": "edgebench.results.summary.summarize",
    "SummaryRow": "edgebench.results.summary.row",
    "SutDescription": "edgebench.rundir.records.sut",
    "SystemUnderTest": "edgebench.sut.contract",
    "Tensor": "edgebench.models.tflite.tensors",
    "TinyBenchmark": "edgebench.mlperf.tiny.inputs",
    "TinyEnergyRecord": "edgebench.rundir.records.device",
    "TinyRecord": "edgebench.rundir.records.device",
    "Trained": "edgebench.training.to_quality.session",
    "Tuned": "edgebench.tuning.tuned",
    "Tuning": "edgebench.api.tuning",
    "Verify": "edgebench.device.options",
    "Versions": "edgebench.models.quantize.versions",
    "Accuracy": "edgebench.power.description",
    "Choice": "edgebench.power.option_kinds",
    "Figures": "edgebench.power.contract",
    "Found": "edgebench.power.contract",
    "Limit": "edgebench.power.description",
    "Number": "edgebench.power.option_kinds",
    "Polled": "edgebench.power.acquisition.polled",
    "Requirement": "edgebench.power.requirement",
    "Text": "edgebench.power.option_kinds",
    "option": "edgebench.power.options",
    "Reduced": "edgebench.training.siblings.sweep",
    "Sibling": "edgebench.training.siblings.reduce",
}
"""The module of each; behind a colon its name there, if that is another."""
__all__ = [
    "HOST_CLOCK",
    "Accuracy",
    "AccuracyRecord",
    "AuditRecord",
    "BoardCard",
    "Checked",
    "Choice",
    "Compared",
    "Comparison",
    "Dataset",
    "DatasetCard",
    "DatasetRecord",
    "Deployed",
    "DetectionsRecord",
    "DeviceRecord",
    "DeviceRequest",
    "DeviceTimedRecord",
    "Division",
    "DriftRecord",
    "Emulated",
    "Energy",
    "EnergyRecord",
    "ExportKind",
    "Exported",
    "FarmOutcome",
    "FarmPlace",
    "FarmRow",
    "Figures",
    "Filter",
    "Finding",
    "FineTuned",
    "FirmwareSize",
    "Float32Share",
    "Found",
    "FrameTimesRecord",
    "Gated",
    "Grown",
    "GrownVariant",
    "ImageRecord",
    "Inference",
    "InputFormat",
    "InstanceKind",
    "Lane",
    "LaneAhead",
    "Layers",
    "Limit",
    "MadeDataset",
    "MeasuredAt",
    "MeterDescription",
    "MeterDriver",
    "MeterFinding",
    "MeterKind",
    "MeterPlace",
    "ModeName",
    "Model",
    "ModelCard",
    "ModelFacts",
    "ModelReader",
    "ModelRecord",
    "Number",
    "ObjectiveName",
    "Optimize",
    "OverheadRecord",
    "Pace",
    "Package",
    "PeakStep",
    "PerformanceRecord",
    "Polled",
    "PortFinding",
    "PowerMeter",
    "PowerSamples",
    "PowerTrace",
    "PreparedFarm",
    "Profile",
    "Progress",
    "Pulled",
    "Reduced",
    "ReferenceRecord",
    "Rehearsal",
    "Requirement",
    "Reset",
    "Resolver",
    "Run",
    "RunChange",
    "RunRecord",
    "RunRequest",
    "RunResult",
    "RuntimeDriver",
    "RuntimeKind",
    "RuntimePackage",
    "RuntimeSettings",
    "Sample",
    "ScenarioName",
    "SecondaryMetric",
    "SeriesTest",
    "Sharded",
    "Sibling",
    "StreamRecord",
    "SubmissionKind",
    "Submitted",
    "Summary",
    "SummaryRow",
    "SutDescription",
    "SystemUnderTest",
    "Tensor",
    "Text",
    "TinyBenchmark",
    "TinyEnergyRecord",
    "TinyRecord",
    "Trained",
    "Tuned",
    "Tuning",
    "Verify",
    "Versions",
    "option",
]


def __getattr__(name: str) -> Any:
    if name not in _SOURCES:
        raise AttributeError(f"module 'edgebench.types' has no attribute {name!r}")
    module, _, other = _SOURCES[name].partition(":")
    return getattr(import_module(module), other or name)


def __dir__() -> list[str]:
    return __all__
