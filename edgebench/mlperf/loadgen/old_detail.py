"""Read detail logs of LoadGen before v1.0 (rounds v0.5 and v0.7): text, settings but no result.

A line is ``"pid": P, "tid": T, "ts": Nns : TEXT``; what stands below ``Effective Settings:`` is
``name : value``. The result is in mlperf_log_summary.txt alone.
"""

from __future__ import annotations

import re
from typing import Any

LINE = re.compile(r'^"pid": \d+, "tid": \d+, "ts": \d+ns : (.*)$')
_SECTIONS = {"Effective Settings:": "effective_", "Requested Settings:": "requested_"}
_SETTING = re.compile(r"^([A-Za-z_]+(?: mode| \((?:ms|ns)\))?)\s*:\s*(.+)$")
_POWER = re.compile(r'^(POWER_BEGIN|POWER_END): .*"time" : (.+)$')
_VERSION = re.compile(r"^version : (.+)$")
_MODES = {"Performance": "PerformanceOnly", "Accuracy": "AccuracyOnly"}


class OldDetail:
    """Turns the lines of one log into the entries that a later log would have."""

    def __init__(self) -> None:
        self._prefix = ""

    def entry(self, line: str) -> dict[str, Any] | None:
        """Return a line's entry, None where it says nothing of use."""
        match = LINE.match(line)
        if match is None:
            return None
        text = match[1].strip()
        if text in _SECTIONS or not text:
            self._prefix = _SECTIONS.get(text, "")
            return None
        for word, kind in (("ERROR", "is_error"), ("WARNING", "is_warning")):
            if text.startswith(word):
                return {"key": word.lower(), "value": text, "metadata": {kind: True}}
        return self._named(text)

    def _named(self, text: str) -> dict[str, Any] | None:
        power, version, setting = _POWER.match(text), _VERSION.match(text), _SETTING.match(text)
        if power:
            return {"key": power[1].lower(), "value": power[2]}
        if version and not self._prefix:
            return {"key": "loadgen_version", "value": version[1]}
        if setting and self._prefix:
            name = re.sub(r"[^a-z]+", "_", setting[1].lower()).strip("_")
            return {"key": self._prefix + name, "value": _MODES.get(setting[2], setting[2])}
        return None
