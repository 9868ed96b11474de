"""``edgebench shard``."""

from __future__ import annotations

import click

from edgebench.cli.json_output import json_option, wrote_json


@click.command("shard", short_help="A recommendation model over several processes.")
@click.argument("model")
@click.option(
    "--workers", type=int, help="Processes here.  [default: 2; under mpirun as many as it starts]"
)
@click.option(
    "--batch", type=int, default=256, show_default=True, help="Samples of all workers together."
)
@click.option("--batches", type=int, default=15, show_default=True)
@click.option("--dataset", metavar="D", help="A click log.  [default: the model's own]")
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
@json_option
def command(
    model: str,
    workers: int | None,
    batch: int,
    batches: int,
    dataset: str | None,
    boards: tuple[int, ...],
    link: str | None,
) -> int:
    """Split a recommendation model's tables over processes or hosts.

    Each holds a part of the tables and runs the MLPs on a part of the batch; MPI's all-to-all
    exchanges the pooled rows. Shown: whether the answers are the whole model's, what was sent, and
    what several boards would take by a model. Needs the [shard] extra.

    Several hosts: mpirun --host a,b -n 2 edgebench shard MODEL.
    """
    from edgebench import api
    from edgebench.cli.tables.models.shard import parse_link, print_sharded
    from edgebench.errors import EdgebenchError
    from edgebench.sharding.mpi import launched_rank
    from edgebench.sharding.projection import LINKS

    links = LINKS if link is None else (parse_link(link),)
    speaks = not launched_rank()  # one of all workers is enough
    try:
        found = api.shard(model, workers=workers, batch=batch, batches=batches, dataset=dataset)
    except EdgebenchError:
        if speaks:
            raise
        return 0
    if speaks and not wrote_json(found):
        print_sharded(found, boards or (2, 4, 8), links)
    return 0 if found.equal else 1
