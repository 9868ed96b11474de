"""Faults of a tree of MLPerf Inference; all but the last ones are the official checker's too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.results.planted.faults import (
    Fault,
    Harm,
    all_of,
    as_json,
    edited,
    field,
    logged,
    moved,
    removed,
    without,
    written,
)
from tests.results.planted.power_session import seal

HOME = "closed/Org"
SYSTEM = f"{HOME}/systems/board.json"
RESULTS = f"{HOME}/results/board/resnet"
STREAM, MULTI, OFFLINE = (
    f"{RESULTS}/{each}" for each in ("SingleStream", "MultiStream", "Offline")
)
RUN = "performance/run_1"
POWER = f"{OFFLINE}/performance/power"
CLIENT, SERVER = f"{POWER}/client.json", f"{POWER}/server.json"
ACCURACY = f"{STREAM}/accuracy/accuracy.txt"


def sealed(harm: Harm) -> Harm:
    """Plant a fault in a power session, and write its hash into the records as a forger would."""

    def both(root: Path) -> None:
        harm(root)
        seal(root / OFFLINE / "performance")

    return both


def message(at: int, **values: str) -> Any:
    return lambda record: record["messages"][at].update(values)


def ptd(old: str, new: str) -> Any:
    """Change a text in all of PTDaemon's replies."""

    def change(record: dict[str, Any]) -> None:
        for each in record["ptd_messages"]:
            each["reply"] = each["reply"].replace(old, new)

    return change


def cut(name: str, keep: int) -> Any:
    return lambda record: record.update({name: record[name][:keep]})


SYSTEMS: Mapping[str, Fault] = {
    "no system": Fault(removed(SYSTEM), "is missing"),
    "status": Fault(field(SYSTEM, "status", "soon"), "status is 'soon'"),
    "system type": Fault(field(SYSTEM, "system_type", "fridge"), "system_type is 'fridge'"),
    "division": Fault(field(SYSTEM, "division", "open"), "division is 'open'"),
    "submitter": Fault(field(SYSTEM, "submitter", "Other"), "submitter is 'Other'"),
    "no cooling": Fault(without(SYSTEM, "cooling"), "no field 'cooling'"),
    "empty framework": Fault(field(SYSTEM, "framework", ""), "'framework' is empty"),
    "bare 0": Fault(field(SYSTEM, "accelerators_per_node", 0), "'accelerators_per_node' is empty"),
    "null": Fault(field(SYSTEM, "host_networking", None), "'host_networking' is empty"),
    "nodes N/A": Fault(field(SYSTEM, "number_of_nodes", "N/A"), "is 'N/A', not a count"),
    "nodes many": Fault(field(SYSTEM, "number_of_nodes", "many"), "is 'many', not a count"),
    "accelerators N/A": Fault(field(SYSTEM, "accelerators_per_node", "N/A"), "not a count"),
    "network": Fault(field(SYSTEM, "is_network", "true"), "is_network is true"),
}

SETTINGS: Mapping[str, Fault] = {
    "no user.conf": Fault(removed(f"{STREAM}/user.conf"), "user.conf: is missing"),
    "empty README": Fault(written(f"{STREAM}/README.md", ""), "is missing or empty"),
    "no measurements": Fault(removed(f"{STREAM}/measurements.json"), "is missing"),
    "measurements lack": Fault(
        without(f"{STREAM}/measurements.json", "retraining"), "no field 'retraining'"
    ),
    "measurements empty": Fault(
        field(f"{STREAM}/measurements.json", "weight_data_types", ""), "is empty"
    ),
    "no source": Fault(moved(f"{HOME}/src", "code"), "src: is missing"),
    "scenario lacks": Fault(moved(MULTI, "multi"), "closed needs multistream too"),
    "no benchmark": Fault(moved(RESULTS, "alexnet"), "counts as no benchmark"),
}

PERFORMANCE: Mapping[str, Fault] = {
    "seed": Fault(logged(f"{STREAM}/{RUN}", effective_qsl_rng_seed=1), "of no round"),
    "schedule seed": Fault(logged(f"{STREAM}/{RUN}", effective_schedule_rng_seed=1), "no round"),
    "short": Fault(logged(f"{STREAM}/{RUN}", effective_min_duration_ms=60_000), "a test of 60 s"),
    "few loaded": Fault(
        logged(f"{STREAM}/{RUN}", effective_performance_sample_count=600), "600 samples were loaded"
    ),
    "few offline": Fault(
        sealed(
            logged(
                f"{OFFLINE}/{RUN}",
                effective_samples_per_query=1000,
                generated_samples_per_query=1000,
            )
        ),
        "1000 samples; the rules want 24576",
    ),
    "early stopping": Fault(
        logged(f"{STREAM}/{RUN}", early_stopping_met=False), "says VALID, although there were too"
    ),
    "no early stopping": Fault(
        logged(f"{MULTI}/{RUN}", early_stopping_met=None), "says VALID, although there were too"
    ),
    "other scenario": Fault(
        logged(f"{STREAM}/{RUN}", effective_scenario="Server"), "a log of Server"
    ),
    "LoadGen's error": Fault(
        edited(f"{STREAM}/{RUN}/mlperf_log_detail.txt", '"is_error": false', '"is_error": true', 1),
        "LoadGen says",
        official=False,
    ),
    "inferred by a datacenter": Fault(
        all_of(
            field(SYSTEM, "system_type", "datacenter,edge"),
            logged(f"{STREAM}/{RUN}", effective_scenario="Offline"),
        ),
        "a log of Offline, in a folder of singlestream",
    ),
    "no detail log": Fault(removed(f"{STREAM}/{RUN}/mlperf_log_detail.txt"), "is missing"),
    "INVALID": Fault(
        logged(f"{STREAM}/{RUN}", result_validity="INVALID", result_min_duration_met=False),
        "INVALID: it was shorter",
        official=False,
    ),
    "duration unmet": Fault(
        logged(f"{STREAM}/{RUN}", result_min_duration_met=False),
        "says VALID, although it was shorter",
        official=False,
    ),
    "ran short": Fault(
        logged(f"{STREAM}/{RUN}", power_end="08-01-2026 10:13:00.000"),
        "it ran for 30.0 s",
        official=False,
    ),
    "summary changed": Fault(
        edited(f"{STREAM}/{RUN}/mlperf_log_summary.txt", "estimate: 6", "estimate: 5"),
        "one of them was changed",
        official=False,
    ),
    "rate changed": Fault(
        logged(f"{MULTI}/{RUN}", result_query_count=9), "don't fill", official=False
    ),
    "throughput doubled": Fault(
        all_of(
            logged(f"{OFFLINE}/{RUN}", result_samples_per_second=2000.0),
            edited(f"{OFFLINE}/{RUN}/mlperf_log_summary.txt", "second: 1000.0", "second: 2000.0"),
            sealed(lambda root: None),
        ),
        "2000 samples per second for 601.0 s are not",
        official=False,
    ),
    "latencies out of order": Fault(
        logged(f"{STREAM}/{RUN}", **{"result_95.00_percentile_latency_ns": 1}),
        "its latencies contradict each other",
        official=False,
    ),
    "accuracy mode": Fault(
        logged(f"{STREAM}/{RUN}", effective_test_mode="AccuracyOnly"),
        "a log of AccuracyOnly",
        official=False,
    ),
}

ACCURACIES: Mapping[str, Fault] = {
    "too low": Fault(
        edited(ACCURACY, "accuracy=76.500%, good=38250", "accuracy=70.000%, good=35000"),
        "is below the benchmark's",
    ),
    "no accuracy": Fault(edited(ACCURACY, "accuracy=", "score="), "no line has the benchmark's"),
    "no hash": Fault(edited(ACCURACY, "hash=", "sum="), "no hash= line"),
    "not truncated": Fault(
        written(f"{STREAM}/accuracy/mlperf_log_accuracy.json", "[\n" + " " * 11_000 + "]\n"),
        "not truncated",
    ),
    "no accuracy log": Fault(removed(f"{STREAM}/accuracy/mlperf_log_accuracy.json"), "is missing"),
    "few samples": Fault(
        logged(f"{STREAM}/accuracy", qsl_reported_total_count=600), "accuracy on 600 samples"
    ),
    "counts contradict": Fault(
        edited(ACCURACY, "accuracy=76.500%", "accuracy=99.900%"),
        "38250 of 50000 are 76.500 %",
        official=False,
    ),
    "other log": Fault(
        written(f"{STREAM}/accuracy/mlperf_log_accuracy.json", "[\n]\n"),
        "its SHA-256 is not accuracy.txt's",
        official=False,
    ),
}

AUDITS: Mapping[str, Fault] = {
    "no TEST04": Fault(moved(f"{STREAM}/TEST04", "TESTS"), "closed needs this audit"),
    "TEST04 failed": Fault(
        written(f"{STREAM}/TEST04/verify_performance.txt", "TEST FAIL\n"), "does not say that"
    ),
    "TEST01 failed": Fault(
        written(f"{STREAM}/TEST01/verify_accuracy.txt", "TEST FAIL\n"), "does not say that"
    ),
    "TEST01 without a verdict": Fault(
        removed(f"{STREAM}/TEST01/verify_performance.txt"), "is missing"
    ),
    "TEST01 without logs": Fault(
        removed(f"{STREAM}/TEST01/{RUN}/mlperf_log_summary.txt"), "is missing"
    ),
    "TEST01 by other seeds": Fault(
        logged(f"{STREAM}/TEST01/{RUN}", effective_sample_index_rng_seed=1), "of no round"
    ),
    "TEST01 short": Fault(
        logged(f"{STREAM}/TEST01/{RUN}", effective_min_duration_ms=60_000), "a test of 60 s"
    ),
}

SESSIONS: Mapping[str, Fault] = {
    "no client.json": Fault(removed(CLIENT), "no client.json"),
    "no server.json": Fault(removed(SERVER), "no server.json"),
    "no ptd_logs": Fault(removed(f"{POWER}/ptd_logs.txt"), "no ptd_logs.txt"),
    "no client.log": Fault(removed(f"{POWER}/client.log"), "no client.log"),
    "extra file": Fault(written(f"{POWER}/session.json", "{}"), "does not belong here"),
    "no ranging": Fault(removed(f"{OFFLINE}/performance/ranging/spl.txt"), "is missing"),
    "source": Fault(
        as_json(CLIENT, lambda r: r["sources"].update({"client.py": "0" * 40})),
        "client.py is not the file of MLCommons'",
    ),
    "server's source": Fault(
        as_json(SERVER, lambda r: r["sources"].pop("lib/server.py")),
        "lib/server.py is not the file of MLCommons'",
    ),
    "PTD 1.9.1": Fault(as_json(SERVER, ptd("1.11.1", "1.9.1")), "PTDaemon 1.9.1; the rules take"),
    "analyzer": Fault(
        as_json(SERVER, ptd("YokogawaWT310,", "HomeMeter,")), "don't take the analyzer"
    ),
    "never identified": Fault(
        as_json(
            SERVER, ptd("YokogawaWT310,1000,1,1,version=1.11.1-00000000-20240907,OS=Linux", "")
        ),
        "never said what analyzer",
    ),
    "range refused": Fault(
        as_json(SERVER, ptd("Range A changed", "Error: range")), "PTDaemon answered 'SR,A"
    ),
    "range not put back": Fault(
        as_json(SERVER, ptd("Ranges,0,20.000000", "Ranges,0,10.000000")), "range was not put back"
    ),
    "device type": Fault(
        as_json(SERVER, lambda r: r["ptd_config"][0].update(device_type=1)), "analyzer of type 1"
    ),
    "one channel of two": Fault(
        as_json(SERVER, lambda r: r["ptd_config"][0].update(device_type=77, channel=[1])),
        "with 1 channels, not 2",
    ),
    "debug": Fault(field(SERVER, "debug", True), "ran in debug mode"),
    "messages cut": Fault(as_json(CLIENT, cut("messages", 2)), "client.json has 2 messages"),
    "message changed": Fault(as_json(CLIENT, message(2, reply="ERROR")), "message 2 is"),
    "client's version": Fault(
        all_of(
            as_json(CLIENT, message(0, cmd="mlcommons/power client v2")),
            as_json(SERVER, message(0, cmd="mlcommons/power client v2")),
        ),
        "are of different versions",
    ),
    "other session": Fault(field(CLIENT, "session_name", "other"), "is of session other"),
    "other uuid": Fault(
        as_json(CLIENT, lambda r: r["uuid"].update(client="3" * 8 + "-3333-4333-8333-" + "3" * 12)),
        "is of session",
    ),
    "clocks apart": Fault(
        as_json(CLIENT, lambda r: r["phases"]["testing"][1].__setitem__(0, 1785578531.5)),
        "the clocks of client and server differ",
    ),
    "phase cut": Fault(
        as_json(CLIENT, lambda r: r["phases"]["testing"].pop()), "the steps of testing differ"
    ),
    "test outside": Fault(
        sealed(
            logged(
                f"{OFFLINE}/{RUN}",
                power_begin="08-01-2026 10:14:30.000",
                power_end="08-01-2026 10:24:31.000",
            )
        ),
        "outside of the testing phase",
    ),
    "spl changed": Fault(
        edited(f"{OFFLINE}/{RUN}/spl.txt", "Watts,10.000000", "Watts,9.900000"),
        "is not the file that server.json has the SHA-1 of",
    ),
    "log changed": Fault(
        edited(f"{POWER}/client.log", "made", "forged"), "is not the file that client.json"
    ),
    "hash left out": Fault(
        as_json(SERVER, lambda r: r["results"].pop("run_1/spl.txt")), "has its SHA-1"
    ),
    "less power, with its hash": Fault(
        sealed(edited(f"{OFFLINE}/{RUN}/spl.txt", "Watts,10.000000", "Watts,9.000000")),
        "less power than ranging",
    ),
    "a little less power, with its hash": Fault(
        sealed(edited(f"{OFFLINE}/{RUN}/spl.txt", "Watts,10.000000", "Watts,9.800000")),
        "PTDaemon told the server 10.00 W",
        official=False,
    ),
    "no uncertainty": Fault(
        sealed(edited(f"{POWER}/ptd_logs.txt", "is activated", "is off")),
        "uncertainty checking was not activated",
    ),
    "PTDaemon's error": Fault(
        sealed(
            edited(
                f"{POWER}/ptd_logs.txt",
                "08-01-2026 10:23:30.000: Completed test",
                "08-01-2026 10:20:00.000: ERROR: Bad watts reading nan from Yokogawa",
            )
        ),
        "ERROR: Bad watts reading",
    ),
    "no ranging in the log": Fault(
        sealed(edited(f"{POWER}/ptd_logs.txt", "_ranging'", "_nothing'")),
        "does not say when ranging began",
    ),
    "no power factor": Fault(
        sealed(edited(f"{OFFLINE}/{RUN}/spl.txt", ",PF,0.900000", "")), "has no power factor"
    ),
    "no readings": Fault(
        sealed(
            edited(f"{OFFLINE}/{RUN}/spl.txt", "Time,08-01-2026", "Time,08-02-2026"),
        ),
        "no reading above 0 W",
    ),
}

INFERENCE_FAULTS: Mapping[str, Fault] = {
    **SYSTEMS,
    **SETTINGS,
    **PERFORMANCE,
    **ACCURACIES,
    **AUDITS,
    **SESSIONS,
}
