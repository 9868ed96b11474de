"""Train `rm2-edge` on the `clicks-rm2` dataset, which is made as it is needed.

    python models/rm2-edge/train.py --out build/rm2

The model that is kept is the one of the last step: the evaluation set chooses nothing.
"""

from __future__ import annotations

from edgebench.training.recommend import ClickTask, main

TASK = ClickTask(name="rm2-edge", dataset="clicks-rm2", steps=3000)

if __name__ == "__main__":
    main(TASK)
