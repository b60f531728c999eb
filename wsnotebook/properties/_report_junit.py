"""A report as JUnit XML; its shape is documented at ``Report.to_junit``."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from ..draw.text import in_one_line, printable
from ._readable import cut, cut_lines
from ._report_words import STOPPED, remarks, to_repeat

if TYPE_CHECKING:
    from .failures import Failure, Report, RouteReport

__all__ = ["report_junit"]

_COUNTED = ("examples", "messages", "replies", "connections", "refusals")


def report_junit(report: Report) -> str:
    """Return ``report`` as JUnit XML."""
    name = report.target or "wsnotebook"
    cases = [_case(one, name) for one in report.routes]
    told = {
        "name": _line(name),
        "tests": str(len(cases)),
        "failures": _how_many(cases, "failure"),
        "errors": _how_many(cases, "error"),
        "skipped": _how_many(cases, "skipped"),
        "time": f"{report.elapsed:.3f}",
    }
    whole = ET.Element("testsuites", told)
    suite = ET.SubElement(whole, "testsuite", told)
    suite.append(_properties(_sums(report)))
    suite.extend(cases)
    ET.indent(whole)
    # It names no encoding: this is text, which has none yet, and ASCII fits any.
    text = ET.tostring(whole, encoding="us-ascii", xml_declaration=False).decode("ascii")
    return f'<?xml version="1.0"?>\n{text}'


def _sums(report: Report) -> dict[str, int]:
    sums = {name: sum(getattr(one, name) for one in report.routes) for name in _COUNTED}
    seeds = {one.seed for one in report.routes}
    return {"seed": seeds.pop(), **sums} if len(seeds) == 1 else sums


def _case(one: RouteReport, suite: str) -> ET.Element:
    told = {"classname": _line(suite), "name": _line(one.route), "time": f"{one.elapsed:.3f}"}
    case = ET.Element("testcase", told)
    counted = {name: getattr(one, name) for name in _COUNTED}
    case.append(_properties({"seed": one.seed, **counted}))
    case.extend(_outcome(one))
    if said := [f"{kind:5}  {text}" for kind, text in remarks([one])]:
        ET.SubElement(case, "system-out").text = printable(cut_lines("\n".join(said)))
    return case


def _outcome(one: RouteReport) -> list[ET.Element]:
    """Return the element that says what became of a route; none says that it passed."""
    if one.failures:
        # One element, however many failures: readers show one, and the format has no more.
        texts = [_text(failure) for failure in one.failures]
        first, *others = one.failures
        more = f" (and {', '.join(other.code for other in others)})" if others else ""
        message = _line(first.title) + _line(more)
        return [_element("failure", "\n\n\n".join(texts), type=_line(first.code), message=message)]
    repeat = f"to repeat: {to_repeat(one.seed, one.route)}"
    if one.error:
        text = f"{printable(cut_lines(one.error))}\n\n{_line(repeat)}"
        return [_element("error", text, type="error", message=_line(one.error))]
    if one.stopped and not one.examples:
        return [_element("skipped", "", message=f"not reached: {STOPPED[one.stopped]}")]
    return []


def _text(failure: Failure) -> str:
    program = failure.program()
    head = failure.text().removesuffix(program)
    # The program is whole, however long: it is there to be run.
    return printable(cut_lines(head)) + printable(program)


def _properties(values: dict[str, int]) -> ET.Element:
    properties = ET.Element("properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=str(value))
    return properties


def _element(tag: str, text: str, **attributes: str) -> ET.Element:
    element = ET.Element(tag, attributes)
    element.text = text
    return element


def _how_many(cases: list[ET.Element], tag: str) -> str:
    return str(sum(case.find(tag) is not None for case in cases))


def _line(text: str) -> str:
    return in_one_line(cut(text))
