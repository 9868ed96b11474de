"""Facts of MLCommons' power rules: sources, PTDaemon's versions, analyzers, files.

Sources: the SHA-1 of each file of mlcommons/power-dev, ptd_client_server; the power rules of
mlcommons/inference_policies; SPEC's list of PTDaemon's device types.
"""

from __future__ import annotations

from collections.abc import Mapping

_EMPTY = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
SOURCES: Mapping[str, str] = {
    "__init__.py": _EMPTY,
    "client.py": "33ca4f26368777ac06e01f9567b714a4b8063886",
    "server.py": "c3f90f2f7eeb4db30727556d0c815ebc89b3d28b",
    "lib/__init__.py": _EMPTY,
    "lib/client.py": "ac2aa093c8e8bbc9569b9e2a3471bc64e58a2258",
    "lib/common.py": "611d8b29633d331eb19c9455ea3b5fa3284ed6df",
    "lib/external/__init__.py": _EMPTY,
    "lib/external/ntplib.py": "4da8f970656505a40483206ef2b5d3dd5e81711d",
    "lib/server.py": "9bc9a3b6b9b716520658ac175913bcbbdb354336",
    "lib/source_hashes.py": "60a2e02193209e8d392803326208d5466342da18",
    "lib/summary.py": "602a9fedfa503e5544d27ab3b0067f235047efc3",
    "lib/time_sync.py": "80894ef2389e540781ff78de94db16aa4203a14e",
    "tests/unit/__init__.py": _EMPTY,
    "tests/unit/test_server.py": "948c1995d4008bc2aa6c4046a34ffa3858d6d671",
    "tests/unit/test_source_hashes.py": "00468a2907583c593e6574a1f6b404e4651c221a",
}
"""The files of the client and the server that the rules take, and the SHA-1 of each."""
PTD_VERSIONS = ("1.11.1",)
ANALYZERS: Mapping[str, int] = {
    "YokogawaWT210": 8,
    "YokogawaWT210_DC": 508,
    "YokogawaWT310": 49,
    "YokogawaWT310E": 49,
    "YokogawaWT310_DC": 549,
    "YokogawaWT330": 52,
    "YokogawaWT330E": 52,
    "YokogawaWT330_DC": 586,
    "YokogawaWT330_multichannel": 77,
    "YokogawaWT500": 35,
    "YokogawaWT500_multichannel": 48,
}
"""Analyzers that the rules take, as PTDaemon calls them, and their device types."""
TWO_CHANNELS = 77
"""A device type that is only taken with two channels."""
SESSION_FILES = (
    "power/client.log",
    "power/ptd_logs.txt",
    "power/server.log",
    *(
        f"{phase}/{name}"
        for phase in ("ranging", "run_1")
        for name in ("mlperf_log_detail.txt", "mlperf_log_summary.txt", "spl.txt")
    ),
)
"""What a session must have left, below the performance folder, besides its two records."""
ALLOWED_SKEW_S = 0.8
"""How far the clocks of the client and the server may be apart."""
MOST_DROP = 0.05
"""How much less power than ranging the test itself may show."""
REPLIES: Mapping[str, str] = {
    "SR,A": "Range A changed",
    "SR,V": "Range V changed",
    "Go,1000,": (
        "Starting untimed measurement, maximum 500000 samples at 1000ms with 0 rampup samples"
    ),
}
"""What PTDaemon must have answered to commands that begin so."""
STOPPED, NOTHING_TO_STOP = "Stopping untimed measurement", "Error: no measurement to stop"
ACCEPTED_ERRORS = ("USB.",)
"""Errors of PTDaemon that may happen while the test runs."""
RANGING_ERRORS = (
    "Can't evaluate uncertainty of this sample!",
    "Bad watts reading nan from ",
    "Bad amps reading nan from ",
    "Bad pf reading nan from ",
    "Bad volts reading nan from ",
    "Current appears to be too high for set range",
)
"""How errors begin that are usual while the ranges are found."""
