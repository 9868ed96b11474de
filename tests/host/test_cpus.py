"""Kinds of cores, offline processors and what a quota pays for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgebench.host.cpus import (
    affordable_cpus,
    cpu_clusters,
    cpu_list,
    offline_cpus,
    one_per_core,
    ranges,
    usable_cpus,
)
from edgebench.host.facts import host_facts
from tests.host.trees import v2_tree, write_tree

CPU = "sys/devices/system/cpu"


def arm(root: Path, cores: list[tuple[str, int | None, int]]) -> Path:
    """Write a machine of ARM cores: each its part number, its capacity and its highest MHz."""
    cpuinfo = "".join(
        f"processor\t: {cpu}\nBogoMIPS\t: 48.00\nCPU part\t: {part}\n\n"
        for cpu, (part, _, _) in enumerate(cores)
    )
    files = {"proc/cpuinfo": cpuinfo, f"{CPU}/online": f"0-{len(cores) - 1}\n"}
    for cpu, (_, capacity, mhz) in enumerate(cores):
        files[f"{CPU}/cpu{cpu}/cpufreq/cpuinfo_max_freq"] = f"{mhz * 1000}\n"
        if capacity is not None:
            files[f"{CPU}/cpu{cpu}/cpu_capacity"] = f"{capacity}\n"
    return write_tree(root, files)


def test_big_and_little_cores_are_distinguished_and_binned_ones_are_not(tmp_path: Path) -> None:
    # An RK3588: four Cortex-A55, and two pairs of Cortex-A76 with slightly other clocks.
    cores = [("0xd05", 414, 1800)] * 4
    cores += [("0xd0b", 1024, 2400)] * 2 + [("0xd0b", 1003, 2352)] * 2
    clusters = cpu_clusters(arm(tmp_path, cores))
    assert [each.cpus for each in clusters] == [(4, 5, 6, 7), (0, 1, 2, 3)]
    assert str(clusters[0]) == "4 x Cortex-A76 up to 2,400 MHz (CPUs 4-7)"
    assert host_facts(tmp_path).cpu_model == "Cortex-A76 + Cortex-A55"


def test_cores_of_one_kind_with_other_clocks_are_clusters(tmp_path: Path) -> None:
    # A Snapdragon's prime core has the part number of the other big ones.
    cores = [("0xd05", 350, 1785)] * 4 + [("0xd0d", 870, 2419)] * 3 + [("0xd0d", 1024, 2841)]
    clusters = cpu_clusters(arm(tmp_path, cores))
    assert [each.cpus for each in clusters] == [(7,), (4, 5, 6), (0, 1, 2, 3)]


def test_without_capacities_the_clocks_decide(tmp_path: Path) -> None:
    # An Amlogic S922X with an older kernel.
    cores = [("0xd03", None, 1800)] * 2 + [("0xd09", None, 2208)] * 4
    assert [each.cpus for each in cpu_clusters(arm(tmp_path, cores))] == [(2, 3, 4, 5), (0, 1)]


def test_a_pi_has_one_kind(tmp_path: Path) -> None:
    assert len(cpu_clusters(arm(tmp_path, [("0xd0b", 1024, 2400)] * 4))) == 1


def test_cores_are_named_by_their_register_where_cpuinfo_does_not(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            f"{CPU}/online": "0-1\n",
            f"{CPU}/cpu0/regs/identification/midr_el1": "0x00000000414fd0b1\n",
            f"{CPU}/cpu1/regs/identification/midr_el1": "0x00000000412fd050\n",
        },
    )
    assert {each.core for each in cpu_clusters(tmp_path)} == {"Cortex-A76", "Cortex-A55"}


def test_a_hybrid_pc_has_two_kinds_and_a_favoured_core_none(tmp_path: Path) -> None:
    files = {f"{CPU}/online": "0-5\n", "proc/cpuinfo": "processor\t: 0\nmodel name\t: PC\n"}
    files |= {f"{CPU}/cpu{cpu}/cpufreq/cpuinfo_max_freq": "5000000\n" for cpu in range(6)}
    files[f"{CPU}/cpu1/cpufreq/cpuinfo_max_freq"] = "5900000\n"
    assert len(cpu_clusters(write_tree(tmp_path / "plain", files))) == 1
    files |= {"sys/devices/cpu_core/cpus": "0-3\n", "sys/devices/cpu_atom/cpus": "4-5\n"}
    clusters = cpu_clusters(write_tree(tmp_path / "hybrid", files))
    assert {each.core: each.cpus for each in clusters} == {
        "cpu_core": (0, 1, 2, 3),
        "cpu_atom": (4, 5),
    }


def test_processors_that_are_switched_off_are_listed(tmp_path: Path) -> None:
    # A Jetson in a mode of less power.
    write_tree(tmp_path, {f"{CPU}/present": "0-5\n", f"{CPU}/online": "0-3\n"})
    assert offline_cpus(tmp_path) == (4, 5)
    assert offline_cpus(tmp_path / "none") == ()


@pytest.mark.parametrize("quota", ["10000", "100000", "150000"])
def test_no_more_processors_than_the_quota_pays_for(tmp_path: Path, quota: str) -> None:
    root = v2_tree(tmp_path, "/", {"": {"cpu.max": f"{quota} 100000"}})
    assert len(affordable_cpus(root)) == 1
    assert set(affordable_cpus(root)) <= set(usable_cpus())


def test_the_fastest_are_kept_and_a_large_quota_keeps_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    arm(tmp_path, [("0xd05", 400, 1800)] * 4 + [("0xd0b", 1024, 2400)] * 4)
    v2_tree(tmp_path, "/", {"": {"cpu.max": "350000 100000"}})
    assert affordable_cpus(tmp_path) == (4, 5, 6)
    v2_tree(tmp_path, "/", {"": {"cpu.max": "1600000 100000"}})
    assert affordable_cpus(tmp_path) == tuple(range(8))
    assert affordable_cpus(tmp_path / "no limit") == tuple(range(8))


@pytest.mark.parametrize("text", ["", "x", "1-", "-3", "3-1", "0-99999999999"])
def test_damaged_lists_are_no_endless_ones(text: str) -> None:
    assert len(cpu_list(text)) < 10


def test_a_list_is_written_as_it_is_read() -> None:
    for text in ("0", "0-3", "0-1,4,6-7"):
        assert ranges(cpu_list(text)) == text
    assert len(cpu_list("0-4294967")) < 10_000


@pytest.mark.parametrize("name", ["core_cpus_list", "thread_siblings_list"])
def test_processors_that_share_a_core_are_one(tmp_path: Path, name: str) -> None:
    # A hybrid PC: two cores of two threads each, then two without.
    siblings = {0: "0-1", 1: "0-1", 2: "2,3", 3: "2,3", 4: "4", 5: "5"}
    files = {f"{CPU}/cpu{cpu}/topology/{name}": f"{each}\n" for cpu, each in siblings.items()}
    root = write_tree(tmp_path, files)
    assert one_per_core(range(6), root) == (0, 2, 4, 5)
    # A cpuset may leave one of a pair.
    assert one_per_core((1, 3, 4), root) == (1, 3, 4)
    assert one_per_core((7, 8), root) == (7, 8)
