"""An option whose help names what is installed."""

from __future__ import annotations

from abc import abstractmethod

import click


class PluginOption(click.Option):
    """An option whose values are plug-ins; they are looked up when its help is shown."""

    @abstractmethod
    def about_plugins(self) -> str:
        """Return the end of the option's help, which names them."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's two columns."""
        record = super().get_help_record(ctx)
        if record is None:
            return None
        return record[0], f"{record[1]} {self.about_plugins()}".strip()
