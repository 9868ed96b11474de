"""``python -m edgebench.virtual.meters KIND [key=value ...]``; see `play`."""

import sys

from edgebench.errors import EdgebenchError
from edgebench.virtual.meters.play import play

try:
    play(sys.argv[1], sys.argv[2:])
except (EdgebenchError, IndexError) as error:
    sys.exit(f"edgebench.virtual.meters: {error}")
except KeyboardInterrupt:
    sys.exit(130)
