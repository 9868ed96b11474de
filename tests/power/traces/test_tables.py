"""Tables of other programs: what they say of their columns, and what the user has to."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.errors import TraceInvalid, UsageError
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recordings import read_recording
from edgebench.power.traces.tables.text import read_table
from edgebench.power.traces.trace import PowerTrace


def read(folder: Path, text: str, **options: object) -> PowerTrace:
    path = folder / "table.csv"
    path.write_text(text)
    return read_recording(path, ReadOptions(**options))  # type: ignore[arg-type]


OTII = "Timestamp,Value\n0.0,0.01\n0.00025,0.011\n0.0005,0.01\n"


def test_a_channel_of_otii_s_is_named_by_the_user(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Otii exports one channel .* time=Timestamp:s,current="):
        read(tmp_path, OTII)
    columns = {"time": "Timestamp:s", "current": "Value:A"}
    trace = read(tmp_path, OTII, columns=columns, supply_v=3.0)
    assert trace.samples.power_w.tolist() == pytest.approx([0.03, 0.033, 0.03])
    trace = read(tmp_path, OTII, columns={"time": "Timestamp:s", "power": "Value:W"})
    assert trace.samples.t_ns.tolist() == [0, 250_000, 500_000]


def test_all_channels_of_otii_s_say_their_units(tmp_path: Path) -> None:
    header = "Timestamp (s),Main current (A),Main voltage (V),Main power (W)"
    trace = read(tmp_path, f"{header}\n0,0.01,3.3,0.033\n0.001,0.01,3.3,0.034\n")
    assert trace.samples.power_w.tolist() == [0.033, 0.034]


GPUS = (
    "timestamp, index, power.draw [W]\n"
    "2026/11/29 10:00:00.000, 0, 25.50 W\n2026/11/29 10:00:00.002, 1, 80.00 W\n"
    "2026/11/29 10:00:01.000, 0, 26.50 W\n2026/11/29 10:00:01.002, 1, 82.00 W\n"
)


def test_rows_of_several_gpus_are_not_mixed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"rows of 2 devices, by its column index; .* from 0, 1"):
        read(tmp_path, GPUS)
    assert read(tmp_path, GPUS, rail="1").samples.power_w.tolist() == [80, 82]
    assert read(tmp_path, GPUS.replace(", 1,", ", 0,")).samples.power_w.size == 4
    with pytest.raises(UsageError, match="no row is of '7'; there are 0, 1"):
        read(tmp_path, GPUS, rail="7")


def test_a_gpu_that_states_no_power_is_refused(tmp_path: Path) -> None:
    text = "timestamp, power.draw [W]\n2026/11/29 10:00:00.000, [N/A]\n"
    with pytest.raises(TraceInvalid, match=r"line 2: power\.draw \[W\] is '\[N/A\]'"):
        read(tmp_path, text)


def test_times_in_numbers_without_a_unit_are_asked_for(tmp_path: Path) -> None:
    text = "timestamp,power_w\n1732953600.5,5\n1732953601.5,6\n"
    with pytest.raises(UsageError, match="timestamp has no dates but numbers, without a unit"):
        read(tmp_path, text)
    columns = {"time": "timestamp:s", "power": "power_w"}
    assert read(tmp_path, text, columns=columns).samples.t_ns.tolist() == [0, 10**9]


@pytest.mark.parametrize("epoch", [1712012340512, 1712012340, 20240402])
def test_numbers_are_no_dates_though_iso_8601_has_dates_of_digits(
    tmp_path: Path, epoch: int
) -> None:
    text = f"timestamp,power_w\n{epoch},5\n{epoch + 1},6\n"
    with pytest.raises(UsageError, match="timestamp has no dates but numbers, without a unit"):
        read(tmp_path, text)


def test_a_column_of_dates_can_have_any_name(tmp_path: Path) -> None:
    text = "Zeit;Leistung [W]\n2026-11-29 10:00:00;1,5\n2026-11-29 10:00:01;1,6\n"
    with pytest.raises(UsageError, match=r"its columns are not known \(Zeit, Leistung"):
        read(tmp_path, text)
    trace = read(tmp_path, text, columns={"time": "Zeit:date", "power": "2"})
    assert trace.samples.power_w.tolist() == [1.5, 1.6]
    assert trace.samples.t_ns.tolist() == [0, 10**9]


def test_joules_of_a_row_are_not_taken_for_a_count(tmp_path: Path) -> None:
    rows = "t_s,energy_mj\n0,5\n1,5.0\n2,5.1\n"
    with pytest.raises(UsageError, match="is energy_mj a count of the energy so far, or a row's"):
        read(tmp_path, rows)
    stated = {"time": "t_s", "energy": "energy_mj"}
    falling = rows.replace("5.1", "4.9")
    with pytest.raises(UsageError, match="joules don't grow from row to row"):
        read(tmp_path, falling, columns=stated)
    trace = read(tmp_path, "t_s,energy_mwh\n0,1\n2,3\n", columns={**stated, "energy": "2"})
    assert trace.samples.power_w.tolist() == pytest.approx([3.6, 3.6])
    beside = "t_s,power_w,energy_j\n0,5,5\n1,5,5\n2,5,5\n"
    with pytest.raises(UsageError, match="joules grow by 0 J, its power adds up to 10 J"):
        read(tmp_path, beside)
    counted = read(tmp_path, "t_s,power_w,energy_j\n0,5,7\n1,5,12\n2,5,17\n").samples.energy_j
    assert counted is not None
    assert counted.tolist() == [7, 12, 17]


def test_columns_that_spaces_part_are_read(tmp_path: Path) -> None:
    text = "timestamp sample voltage_V current_A dp_V\n  0.00 0 5.00000 0.50000 0.1\n"
    text += "  0.01 1 5.00000 0.40000 0.1\n"
    with pytest.raises(UsageError, match="which column is it, voltage_V, dp_V"):
        read(tmp_path, text)
    columns = {"time": "timestamp:s", "voltage": "voltage_V", "current": "current_A"}
    assert read(tmp_path, text, columns=columns).samples.power_w.tolist() == [2.5, 2.0]
    commented = "# t_s   P_mW\n0.0    1000\n0.5    2000\n"
    assert read(tmp_path, commented).samples.power_w.tolist() == [1, 2]


@pytest.mark.parametrize("names", ["time_s,3.3 V,5 V", "time_s,12 V,1 kHz", "5 %,3.3 V,12 V"])
def test_columns_may_be_called_like_values(tmp_path: Path, names: str) -> None:
    path = tmp_path / "rails.csv"
    path.write_text(f"{names}\n0,0.1,0.2\n0.001,0.3,0.4\n")
    table = read_table(path)
    assert table.header == tuple(names.split(","))
    assert [row for _, row in table.rows] == [["0", "0.1", "0.2"], ["0.001", "0.3", "0.4"]]


def test_a_value_above_a_value_is_no_column_s_name(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    path.write_text("board,0 ms,12 mW\nboard,1 ms,13 mW\n")
    table = read_table(path)
    assert table.header == ()
    assert len(table.rows) == 2
