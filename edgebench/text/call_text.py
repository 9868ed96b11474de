"""A call of a public function as text: what a message tells a user to do next."""

from __future__ import annotations


def call_text(function: str, *arguments: object, **parameters: object) -> str:
    """Return a call as Python has it, in backticks; parameters that are None are left out.

    The command line shows it as the command that does the same: `edgebench.cli.error_text`.

    Examples
    --------
    >>> call_text("run", "kws-ds-cnn", scenarios=["offline"], official=True, threads=None)
    "`edgebench.run('kws-ds-cnn', scenarios=['offline'], official=True)`"
    """
    words = [repr(each) for each in arguments]
    words += [f"{name}={value!r}" for name, value in parameters.items() if value is not None]
    return f"`edgebench.{function}({', '.join(words)})`"
