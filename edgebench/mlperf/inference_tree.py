"""Submission trees of MLPerf Inference, by round: folders, files, fields, limits.

Sources: mlcommons/inference, tools/submission (the checker of v5.1, v6.0 and v6.1), and
mlcommons/inference_policies.
"""

from __future__ import annotations

from dataclasses import dataclass

DIVISIONS = ("closed", "open")
STATUSES = ("available", "preview", "rdi")
SYSTEM_TYPES = ("edge", "datacenter", "datacenter,edge", "edge,datacenter")
MOST_ACCURACY_BYTES = 10 * 1024
VIEWABLE_BYTES = 4096
CUT = b"\n\n...\n\n"
"""What stands for the middle of a truncated accuracy log."""
HASH_PATTERN = r"^hash=(\w+)$"
MOST_FILE_BYTES = 50 * 2**20
LONGEST_PATH = 260
MODEL_MAPPING = "model_mapping.json"
NAMEPLATE = "_power.yaml"
"""What follows a system's name: the power that its supplies are made for, since v6.1."""

PERFORMANCE_FILES = ("mlperf_log_summary.txt", "mlperf_log_detail.txt")
OPTIONAL_FILES = ("mlperf_log_trace.json", "results.json", ".gitkeep")
"""What any folder of logs may have besides."""
OPTIONAL_AUDIT_FILES = ("mlperf_log_accuracy.json", *OPTIONAL_FILES)
OPTIONAL_PERFORMANCE_FILES = ("spl.txt", *OPTIONAL_AUDIT_FILES)
ACCURACY_FILES = (*PERFORMANCE_FILES, "mlperf_log_accuracy.json", "accuracy.txt")
POWER_FILES = ("client.json", "client.log", "ptd_logs.txt", "server.json", "server.log")
"""What MLCommons' own power client and server leave; nobody else can write them."""


@dataclass(frozen=True)
class Layout:
    """Where a round keeps things, below ``DIVISION/ORG``.

    ``measurements``, ``settings`` and ``audits`` are formats with ``system``, ``model`` and
    ``scenario``.
    """

    code: str
    measurements: str
    settings: str
    audits: str


_V5 = Layout(
    "code",
    "measurements/{system}/{model}/{scenario}/{system}.json",
    "measurements/{system}/{model}/{scenario}",
    "compliance/{system}/{model}/{scenario}",
)
_V6 = Layout(
    "src",
    "results/{system}/{model}/{scenario}/measurements.json",
    "results/{system}/{model}/{scenario}",
    "results/{system}/{model}/{scenario}",
)
LAYOUTS = {"v5.1": _V5, "v6.0": _V6, "v6.1": _V6}
"""By round."""
SETTINGS_FILES = ("user.conf", "README.md")

SYSTEM_FIELDS: dict[str, bool] = {
    "division": True,
    "submitter": True,
    "status": True,
    "system_type": True,
    "system_type_detail": False,
    "system_name": True,
    "number_of_nodes": True,
    "host_processor_model_name": True,
    "host_processors_per_node": True,
    "host_processor_core_count": True,
    "host_processor_frequency": False,
    "host_processor_caches": False,
    "host_processor_interconnect": False,
    "host_memory_capacity": True,
    "host_memory_configuration": True,
    "host_storage_capacity": True,
    "host_storage_type": True,
    "host_networking": True,
    "host_network_card_count": True,
    "host_networking_topology": True,
    "accelerators_per_node": True,
    "accelerator_model_name": True,
    "accelerator_memory_capacity": True,
    "accelerator_memory_configuration": True,
    "accelerator_host_interconnect": True,
    "accelerator_interconnect": True,
    "accelerator_interconnect_topology": False,
    "accelerator_frequency": False,
    "accelerator_on-chip_memories": False,
    "cooling": True,
    "framework": True,
    "operating_system": True,
    "other_software_stack": True,
    "hw_notes": False,
    "sw_notes": False,
}
"""The fields of systems/SYS.json, and whether each must say something."""
COUNT_FIELDS = ("number_of_nodes", "accelerators_per_node")
"""Must be counts: the round's table multiplies them."""
USUAL_COUNT_FIELDS = ("host_processors_per_node", "host_processor_core_count")
"""Counts as well, though ``N/A`` has been taken."""
POWER_FIELDS = (
    "power_management",
    "filesystem",
    "boot_firmware_version",
    "management_firmware_version",
    "other_hardware",
    "number_of_type_nics_installed",
    "nics_enabled_firmware",
    "nics_enabled_os",
    "nics_enabled_connected",
    "network_speed_mbit",
    "power_supply_quantity_and_rating_watts",
    "power_supply_details",
    "disk_drives",
    "disk_controllers",
    "system_power_only",
)
"""More fields, that may be empty, of a system with power results."""
MEASUREMENT_FIELDS = (
    "input_data_types",
    "retraining",
    "starting_weights_filename",
    "weight_data_types",
    "weight_transformations",
)
"""The fields of a measurements.json; each must say something."""
