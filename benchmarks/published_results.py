"""Whether figures read from published logs are those of MLPerf's published tables.

Each pair is a round's results repository and its table: summary_results.json of MLPerf Inference,
or the summary.csv that a submission checker wrote of MLPerf Inference or MLPerf Tiny. Every row of
the table is looked up by its folder; figure, unit, scenario, and where there is one, power or
energy must agree. Rows that do not are listed, and end with 1:

    python benchmarks/published_results.py inference_results_v5.1 \\
        inference_results_v5.1/summary_results.json tiny_results_v1.3 summary.csv
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edgebench.errors import EdgebenchError
from edgebench.mlperf.published import TINY_UNIT, PublishedResult, read_published
from edgebench.results.sources.collect import collect
from edgebench.results.sources.from_logs import loadgen_result_row
from edgebench.results.sources.from_published import Filter, published_result
from edgebench.results.sources.row import Result

RUN = "performance/run_1"
MARK = "MLPerf's power: "
CLOSE = 1e-5
"""Tables have six digits."""
PRINTED = 0.0006
"""MLPerf Tiny's tables have three decimals."""

Rows = Mapping[tuple[str, ...], Result]


def tiny_rows(tree: Path) -> Rows:
    """Return what is read from a tree of MLPerf Tiny, by division, submitter, system and model."""
    found = {}
    for row in collect([tree], Filter()).results:
        division, submitter, _, system, model = Path(row.where).relative_to(tree).parts[:5]
        found[division.lower(), submitter.lower(), system, model] = row
    return found


def read(tree: Path, published: PublishedResult, tiny: Rows) -> Result | None:
    """Return what is read from the folder of a published row."""
    if published.unit == TINY_UNIT:
        place = (published.division, published.submitter.lower(), published.platform)
        return tiny.get((*place, published.model))
    try:
        return loadgen_result_row(tree / published.location / RUN)
    except EdgebenchError:
        return None


def differences(published: PublishedResult, got: Result) -> Iterator[str]:
    """Yield what of a row is not as it was published."""
    want = published_result(published)
    is_tiny = published.unit == TINY_UNIT
    allowed = PRINTED if is_tiny else CLOSE * published.result
    pairs = (
        ("latency", want.speed.latency_ns, got.speed.latency_ns, allowed * 1e6),
        ("throughput", want.speed.throughput, got.speed.throughput, allowed),
    )
    for name, expected, found, most in pairs:
        if expected is not None and (found is None or abs(found - expected) > most):
            yield f"{name} {found} for {expected}"
    if want.speed.throughput_unit != got.speed.throughput_unit:
        yield f"{got.speed.throughput_unit} for {want.speed.throughput_unit}"
    if want.conditions.scenario.lower() != got.conditions.scenario.lower():
        yield f"{got.conditions.scenario} for {want.conditions.scenario}"
    if published.power is not None:
        figure = power_of(published, got)
        if figure is None or abs(figure - published.power) > max(PRINTED, CLOSE * published.power):
            yield f"power {figure} for {published.power} {published.power_unit}"


def power_of(published: PublishedResult, got: Result) -> float | None:
    """Return what is read in the unit of the table."""
    unit, power = published.power_unit.lower(), got.power
    if unit == "uj/inf.":
        return None if power.energy_per_sample_j is None else power.energy_per_sample_j * 1e6
    if unit == "mw":
        return None if power.power_w is None else power.power_w * 1e3
    of_query = next((each for each in got.notes if each.startswith(MARK)), None)
    if of_query is not None and unit != "watts":
        return float(of_query.removeprefix(MARK).split()[0])
    return power.power_w


def compare(tree: Path, table: Path) -> int:
    """Print what differs; return how many rows do."""
    rows = read_published(table)
    tiny = tiny_rows(tree) if any(each.unit == TINY_UNIT for each in rows) else {}
    seen: Counter[str] = Counter()
    for each in rows:
        got = read(tree, each, tiny)
        found = ["no result is read"] if got is None else list(differences(each, got))
        seen["equal" if not found else "not equal"] += 1
        seen["with power"] += each.power is not None
        for what in found:
            place = each.location or f"{each.submitter}/{each.platform}/{each.model}"
            print(f"{tree.name} {place} {each.scenario}: {what}")
    print(
        f"{tree.name}: {seen['equal']:,} of {len(rows):,} rows equal, {seen['with power']} of them "
        "with power"
    )
    return seen["not equal"]


def main() -> int:
    """Compare every pair."""
    named = [Path(each) for each in sys.argv[1:]]
    if not named or len(named) % 2:
        sys.exit(__doc__)
    return int(sum(map(compare, named[::2], named[1::2])) > 0)


if __name__ == "__main__":
    sys.exit(main())
