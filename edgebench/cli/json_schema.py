"""The JSON Schema of what commands print with ``--json``, by command.

``python -m edgebench.cli.json_schema > docs/json.schema.json`` writes the published one; tests hold
it against the types and against real output.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgebench.boards.card import BoardCard
from edgebench.cli.json_views import DeployView, QuantizeView, SizeView
from edgebench.cli.output import echo
from edgebench.datasets.card import DatasetCard
from edgebench.datasets.making.make_dataset import MadeDataset
from edgebench.diagnostics.finding import Finding
from edgebench.farm.labgrid.places import FarmPlace
from edgebench.farm.results import FarmRow
from edgebench.farm.scheduler import FarmOutcome
from edgebench.firmware.building.export import Exported
from edgebench.models.card import ModelCard
from edgebench.models.packages.catalog import Package
from edgebench.models.packages.pull import Pulled
from edgebench.models.recommend.grow import Grown
from edgebench.power.energy import Energy
from edgebench.power.find import MeterFinding
from edgebench.power.kinds import MeterKind
from edgebench.power.traces.trace import PowerTrace
from edgebench.results.check.tree import Checked
from edgebench.results.comparison.compare_runs import RunChange
from edgebench.results.comparison.history import History
from edgebench.results.sources.row import Result
from edgebench.results.submit.tree import Submitted
from edgebench.results.summary.row import SummaryRow
from edgebench.rundir.contents.layers import Layers
from edgebench.runtimes.kinds import RuntimeKind
from edgebench.sharding.run import Sharded
from edgebench.text.json_schema import DIALECT, schema_of
from edgebench.text.json_text import json_text
from edgebench.training.finetune import FineTuned
from edgebench.training.siblings.sweep import Reduced
from edgebench.training.to_quality.session import Trained

OUTPUTS: Mapping[str, Any] = {
    "run": list[SummaryRow],
    "summary": list[SummaryRow],
    "compare": list[RunChange] | list[Result],
    "history": History,
    "check": Checked,
    "submit": Submitted | dict[str, Path],
    "report": dict[str, Path],
    "size": SizeView,
    "deploy": DeployView | Exported,
    "profile": Layers,
    "meters": list[MeterFinding],
    "power integrate": Energy,
    "power record": dict[str, Path | PowerTrace],
    "dataset": MadeDataset,
    "quantize": QuantizeView,
    "reduce": Reduced,
    "train": Trained | FineTuned,
    "make": Grown,
    "shard": Sharded,
    "pull": Pulled | dict[str, Package],
    "list models": dict[str, ModelCard],
    "list datasets": dict[str, DatasetCard],
    "list runtimes": dict[str, RuntimeKind],
    "list boards": dict[str, BoardCard],
    "list meters": list[MeterKind],
    "doctor": list[Finding],
    "farm list": list[FarmPlace],
    "farm run": FarmOutcome | dict[str, Any],
    "farm report": list[FarmRow],
    "farm cleanup": list[str],
}
"""What each command prints; devices, show, tune and compare-models print plain objects."""
ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "kind": {"type": "string"},
                "message": {"type": "string"},
                "exit_code": {"type": "integer"},
            },
            "required": ["kind", "message", "exit_code"],
            "additionalProperties": False,
        }
    },
    "required": ["error"],
    "additionalProperties": False,
}
"""In place of the output, of a command that failed."""


def json_schema() -> dict[str, Any]:
    """Return the schema: a definition for each command, and `error`."""
    outputs: dict[str, Any] = {}
    for name, kind in OUTPUTS.items():
        same = next((each for each in outputs if OUTPUTS[each] == kind), None)
        schema = schema_of(kind, all_required=True)
        outputs[name] = schema if same is None else {"$ref": f"#/$defs/{same}"}
    return {
        "$schema": DIALECT,
        "title": "edgebench --json",
        "$defs": {**outputs, "error": ERROR},
    }


if __name__ == "__main__":
    echo(json_text(json_schema(), indent=1))
