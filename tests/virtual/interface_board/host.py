"""A host of the board: sends commands, reads answers to their end."""

from __future__ import annotations

from edgebench.close_on_exit import CloseOnExit

READY = "m-ready"


class BoardHost(CloseOnExit):
    """An open port of the board."""

    def __init__(self, port: str, timeout_s: float = 20.0) -> None:
        import serial

        self._serial = serial.Serial(port, 115200, timeout=timeout_s)

    def close(self) -> None:
        """Close the port."""
        self._serial.close()

    def ask(self, command: str) -> list[str]:
        """Send a command; return the lines of the answer without the last."""
        self._serial.write(f"{command}%".encode())
        return self._lines()

    def ask_device(self, command: str) -> list[str]:
        """Send a command to the device; return its lines without the last."""
        assert self.ask(f"dut {command}") == [f"m-dut-passthrough({command})"]
        lines = self._lines(f"[dut]: {READY}")
        assert all(line.startswith("[dut]: ") for line in lines)
        return [line.removeprefix("[dut]: ") for line in lines]

    def _lines(self, end: str = READY) -> list[str]:
        lines: list[str] = []
        while True:
            raw = self._serial.readline()
            assert raw.endswith(b"\n"), f"no answer after {lines}, but {raw!r}"
            line = raw.decode().rstrip("\r\n")
            if line.endswith(end):
                # The firmware ends the last row of times with it.
                return lines + [rest for rest in [line.removesuffix(end)] if rest]
            lines.append(line)
