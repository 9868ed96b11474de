"""What a reader of a result must know before believing it."""

from __future__ import annotations

from edgebench.datasets.dataset import Dataset
from edgebench.host.state import HOT_C, STEADY_GOVERNORS, HostState
from edgebench.rundir.record import RunRecord

OVERHEAD_SHARE = 0.05
"""DESIGN.md, honesty rule 2."""
OTHERS_SHARE = 0.05
"""FACTS.md, section 10: on a machine that is less idle than this a trial may lie."""


def warnings_of(
    record: RunRecord, dataset: Dataset, before: HostState, after: HostState
) -> list[str]:
    """Return the warnings of a run, worst first."""
    warnings = []
    performance, accuracy = record.performance, record.accuracy
    if performance is not None:
        share = performance.overhead.share
        if share > OVERHEAD_SHARE:
            warnings.append(
                f"harness overhead is {share:.1%} ({performance.overhead.kind}): more than "
                f"{OVERHEAD_SHARE:.0%}"
            )
        others = performance.others_cpu_share
        if others is not None and others > OTHERS_SHARE:
            warnings.append(
                f"other programs used {others:.0%} of the processor: measure on an idle machine"
            )
    if accuracy is not None and accuracy.passed is False:
        warnings.append(
            f"accuracy {accuracy.value:.4g}{accuracy.unit} is below the target "
            f"{accuracy.target:g}{accuracy.unit}"
        )
    if dataset.is_random:
        warnings.append("random inputs: accuracy can't be measured")
    elif dataset.metric is None:
        warnings.append(f"{dataset.name} has no labels: accuracy can't be measured")
    return warnings + _machine_warnings(before, after)


def _machine_warnings(before: HostState, after: HostState) -> list[str]:
    warnings = []
    if any(governor not in STEADY_GOVERNORS for governor in after.governors):
        warnings.append(
            f"frequency governor {'/'.join(after.governors)}: speed may vary; "
            "`performance` measures the chip (`edgebench doctor`)"
        )
    if after.throttling:
        warnings.append(f"the board says: {', '.join(after.throttling)}")
    hottest = max(after.temperature_c.values(), default=0.0)
    if hottest >= HOT_C:
        warnings.append(f"{hottest:.0f} degrees C: it may have slowed down")
    if before.frequency_mhz and after.frequency_mhz:
        drop = 1 - max(after.frequency_mhz) / max(before.frequency_mhz)
        if drop > 0.1:
            warnings.append(f"the clock fell by {drop:.0%} during the run")
    return warnings
