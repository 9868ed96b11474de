"""``edgebench`` and ``python -m edgebench``."""

from __future__ import annotations

from typing import NoReturn

from edgebench.processes.early_signals import handle_signals_while_starting


def main() -> NoReturn:
    """Run the command line; signals end it in our own words while it is imported, too."""
    handle_signals_while_starting()
    # This takes most of the time that a command needs to begin.
    from edgebench.cli import main as run_command

    run_command()


if __name__ == "__main__":
    main()
