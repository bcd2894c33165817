"""Directives for an emergency: first-aid steps and call buttons, both printed from the data so that
no page can lose one.
"""

from html import escape
from typing import Any, ClassVar

from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.typing import OptionSpec

from ...errors import CourseError
from ...evidence import load_facts, load_table
from ...evidence.first_aid import first_aid
from ...i18n import _
from .directives import CourseDirective, raw, short_country
from .roles import remember_fact


class FirstAid(CourseDirective):
    """`{first-aid} unresponsive`: the steps of one situation as a numbered list; `:short:` gives
    the form for a box.
    """

    required_arguments = 1
    option_spec: ClassVar[OptionSpec] = {"short": directives.flag}

    def run(self) -> Any:
        """The directive's nodes."""
        try:
            steps = first_aid(self.arguments[0])
        except CourseError as error:
            return self.complain(str(error))
        facts = load_facts()
        for step in steps:
            for fact_id in step.facts:
                remember_fact(self.env, facts[fact_id])
        return [raw(steps_html(steps, "short" in self.options))]


def steps_html(steps: Any, short: bool = False) -> str:
    """Steps as an ordered list; their order is what has to be done first."""
    items = "".join(
        f"<li>{escape(step.short)}</li>"
        if short
        else f"<li><strong>{escape(step.lead)}</strong> {escape(step.detail)}</li>"
        for step in steps
    )
    return f'<ol class="first-aid">{items}</ol>'


class CallButtons(CourseDirective):
    """`{call-buttons} emergency`: a link as wide as the page for each number of one kind of help
    line; `:compact:` puts three in a row.
    """

    required_arguments = 1
    option_spec: ClassVar[OptionSpec] = {"compact": directives.flag}

    def run(self) -> Any:
        """The directive's nodes."""
        kind = self.arguments[0]
        numbers = callable_numbers(kind)
        if not numbers:
            return self.complain(
                f"no help line of the kind '{kind}' has a number; use emergency, crisis or poison"
            )
        return [raw(buttons_html(numbers, kind, "compact" in self.options))]


def callable_numbers(kind: Any) -> Any:
    """[(tel, sms, number as printed, countries)] of one kind of help line, each number once, in the
    order of the table.
    """
    lines = load_table("help_lines")
    lines = lines[
        (lines["kind"] == kind)
        & (lines["tel"] != "")
        & ~lines["print_status"].str.startswith("do not print")
    ]
    found: dict[str, Any] = {}
    for line in lines.itertuples():
        shown = line.tel if kind == "emergency" else line.contact
        _tel, _sms, _shown, countries = found.setdefault(line.tel, (line.tel, line.sms, shown, []))
        if line.country not in countries:
            countries.append(line.country)
    return list(found.values())


def buttons_html(numbers: Any, kind: Any, compact: bool = False) -> str:
    """Call links, and a text link beside a line that takes texts; only a call to the emergency
    number is red.
    """
    colour = "call-emergency" if kind == "emergency" else "call-line"
    links = ""
    for tel, sms, shown, countries in numbers:
        where = ", ".join(map(short_country if compact else _, countries))
        links += (
            f'<a class="{colour}" href="tel:{tel}">'
            f"<strong>{escape(_('Call {number}', number=shown))}</strong> <span>{escape(where)}"
            "</span></a>"
        )
        if sms:
            links += (
                f'<a class="call-line" href="sms:{sms}">'
                f"<strong>{escape(_('Text {number}', number=sms))}</strong> <span>{escape(where)}"
                "</span></a>"
            )
    label = _("Call the emergency number") if kind == "emergency" else _("Call a help line")
    return (
        f'<div role="group" class="call-buttons{" compact" if compact else ""}" '
        f'aria-label="{escape(label)}">{links}</div>'
    )


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_directive("first-aid", FirstAid)
    app.add_directive("call-buttons", CallButtons)
