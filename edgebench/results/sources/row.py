"""One measured result, wherever it came from, in one set of units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """A result as a row beside others; None or empty where its source does not tell.

    Attributes
    ----------
    source
        ``edgebench run``, ``LoadGen log``, ``published`` or ``MLPerf Tiny log``.
    model, benchmark
        What ran, and the MLPerf benchmark that it is said to be (``resnet``), if any.
    data
        What it ran on: a dataset's name; a published benchmark has its own.
    quality, accuracy
        The metric, and its value as text.
    rules
        By whose rules: ``closed v5.1``, ``quick``, ``official settings``, ``MLPerf Tiny``.
    samples_per_query
        1 or 8; None where a query is the whole test.
    latency_ns, latency_kind
        The latency that the scenario scores, and which one that is (``p90``).
    throughput, throughput_unit
        ``samples/s`` unless the benchmark counts something else (``tokens/s``).
    energy_per_sample_j
        Of one sample, all of the machine that the meter saw.
    macs
        Multiply-accumulates of one inference, as far as it is known.
    inferred
        Reckoned from another scenario, not measured.
    """

    source: str
    where: str
    system: str
    model: str
    scenario: str
    rules: str
    verdict: str = ""
    processor: str = ""
    accelerator: str = ""
    benchmark: str = ""
    data: str = ""
    quality: str = ""
    accuracy: str = ""
    clock: str = ""
    samples_per_query: int | None = None
    latency_ns: float | None = None
    latency_kind: str = ""
    throughput: float | None = None
    throughput_unit: str = "samples/s"
    power_w: float | None = None
    power_is_estimate: bool = False
    energy_per_sample_j: float | None = None
    cores: int | None = None
    macs: int | None = None
    inferred: bool = False
    notes: tuple[str, ...] = ()

    @property
    def samples_per_joule(self) -> float | None:
        """Samples a second and watt."""
        return 1 / self.energy_per_sample_j if self.energy_per_sample_j else None

    @property
    def throughput_per_core(self) -> float | None:
        """Of the host's cores; None beside an accelerator, which has none that compare."""
        if self.throughput is None or not self.cores or self.accelerator:
            return None
        return self.throughput / self.cores

    @property
    def gmacs_per_second(self) -> float | None:
        """The arithmetic that was got through, in 1e9 multiply-accumulates a second."""
        if self.macs is None or self.throughput is None or self.throughput_unit != "samples/s":
            return None
        return self.throughput * self.macs / 1e9

    @property
    def latency_per_gmac_ns(self) -> float | None:
        """The scored latency of one sample, by the arithmetic in it."""
        if self.macs is None or not self.macs or self.latency_ns is None:
            return None
        return self.latency_ns / (self.samples_per_query or 1) / (self.macs / 1e9)
