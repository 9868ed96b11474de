"""Write a gate's outcomes as JUnit XML, which build servers show as tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from edgebench.files.atomic import replacing
from edgebench.results.comparison.gate import Gated
from edgebench.text.printable import printable


def write_junit(path: Path, gated: Sequence[Gated], *, fail_undecided: bool = False) -> None:
    """Write one test case per quantity: undecided ones are skipped tests, or failures.

    Raises
    ------
    OSError
        If it can't be written.
    """
    tags = ["passed" if each.outcome == "passed" else "skipped" for each in gated]
    for number, each in enumerate(gated):
        if each.outcome == "failed" or (each.outcome == "undecided" and fail_undecided):
            tags[number] = "failure"
    suite = ElementTree.Element(
        "testsuite",
        name="edgebench compare",
        tests=str(len(gated)),
        failures=str(tags.count("failure")),
        errors="0",
        skipped=str(tags.count("skipped")),
    )
    for tag, each in zip(tags, gated, strict=True):
        compared = each.compared
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=printable(f"edgebench.{compared.model}"),
            name=printable(f"{compared.scenario} {compared.quantity}"),
        )
        if tag != "passed":
            text = printable(f"{each.outcome}: {each.reason}")
            ElementTree.SubElement(case, tag, message=text).text = text
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft:
        draft.write_bytes(text + b"\n")
