"""``python -m edgebench.virtual.meters KIND [key=value ...]``; see `play`."""

import sys

from edgebench.errors import EdgebenchError
from edgebench.virtual.meters.play import play

if len(sys.argv) < 2:
    sys.exit("edgebench.virtual.meters: name a kind of meter, such as lpm01a")
try:
    play(sys.argv[1], sys.argv[2:])
except EdgebenchError as error:
    sys.exit(f"edgebench.virtual.meters: {error}")
except KeyboardInterrupt:
    sys.exit(130)
