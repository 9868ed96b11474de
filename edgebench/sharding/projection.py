"""Project a model's time on several boards from times of one machine; it is never measured.

A batch takes a worker's share of the lookups, then the exchange, then a worker's share of the
MLPs. The exchange is a latency for each of the others and the bytes over the link's bandwidth,
full duplex, without what software adds; lookups and MLPs are those of the machine that was
measured, and shrink with the share of tables and samples. It is a bound from below.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.sharding.placement import Placement


@dataclass(frozen=True)
class Link:
    """The network between boards."""

    name: str
    bandwidth_mbit_s: float
    latency_us: float


LINKS = (
    Link("100 Mbit Ethernet", 100, 100),
    Link("1 Gbit Ethernet", 1000, 50),
    Link("2.5 Gbit Ethernet", 2500, 40),
)
"""Latencies are of small messages through a switch and the kernel, from memory's order of
magnitude; measure your own (``ping``) and give them."""


@dataclass(frozen=True)
class Measured:
    """Times a batch of a run: lookups and MLPs of its slowest worker, in ns."""

    placement: Placement
    lookup_ns: int
    mlps_ns: int


@dataclass(frozen=True)
class Projection:
    """A projected batch on some boards."""

    workers: int
    link: Link
    batch: int
    lookup_s: float
    exchange_s: float
    mlps_s: float

    @property
    def batch_s(self) -> float:
        """How long a batch takes."""
        return self.lookup_s + self.exchange_s + self.mlps_s

    @property
    def samples_per_second(self) -> float:
        """Batches one after the other."""
        return self.batch / self.batch_s


def project(measured: Measured, workers: int, link: Link) -> Projection:
    """Project a run onto another number of boards.

    Raises
    ------
    UsageError
        If the tables or the batch can't be split so.
    """
    here = measured.placement
    there = Placement(here.geometry, workers, here.batch)
    share = len(there.tables_of(0)) / len(here.tables_of(0))
    exchange_s = 0.0
    if workers > 1:
        bits = 8 * there.sent_bytes(0)
        exchange_s = (workers - 1) * link.latency_us * 1e-6 + bits / (link.bandwidth_mbit_s * 1e6)
    return Projection(
        workers=workers,
        link=link,
        batch=here.batch,
        lookup_s=measured.lookup_ns * 1e-9 * share,
        exchange_s=exchange_s,
        mlps_s=measured.mlps_ns * 1e-9 * there.part / here.part,
    )
