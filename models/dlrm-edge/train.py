"""Train `dlrm-edge` on the `clicks-dlrm` dataset, which is made as it is needed.

    python models/dlrm-edge/train.py --out build/dlrm

The model that is kept is the one of the last step: the evaluation set chooses nothing.
"""

from __future__ import annotations

from edgebench.training.recommend import ClickTask, main

TASK = ClickTask(name="dlrm-edge", dataset="clicks-dlrm", steps=1500, learning_rate=3e-3)

if __name__ == "__main__":
    main(TASK)
