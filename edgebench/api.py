"""The functions behind `edgebench.run` and its siblings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgebench.harness.progress import Progress
from edgebench.harness.request import DEFAULT_MODEL, RunRequest
from edgebench.harness.session import DEFAULT_OUT, RunResult, run_request


def run(
    model: str = DEFAULT_MODEL,
    *,
    out: str | Path = DEFAULT_OUT,
    progress: Progress | None = None,
    **options: Any,
) -> RunResult:
    """Measure a model on this machine and leave a run directory a scenario.

    Parameters
    ----------
    model
        The name of a card (``kws-ds-cnn``, ``kws-ds-cnn:float32``) or the path of a .tflite.
    out
        The folder that the run directories are made in.
    progress
        Told what goes on; nobody is by default.
    **options
        The fields of `edgebench.harness.request.RunRequest`: ``scenarios``, ``modes``,
        ``runtime``, ``threads``, ``instances``, ``duration_s``, ``official``, ...

    Returns
    -------
    RunResult
        ``result.runs[0].record`` is what run.json says: latencies in ns, accuracy, verdicts.

    Raises
    ------
    EdgebenchError
        `UsageError` for what can't be done as asked, others for what failed; a result that
        LoadGen calls INVALID is returned, not raised: see ``result.valid``.
    Interrupted
        After Ctrl-C.

    Examples
    --------
    >>> import edgebench, tempfile
    >>> with tempfile.TemporaryDirectory() as out:
    ...     result = edgebench.run(
    ...         "digits-resnet8", scenarios=("offline",), modes=("performance",),
    ...         duration_s=0.5, out=out,
    ...     )
    >>> result.runs[0].record.performance.samples_per_second > 1
    True
    """
    scenarios = {k: tuple(v) for k, v in options.items() if k in ("scenarios", "modes", "affinity")}
    request = RunRequest(model=model, **{**options, **scenarios})
    return run_request(request, Path(out), progress)
