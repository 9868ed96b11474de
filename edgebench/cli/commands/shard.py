"""``edgebench shard``."""

from __future__ import annotations

import click


@click.command("shard", short_help="A recommendation model over several processes.")
@click.argument("model")
@click.option("--workers", type=int, default=2, show_default=True, help="Processes here.")
@click.option(
    "--batch", type=int, default=256, show_default=True, help="Samples of all workers together."
)
@click.option("--batches", type=int, default=15, show_default=True)
@click.option("--dataset", metavar="D", help="A click log.  [default: the model's own]")
@click.option(
    "--meeting",
    metavar="tcp://HOST:PORT",
    help="On several hosts: where worker 0 listens. Neither encrypted nor authenticated.",
)
@click.option("--rank", type=int, help="On several hosts: which worker this one is, from 0.")
@click.option(
    "--boards",
    "boards",
    type=int,
    multiple=True,
    metavar="N",
    help="Project onto so many boards; may be given several times.  [default: 2, 4, 8]",
)
@click.option(
    "--link",
    "link",
    metavar="MBIT,US",
    help="What joins the boards: bandwidth and latency.  [default: some kinds of Ethernet]",
)
def command(
    model: str,
    workers: int,
    batch: int,
    batches: int,
    dataset: str | None,
    meeting: str | None,
    rank: int | None,
    boards: tuple[int, ...],
    link: str | None,
) -> int:
    """Split a recommendation model's tables over processes of this machine.

    Each holds a part of the tables and runs the MLPs on a part of the batch; pooled rows go from
    each to each (all-to-all, torch.distributed's gloo). Shown: whether the answers are the whole
    model's, what was sent, and what several boards would take by a model. Needs the [shard] extra.
    """
    from edgebench import api
    from edgebench.cli.tables.shard import parse_link, print_rank, print_sharded
    from edgebench.errors import UsageError
    from edgebench.sharding.projection import LINKS
    from edgebench.sharding.run import run_rank

    if (meeting is None) != (rank is None):
        raise UsageError("--meeting and --rank go together: one command a host")
    if meeting is not None and rank is not None:
        return print_rank(run_rank(model, rank, workers, batch, batches, meeting, dataset))

    links = LINKS if link is None else (parse_link(link),)
    found = api.shard(model, workers, batch, batches, dataset)
    print_sharded(found, boards or (2, 4, 8), links)
    return 0 if found.equal else 1
