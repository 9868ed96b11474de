"""``python -m edgebench.power.virtual KIND [key=value ...]``; see `bench.play`."""

import sys

from edgebench.errors import EdgebenchError
from edgebench.power.virtual.bench import play

try:
    play(sys.argv[1], sys.argv[2:])
except (EdgebenchError, IndexError) as error:
    sys.exit(f"edgebench.power.virtual: {error}")
except KeyboardInterrupt:
    sys.exit(130)
