"""The commands of an LPM01A, from its own help: what each takes, and what it answers."""

from __future__ import annotations

import re

RATES = "100k|50k|20k|10k|5k|2k|1k|500|200|100|50|20|10|5|2|1"
NUMBER = r"\d{1,6}([unmk]|[+-]\d{1,2})?"
ARGUMENTS = {
    "help": "",
    "powershield": "",
    "version": "",
    "range": "",
    "status": "",
    "htc": "",
    "hrc": "",
    "lcd": r'[12] ".{0,16}"',
    "volt": f"get|{NUMBER}",
    "freq": RATES,
    "acqtime": f"inf|{NUMBER}",
    "acqmode": "dyn|stat",
    "funcmode": "optim|high",
    "output": "current|energy",
    "format": "ascii_dec|bin_hexa",
    "trigsrc": "sw|d7",
    "trigdelay": NUMBER,
    "currthres": NUMBER,
    "eventsrc": "sw|d7( (ris|fal))?",
    "pwr": "get|(auto|on|off)( (nostatus|status))?",
    "pwrend": "on|off",
    "start": "",
    "stop": "",
    "targrst": NUMBER,
    "temp": "(degc|degf)?",
}
REPLIES = {
    "powershield": "PowerShield present 0032002F-31313838-31373834",
    "version": "1.0.6",
    "range": "100n 50m",
    "status": "ok",
    "temp": "25.0",
}
"""Text behind the command that is acknowledged."""

_UNITS = {"n": "e-9", "u": "e-6", "m": "e-3", "k": "e3"}


def refused(command: str) -> str:
    """Return why a command is none of the board's; nothing if it is."""
    verb, _, rest = command.partition(" ")
    pattern = ARGUMENTS.get(verb)
    if pattern is None:
        return "unknown command"
    return "" if re.fullmatch(pattern, rest) else "wrong argument"


def number(text: str) -> float:
    """Read a number as the board writes it: ``3300m`` and ``33-1`` are 3.3."""
    unit = _UNITS.get(text[-1])
    return float(f"{text[:-1]}{unit}" if unit else re.sub("([+-])", r"e\1", text))
