"""Limits of containers, in trees like those of public bug reports about programs that missed them.

The layouts are those of docker with a private and with the host's cgroup namespace, of kind (a
container in a container), of Kubernetes with version 1, and of systemd's slices.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.host.available_memory import AvailableMemory, available_memory
from edgebench.host.cgroup.cpu import Throttling, cpu_quota, throttling
from edgebench.host.cgroup.memory import (
    limited_memory,
    nearest_oom_kills,
    oom_kills,
    reclaims,
)
from edgebench.host.limits import (
    HostLimits,
    LimitCounts,
    counted_sentences,
    host_limits,
    limit_counts,
)
from tests.host.trees import v1_tree, v2_tree, write_tree

MIB = 2**20
NO_V1_LIMIT = "9223372036854771712\n"


def test_the_smallest_quota_of_a_group_and_its_parents_holds(tmp_path: Path) -> None:
    root = v2_tree(
        tmp_path,
        "/user.slice/user@1000.service/app.scope",
        {
            "user.slice": {"cpu.max": "150000 100000\n"},
            "user.slice/user@1000.service": {"cpu.max": "max 100000\n"},
            "user.slice/user@1000.service/app.scope": {"cpu.max": "400000 50000\n"},
        },
    )
    quota = cpu_quota(root)
    assert quota is not None
    assert (quota.cpus, quota.group) == (1.5, "/user.slice")
    assert str(quota) == "CPU quota of 1.5 CPUs (control group /user.slice)"


@pytest.mark.parametrize(
    ("path", "mount_root", "folder"),
    [
        # docker with a namespace of its own: the container's group is the root that it sees.
        ("/", "/", ""),
        # docker --cgroupns host: the whole tree, with this container's path.
        ("/docker/4f1e", "/", "docker/4f1e"),
        # A bind mount of this container's group: its path must not be appended once more.
        ("/docker/4f1e", "/docker/4f1e", ""),
        ("/docker/4f1e/inner", "/docker/4f1e", "inner"),
        # kind: the path is seen from another namespace than the mount's root.
        ("/kubepods/burstable/pod99/ab", "/docker/91d0/kubepods/pod99/ab", ""),
        # A path above the namespace's root.
        ("/../../sibling", "/", ""),
        # The group was removed, or is not shown: the nearest one that is there.
        ("/docker/gone/deeper (deleted)", "/", "docker"),
        # containerd's names have colons.
        ("/system.slice/kubepods-pod99.slice:cri-containerd:6ef1", "/", "system.slice"),
        # A name in octal, as mountinfo writes a space.
        ("/my group", "/my\\040group", ""),
    ],
)
def test_the_own_group_is_found_whatever_is_mounted(
    tmp_path: Path, path: str, mount_root: str, folder: str
) -> None:
    groups = {folder: {"cpu.max": "20000 100000\n", "memory.max": f"{300 * MIB}\n"}}
    root = v2_tree(tmp_path, path, groups, mount_root=mount_root)
    quota = cpu_quota(root)
    assert quota is not None
    assert quota.cpus == 0.2
    assert [each.limit_bytes for each in limited_memory(root)] == [300 * MIB]


def test_a_hierarchy_that_is_mounted_elsewhere_is_found(tmp_path: Path) -> None:
    root = v2_tree(tmp_path, "/a", {"a": {"cpu.max": "50000"}}, at="/mnt/my groups")
    quota = cpu_quota(root)
    assert quota is not None
    assert quota.cpus == 0.5  # the period is left out: the kernel's default


def test_version_1_has_a_quota_and_counts_in_nanoseconds(tmp_path: Path) -> None:
    stat = "nr_periods 147\nnr_throttled 141\nthrottled_time 6560089222\n"
    files = {"cpu.cfs_quota_us": "20000\n", "cpu.cfs_period_us": "100000\n", "cpu.stat": stat}
    free = {"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n", "cpu.stat": "nr_periods 0"}
    root = v1_tree(tmp_path, "/kubepods/pod1", {"kubepods/pod1": files, "kubepods": free, "": free})
    quota = cpu_quota(root)
    assert quota is not None
    assert (quota.cpus, quota.group) == (0.2, "/kubepods/pod1")
    assert throttling(root) == Throttling(147, 141, 6.560089222)


def test_a_group_without_limits_is_no_limit(tmp_path: Path) -> None:
    free = {"cpu.max": "max 100000\n", "memory.max": "max\n", "memory.high": "max\n"}
    root = v2_tree(tmp_path, "/", {"": free})
    assert cpu_quota(root) is None
    assert throttling(root) is None
    assert limited_memory(root) == ()
    assert reclaims(root) is None
    unlimited = {"memory.limit_in_bytes": NO_V1_LIMIT, "memory.usage_in_bytes": "4096\n"}
    old = v1_tree(tmp_path / "old", "/", {"": unlimited}, controllers="memory")
    assert limited_memory(old) == ()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"proc/self/cgroup": "", "proc/self/mountinfo": ""},
        {"proc/self/cgroup": "nonsense\n0:\n::\n0::relative\n"},
        {"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": "1 2 3 - cgroup2\n - \n"},
    ],
)
def test_a_machine_without_control_groups_has_no_limits(
    tmp_path: Path, files: dict[str, str]
) -> None:
    root = write_tree(tmp_path, files)
    assert limit_counts(root) == LimitCounts()
    assert cpu_quota(root) is None
    assert limited_memory(root) == ()


@pytest.mark.parametrize("text", ["", "max", "-1 100000", "many 100000", "20000 0", "20000 soon"])
def test_a_damaged_quota_is_none(tmp_path: Path, text: str) -> None:
    assert cpu_quota(v2_tree(tmp_path, "/", {"": {"cpu.max": text}})) is None


def test_what_is_left_is_the_limit_less_what_cannot_be_given_up(tmp_path: Path) -> None:
    stat = f"anon 1\ninactive_file {40 * MIB}\nactive_file {20 * MIB}\n"
    files = {"memory.max": f"{300 * MIB}\n", "memory.current": f"{200 * MIB}\n"}
    root = v2_tree(tmp_path, "/", {"": {**files, "memory.stat": stat}})
    write_tree(root, {"proc/meminfo": f"MemTotal: {2**24} kB\nMemAvailable: {2**23} kB\n"})
    (memory,) = limited_memory(root)
    assert memory.left_bytes == 150 * MIB
    said = "memory limit of 300 MiB (control group /)"
    assert available_memory(root) == AvailableMemory(150 * MIB, said)
    # Where the machine itself has less, it is the machine.
    write_tree(root, {"proc/meminfo": "MemAvailable: 1024 kB\n"})
    assert available_memory(root) == AvailableMemory(MIB)


def test_memory_of_version_1_counts_the_groups_below(tmp_path: Path) -> None:
    stat = (
        f"inactive_file 0\nactive_file 0\nhierarchical_memory_limit {400 * MIB}\n"
        f"total_inactive_file {10 * MIB}\ntotal_active_file {10 * MIB}\n"
    )
    pod = {
        "memory.limit_in_bytes": f"{400 * MIB}\n",
        "memory.usage_in_bytes": f"{390 * MIB}\n",
        "memory.stat": stat,
    }
    own = {"memory.limit_in_bytes": NO_V1_LIMIT, "memory.usage_in_bytes": f"{5 * MIB}\n"}
    kills = {"memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"}
    root = v1_tree(tmp_path, "/pod/c", {"pod": pod, "pod/c": own | kills}, controllers="memory")
    (memory,) = limited_memory(root)
    assert (memory.group, memory.left_bytes) == ("/pod", 25 * MIB)
    assert oom_kills(root) == 3


def test_the_least_limit_is_known_whichever_group_has_the_least_left(tmp_path: Path) -> None:
    outer = {"memory.max": f"{400 * MIB}\n", "memory.current": f"{390 * MIB}\n"}
    inner = {"memory.max": f"{100 * MIB}\n", "memory.current": f"{20 * MIB}\n"}
    limits = host_limits(v2_tree(tmp_path, "/pod/c", {"pod": outer, "pod/c": inner}))
    assert limits.memory is not None
    assert (limits.memory.group, limits.memory.left_bytes) == ("/pod", 10 * MIB)
    assert limits.least_memory_bytes == 100 * MIB


def test_memory_high_is_a_limit_and_its_stops_are_counted(tmp_path: Path) -> None:
    files = {"memory.high": f"{100 * MIB}\n", "memory.max": "max\n", "memory.current": "0\n"}
    events = "low 0\nhigh 12\nmax 0\noom 0\noom_kill 1\n"
    root = v2_tree(tmp_path, "/a", {"a": {**files, "memory.events": events}})
    (memory,) = limited_memory(root)
    assert memory.limit_bytes == 100 * MIB
    assert limit_counts(root) == LimitCounts(None, 1, 12)


def test_outside_of_groups_the_machine_counts_whom_it_killed(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"proc/vmstat": "pgfault 12\noom_kill 4\n"})
    assert nearest_oom_kills(root) == 4
    # Another program's end is no limit that held this process up.
    assert limit_counts(root) == LimitCounts()


@pytest.mark.parametrize(
    ("own", "kills", "nearest"),
    [({}, None, 7), ({"user.slice/own": {"memory.events": "oom_kill 2\n"}}, 2, 2)],
)
def test_kills_of_other_groups_are_not_counted_as_this_one_s(
    tmp_path: Path, own: dict[str, dict[str, str]], kills: int | None, nearest: int
) -> None:
    groups = {"user.slice": {"memory.events": "oom_kill 7\n"}, "user.slice/own": {"pids.max": "9"}}
    root = v2_tree(tmp_path, "/user.slice/own", groups | own)
    write_tree(root, {"proc/vmstat": "oom_kill 9\n"})
    assert (oom_kills(root), nearest_oom_kills(root)) == (kills, nearest)
    assert limit_counts(root).oom_kills == kills


def test_only_what_happened_meanwhile_is_said(tmp_path: Path) -> None:
    quiet = LimitCounts(Throttling(10, 8, 1.0), 2, 5)
    assert counted_sentences(HostLimits(), quiet.since(quiet)) == ()
    later = LimitCounts(Throttling(157, 149, 7.5), 3, 6)
    root = v2_tree(tmp_path, "/", {"": {"cpu.max": "20000 100000", "memory.max": "1048576"}})
    limits = HostLimits(cpu_quota(root), limited_memory(root)[0])
    stopped, slowed, killed = counted_sentences(limits, later.since(quiet))
    assert stopped == (
        "the CPU quota of 0.2 CPUs (control group /) stopped the run in 141 of 147 periods, "
        "6.5 s in all: the figures are the quota's, not the machine's"
    )
    assert "memory limit of 1 MiB (control group /) slowed the run 1 times" in slowed
    assert killed == "the kernel killed 1 processes meanwhile: out of memory"


def test_the_process_s_own_limit_is_the_limit(tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    root = write_tree(
        tmp_path,
        {"proc/meminfo": "MemAvailable: 99999999 kB\n", "proc/self/status": "VmSize: 8 kB"},
    )
    limit = 64 * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        said = "limit of 65,536 MiB on the address space of a process (`ulimit -v`)"
        assert available_memory(root) == AvailableMemory(limit - 8192, said)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
