"""Put each job's model on a target's board, where the plan says how."""

from __future__ import annotations

from pathlib import Path

from edgebench.farm.planning.jobs import Job
from edgebench.farm.planning.targets import DeviceTarget, PlaceTarget
from edgebench.harness.request_defaults import DEFAULT_MODEL


class Deployer:
    """Knows which image is on a target's board."""

    def __init__(self, target: PlaceTarget | DeviceTarget) -> None:
        self._target = target
        self._there: Path | None = None

    @property
    def is_needed(self) -> bool:
        """Whether the plan puts models on the board at all."""
        return self._target.board is not None

    def deploy(self, job: Job) -> None:
        """Compile a job's model and put it on the board, if it is not the one that is there.

        Raises
        ------
        ModelNotSupported, BuildFailed, FlashFailed
            If it can't be compiled, or the plan's command fails.
        """
        target = self._target
        if target.board is None:
            return
        from edgebench.boards.card import board_card
        from edgebench.firmware.building.image import ImageOptions, build_image
        from edgebench.firmware.running.flash import flash_by
        from edgebench.models.prefix import until_op
        from edgebench.models.resolve import resolve_model

        request = job.request
        model = until_op(resolve_model(request.model or DEFAULT_MODEL), request.until)
        image = build_image(model, board_card(target.board), ImageOptions())
        if image.path != self._there:
            self._there = None
            words = [word.replace("{place}", target.where) for word in target.deploy]
            flash_by(words, image, f"{target.name}'s deploy")
            self._there = image.path
