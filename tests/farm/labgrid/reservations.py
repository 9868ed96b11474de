"""Print who has reserved a place, the first in turn first, whenever a line comes on stdin.

``python reservations.py COORDINATOR`` in labgrid's own Python: its client has the same reply, but
takes a second of processor time to start.
"""

from __future__ import annotations

import json
import sys


def main(address: str) -> None:
    """Answer until stdin ends."""
    # Only labgrid's own Python has these.
    import grpc
    from labgrid.remote.generated import labgrid_coordinator_pb2 as messages
    from labgrid.remote.generated import labgrid_coordinator_pb2_grpc as calls

    with grpc.insecure_channel(address) as channel:
        coordinator = calls.CoordinatorStub(channel)
        for _ in sys.stdin:
            found = coordinator.GetReservations(messages.GetReservationsRequest()).reservations
            queue = sorted(found, key=lambda each: (-each.prio, each.created))
            print(json.dumps([each.owner for each in queue]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
