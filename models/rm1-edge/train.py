"""Train `rm1-edge` on the `clicks-rm1` dataset, which is made as it is needed.

    python models/rm1-edge/train.py --out build/rm1

The model that is kept is the one of the last step: the evaluation set chooses nothing.
"""

from __future__ import annotations

from edgebench.training.recommend import ClickTask, main

TASK = ClickTask(name="rm1-edge", dataset="clicks-rm1", steps=3000)

if __name__ == "__main__":
    main(TASK)
