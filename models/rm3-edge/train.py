"""Train `rm3-edge` on the `clicks-rm3` dataset, which is made as it is needed.

    python models/rm3-edge/train.py --out build/rm3

The model that is kept is the one of the last step: the evaluation set chooses nothing.
"""

from __future__ import annotations

from edgebench.training.recommend import ClickTask, main

TASK = ClickTask(name="rm3-edge", dataset="clicks-rm3", steps=2500)

if __name__ == "__main__":
    main(TASK)
