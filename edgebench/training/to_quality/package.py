"""The folder of a benchmark's runs, laid out as MLPerf Training's packages are."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from edgebench import __version__
from edgebench.host.facts import HostFacts, host_facts
from edgebench.text.json_text import json_text
from edgebench.training.to_quality.goal import Goal
from edgebench.training.to_quality.runs import TimeToQuality


@dataclass(frozen=True)
class Package:
    """``systems/SYSTEM.json`` and ``results/SYSTEM/BENCHMARK/result_N.txt`` below a folder."""

    folder: Path
    organization: str
    system: str
    goal: Goal

    @property
    def results(self) -> Path:
        """Where the result files lie."""
        return self.folder / "results" / self.system / self.goal.benchmark

    def result(self, number: int) -> Path:
        """Return a run's file."""
        return self.results / f"result_{number}.txt"

    @property
    def models(self) -> Path:
        """Where a model lies that learned the user's data."""
        return self.folder / "models"

    def power(self, number: int) -> Path:
        """Return the file of what a meter said during a run."""
        return self.folder / "power" / f"result_{number}.npz"

    def create(self) -> None:
        """Make the folders and describe the system."""
        self.results.mkdir(parents=True)
        systems = self.folder / "systems"
        systems.mkdir()
        text = json_text(self.description(host_facts())) + "\n"
        (systems / f"{self.system}.json").write_text(text, encoding="utf-8")

    def description(self, host: HostFacts) -> dict[str, Any]:
        """Return the system as the summarizer and the system checker want it."""
        gigabytes = f"{host.memory_bytes / 2**30:.0f} GiB"
        rules = "edgebench rules; " if self.goal.by_own_rules else ""
        return {
            "submitter": self.organization,
            "division": "open",
            "status": "onprem",
            "system_name": self.system,
            "number_of_nodes": "1",
            "host_processors_per_node": "1",
            "host_processor_model_name": host.cpu_model or host.architecture,
            "host_processor_core_count": str(host.cores),
            "host_processor_vcpu_count": str(host.cores),
            "host_processor_frequency": "",
            "host_processor_caches": "",
            "host_processor_interconnect": "",
            "host_memory_capacity": gigabytes,
            "host_memory_configuration": "",
            "host_storage_type": "",
            "host_storage_capacity": "",
            "host_networking": "none: one node",
            "host_networking_topology": "none",
            "accelerators_per_node": "0",
            "accelerator_model_name": "none",
            "accelerator_host_interconnect": "",
            "accelerator_frequency": "",
            "accelerator_on-chip_memories": "",
            "accelerator_memory_configuration": "",
            "accelerator_memory_capacity": "",
            "accelerator_interconnect": "",
            "accelerator_interconnect_topology": "",
            "cooling": "",
            "hw_notes": host.board,
            "framework": f"TensorFlow {version('tensorflow-cpu')}",
            "framework_name": "TensorFlow",
            "other_software_stack": {"edgebench": __version__, "Python": host.python},
            "operating_system": host.operating_system,
            "sw_notes": f"{rules}edgebench {__version__}",
        }

    def write_own_summary(self, score: TimeToQuality) -> Path:
        """Write a summary with the summarizer's columns for a benchmark that it has none for."""
        about = self.description(host_facts())
        minutes = "" if score.seconds is None else f"{score.seconds / 60:.6f}"
        row = {
            "division": about["division"],
            "availability": about["status"],
            "submitter": self.organization,
            "system": self.system,
            "number_of_nodes": "1",
            "host_processor_model_name": about["host_processor_model_name"],
            "host_processors_count": "1",
            "accelerator_model_name": "none",
            "accelerators_count": "0",
            "framework": about["framework"],
            "notes": "; ".join(filter(None, (about["hw_notes"], about["sw_notes"]))),
            self.goal.benchmark: minutes,
        }
        path = self.folder / "summary.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            writer.writeheader()
            writer.writerow(row)
        return path
