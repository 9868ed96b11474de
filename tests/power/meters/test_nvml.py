"""NVML, against a library of its functions that is compiled here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.contract import PowerMeter
from edgebench.power.meters.nvml import NvmlDriver
from edgebench.power.place import MeterPlace

SOURCE = r"""
#include <stdio.h>
#include <string.h>
/* What a GPU says stands in a file: power in mW, energy in mJ; -1 is NVML_ERROR_NOT_SUPPORTED. */
static int is_open;
static long said(int which)
{
    long values[2] = {-1, -1};
    FILE *file = fopen(SAID, "r");
    if (file) {
        if (fscanf(file, "%ld %ld", &values[0], &values[1]) != 2)
            values[0] = values[1] = -2;
        fclose(file);
    }
    return values[which];
}
int nvmlInit_v2(void) { is_open++; return INIT; }
int nvmlShutdown(void) { is_open--; return 0; }
int opened(void) { return is_open; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = COUNT; return is_open ? 0 : 1; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = (void *)(0x7f0000000000L + index);
    return index < COUNT ? 0 : 2;
}
int nvmlDeviceGetName(void *device, char *text, unsigned size)
{
    snprintf(text, size, "NVIDIA RTX %ld", (long)device - 0x7f0000000000L);
    return 0;
}
int nvmlDeviceGetUUID(void *device, char *text, unsigned size)
{
    (void)device;
    snprintf(text, size, "GPU-1234");
    return 0;
}
int nvmlSystemGetDriverVersion(char *text, unsigned size)
{
    snprintf(text, size, "570.86.15");
    return 0;
}
int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts)
{
    (void)device;
    *milliwatts = (unsigned)said(0);
    return said(0) == -1 ? 3 : said(0) < 0 ? 15 : 0;
}
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *millijoules)
{
    (void)device;
    *millijoules = (unsigned long long)said(1);
    return said(1) == -1 ? 3 : said(1) < 0 ? 15 : 0;
}
const char *nvmlErrorString(int code)
{
    return code == 3 ? "Not Supported" : code == 9 ? "Driver Not Loaded" : "GPU is lost";
}
"""


def built(folder: Path, count: int = 1, init: int = 0, lacks: str = "") -> NvmlDriver:
    compiler = shutil.which("cc")
    assert compiler is not None
    library = folder / f"libnvidia-ml-{count}-{init}{lacks}.so"
    flags = [f"-DCOUNT={count}u", f"-DINIT={init}", f'-DSAID="{folder}/said"']
    flags += [f"-D{lacks}=another"] if lacks else []
    subprocess.run(
        [compiler, "-shared", "-fPIC", *flags, "-o", library, "-x", "c", "-"],
        input=SOURCE.encode(),
        check=True,
    )
    return NvmlDriver(str(library))


def says(folder: Path, milliwatts: int, millijoules: int) -> None:
    (folder / "said").write_text(f"{milliwatts} {millijoules}\n")


def opened(driver: NvmlDriver, address: str = "") -> PowerMeter:
    return driver.open(MeterPlace("nvml", address))


def test_a_gpu_counts_its_own_energy(tmp_path: Path) -> None:
    says(tmp_path, 120_500, 1_000_000)
    with opened(built(tmp_path)) as meter:
        assert meter.description.counts_energy
        assert meter.description.is_estimate
        assert meter.description.serial == "GPU-1234"
        assert meter.description.firmware == "570.86.15"
        assert "NVIDIA RTX 0: the GPU alone" in meter.description.detail
        meter.start()
        says(tmp_path, 120_500, 1_000_250)
        read = meter.read()
    assert read.energy_j is not None
    assert read.energy_j.tolist() == pytest.approx([0.25])


@pytest.mark.parametrize("counter", [-1, 0])
def test_a_gpu_without_a_counter_states_power(tmp_path: Path, counter: int) -> None:
    says(tmp_path, 75_250, counter)
    with opened(built(tmp_path)) as meter:
        assert not meter.description.counts_energy
        assert check_meter(meter) == 75.25
        says(tmp_path, -2, -1)
        with pytest.raises(MeterLost, match="nvmlDeviceGetPowerUsage: GPU is lost"):
            meter.read()


def test_an_older_driver_s_library_lacks_calls(tmp_path: Path) -> None:
    says(tmp_path, 75_250, 1_000)
    with opened(built(tmp_path, lacks="nvmlDeviceGetTotalEnergyConsumption")) as meter:
        assert not meter.description.counts_energy
        assert meter.description.aperture_s == 1.0
        assert meter.description.accuracy is None
        assert check_meter(meter) == 75.25
    driver = built(tmp_path, lacks="nvmlDeviceGetPowerUsage")
    with pytest.raises(MeterNotFound, match="its library has no nvmlDeviceGetPowerUsage"):
        opened(driver)
    (found,) = driver.discover()
    assert "its library has no nvmlDeviceGetPowerUsage" in found.problem
    with pytest.raises(MeterNotFound, match="nvmlInit_v2: error 9"):
        opened(built(tmp_path, init=9, lacks="nvmlErrorString"))


def test_a_jetson_states_none_and_hears_what_does(tmp_path: Path) -> None:
    says(tmp_path, -1, -1)
    driver = built(tmp_path)
    with pytest.raises(MeterNotFound, match=r"Not Supported; on a Jetson `power=hwmon` or `power="):
        opened(driver)
    (found,) = driver.discover()
    assert "Not Supported; on a Jetson" in found.problem


def test_one_of_several_gpus_is_chosen(tmp_path: Path) -> None:
    says(tmp_path, 10_000, -1)
    driver = built(tmp_path, count=2)
    assert [each.address for each in driver.discover()] == ["0", "1"]
    with pytest.raises(MeterNotFound, match=r"2 GPUs; choose .* 0 \(NVIDIA RTX 0\), 1 \(NVIDIA"):
        opened(driver)
    with opened(driver, "1") as meter:
        assert meter.description.channels == ("GPU 1",)
    for wrong in ("2", "x", "99999999999999999999"):
        with pytest.raises(MeterNotFound, match="2 GPUs; choose"):
            opened(driver, wrong)


def test_a_machine_without_a_gpu_or_a_driver(tmp_path: Path) -> None:
    with pytest.raises(MeterNotFound, match="can't be loaded: NVIDIA's driver is not installed"):
        opened(NvmlDriver("libnvidia-ml-none.so.1"))
    assert NvmlDriver("libnvidia-ml-none.so.1").discover() == []
    with pytest.raises(MeterNotFound, match="nvmlInit_v2: Driver Not Loaded"):
        opened(built(tmp_path, init=9))
    assert built(tmp_path, init=9).discover() == []
    with pytest.raises(MeterNotFound, match=r"0 GPUs; choose .* from none"):
        opened(built(tmp_path, count=0))
    assert built(tmp_path, count=0).discover() == []
