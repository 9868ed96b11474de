"""Run MLCommons' runner, unchanged, on emulated ports.

    python with_ports.py BENCHMARK PATH/main.py [OPTION ...]

The runner looks for its devices among this machine's USB ports, and a pseudo-terminal is none. This
script, which needs nothing but pyserial, shows it the ports of the ports.json next to it in their
place: those of a benchmark (kws01), as its mode (-m) needs them. Nothing else is changed.
"""

from __future__ import annotations

import argparse
import json
import runpy
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any


def main() -> None:
    """Run a program with the ports that are listed for a benchmark."""
    if len(sys.argv) < 3:
        sys.exit(f"usage: {sys.argv[0]} BENCHMARK PATH/main.py [OPTION ...]")
    _, benchmark, program, *options = sys.argv
    listed = json.loads(Path(__file__).with_name("ports.json").read_text(encoding="ascii"))
    if benchmark not in listed:
        sys.exit(f"{benchmark!r} is not rehearsed; there are {', '.join(listed)}")
    _show_ports(listed[benchmark][_mode(options)])
    _show_no_usb()
    sys.argv = [program, *options]
    sys.path[0] = str(Path(program).parent)
    runpy.run_path(program, run_name="__main__")


def _mode(options: Sequence[str]) -> str:
    """Return the runner's mode, which is accuracy if none is given."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-m", "--mode", choices=("a", "p", "e"), default="a")
    return str(parser.parse_known_args(options)[0].mode)


def _show_ports(ports: Sequence[dict[str, Any]]) -> None:
    from serial.tools import list_ports, list_ports_common

    found = []
    for each in ports:
        port = list_ports_common.ListPortInfo(each["device"], skip_link_detection=True)
        port.vid, port.pid = each["vid"], each["pid"]
        port.description = each["description"]
        found.append(port)
    list_ports.comports = lambda *_, **__: found


def _show_no_usb() -> None:
    """Have the runner find no meter at the bus itself, also where pyusb or libusb is missing."""

    def find(*_: object, **__: object) -> Iterator[object]:
        return iter(())

    core = ModuleType("usb.core")
    core.find = find  # type: ignore[attr-defined]
    usb = ModuleType("usb")
    usb.core = core  # type: ignore[attr-defined]
    sys.modules.update({"usb": usb, "usb.core": core})


if __name__ == "__main__":
    main()
