"""Pages made from the data: what they share, maps of the law, changes, and what the items cover.

The cards of the law finder are made in `law_cards`, other pages in `data_pages`.
"""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from ...charts import show
from ...charts.figure import MIME
from ...charts.maps import COUNTRIES, draw_countries
from ...evidence import evidence_dir, load_facts, load_references, load_rows, load_table
from ...evidence.cell_addresses import resolved_csv
from ...evidence.facts import written_date
from ...evidence.history import WORDING, first_day, load_changes
from ...files import write_atomic
from ...i18n import _
from ...quiz import load_banks
from ...quiz.coverage import LEVELS, coverage
from ..figures import figure_nodes
from .directives import CourseDirective, raw


class Ledger(CourseDirective):
    """What the pages share: sources as links to the list of works, tables that become cards on a
    phone, a filter form.
    """

    def sources(self, keys: Any) -> str:
        """Links for keys separated by semicolons."""
        references = load_references()
        page = self.env.app.builder.get_relative_uri(self.env.docname, "book/sources")
        known = [references[key] for key in filter(None, map(str.strip, keys.split(";")))]
        return "; ".join(
            f'<a href="{page}#work-{work.key}">{escape(work.short)}</a>' for work in known
        )

    def since(self) -> str:
        """Where a script tells a returning reader what is new; it carries the days of all changes,
        and nothing leaves the browser.
        """
        days = Counter((change.date, change.kind) for change in load_changes())
        counts = json.dumps([[day, kind, count] for (day, kind), count in sorted(days.items())])
        more = (
            ""
            if self.env.docname == "book/changes"
            else " "
            f"data-more='{self.env.app.builder.get_relative_uri(self.env.docname, 'book/changes')}'"
        )
        return f"<p class='since' role='status' data-days='{escape(counts)}'{more} hidden></p>"

    def download(self, name: str) -> Any:
        """A link to a file of the evidence folder, carried along by Sphinx."""
        file = evidence_dir() / name
        path = "/" + file.relative_to(self.env.srcdir).as_posix()
        if file.suffix == ".csv" and (text := resolved_csv(file)) != file.read_bytes():
            path = self.write(["data", name], text.decode("utf-8"))
        return addnodes.download_reference(
            "", "", nodes.literal(text=name), reftarget=path, refdoc=self.env.docname
        )

    def linked(self, note: Any) -> str:
        """A note in which the key of a work has become a link to it."""
        return re.sub(
            r"\b[a-z]+\d{4}[a-z0-9]+\b",
            lambda match: self.sources(match[0]) if match[0] in load_references() else match[0],
            escape(note),
        )

    def write(self, parts: Any, text: str) -> str:
        """Write a file beside the executed notebooks; returns its address in the site."""
        path = self.env.app.srcdir / "_build" / "jupyter_execute" / "/".join(parts)
        write_atomic(path, text)
        return "/" + path.relative_to(self.env.app.srcdir).as_posix()


def table(columns: Sequence[str], rows: Any, caption: str, name: str = "") -> str:
    """HTML table that a phone shows as cards.

    columns : headings; the first column is the heading of its row
    rows    : (attributes, cells as HTML)
    """
    head = "".join(f"<th scope='col'>{escape(column)}</th>" for column in columns)
    body = "".join(
        f"<tr {attributes}><th scope='row'>{cells[0]}</th>"
        + "".join(
            f"<td data-label='{escape(column)}'>{cell}</td>"
            for column, cell in zip(columns[1:], cells[1:], strict=False)
        )
        + "</tr>"
        for attributes, cells in rows
    )
    group = f" data-filter-group='{name}'" if name else ""
    return (
        f"<table class='cards'{group}><caption>{escape(caption)}</caption><thead><tr>{head}</tr>"
        f"</thead><tbody>{body}</tbody></table>"
    )


def option(value: str) -> str:
    """Return a choice of a list: shown in the page's language, sent as the table has it."""
    shown = _(value)
    sent = "" if shown == value else f' value="{escape(value)}"'
    return f"<option{sent}>{escape(shown)}</option>"


def filter_form(name: str, label: str, selects: Any) -> str:
    """A form that narrows the rows named `name`; hidden until the script that drives it has run.

    selects : (field, title, values) for each list to choose from
    """
    everything, show_all = escape(_("all")), escape(_("Show all"))
    boxes = "".join(
        f"<label>{escape(title)} <select name='{field}'><option value=''>{everything}</option>"
        + "".join(map(option, values))
        + "</select></label> "
        for field, title, values in selects
    )
    return (
        f"<form class='table-filter' data-for='{name}' hidden><label>{escape(label)} "
        "<input name='text' type='search' autocomplete='off'></label> "
        f"{boxes}<button type='reset'>{show_all}</button><p role='status' aria-live='polite'>"
        "</p></form>"
    )


def attributes(name: str, identity: str, **fields: str) -> str:
    """HTML attributes of a row that a table's filter reads."""
    data = " ".join(
        f'data-{field}="{escape(value, quote=True)}"' for field, value in fields.items()
    )
    return f'id="{identity}" data-filter="{name}" {data}'


class Maps(Ledger):
    """Maps of the law, drawn from the rows of law: {law-map} world."""

    required_arguments = 1

    def run(self) -> Any:
        """The directive's nodes."""
        which = self.arguments[0]
        if which not in MAPS:
            return self.complain(f"'{which}' is no map; use one of {', '.join(MAPS)}")
        bundle = MAPS[which]()._repr_mimebundle_()[MIME]
        folder = f"{self.env.docname.rpartition('/')[2]}"
        return figure_nodes(bundle, self.env, lambda name, text: self.write([folder, name], text))


def world_map() -> Any:
    """The map of the countries' laws as a figure."""
    countries = load_table("countries")
    counts = countries["status"].value_counts()
    statuses = "; ".join(
        f"{_(key)} {counts[key]} "
        f"({', '.join(sorted(countries.loc[countries['status'] == key, 'country']))})"
        for key in COUNTRIES
        if key in counts
    )
    dated = countries.loc[countries["as_of"] != "", "as_of"].sort_values()
    return show(
        lambda ax, look: draw_countries(
            ax, look, dict(zip(countries["iso3"], countries["status"], strict=False)), COUNTRIES
        ),
        name="world",
        title=_(
            "Of {count} countries looked at, {controlled} ban or control kratom; for "
            "{unknown} we could not find out",
            count=len(countries),
            controlled=counts.get("banned/controlled", 0),
            unknown=counts.get("unknown", 0),
        ),
        subtitle=_("The law on leaf by country. Each tile is one country, by its ISO code."),
        sources=["countries.csv"],
        alt=_("Tiles of countries by region. {statuses}.", statuses=statuses),
        limits=_(
            "Half of the sources speak of {day} or earlier. Countries that aren't here were "
            "not looked at, which says nothing about their law.",
            day=dated.iloc[len(dated) // 2],
        ),
        data=countries[["iso3", "country", "status", "as_of", "source_kind", "source_key"]],
        size=(5.2, 4.6),
        narrow=620,
    )


# Words of the tables that pages show; the tables themselves keep them, because filters compare
# them.
STATUSES = (
    _("banned"),
    _("regulated"),
    _("age-restricted only"),
    _("other"),
    _("no state law"),
    _("unknown"),
    _("covered by leaf ban"),
    _("limited"),
    _("no specific rule"),
    _("banned/controlled"),
    _("limited by food or medicine law"),
    _("added"),
    _("removed"),
    _("statute"),
    _("legislature"),
    _("agency"),
    _("tracker"),
    _("city"),
    _("county"),
    _("town"),
    _("village"),
    _("up to 3 months"),
    _("3 to 6 months"),
    _("6 to 12 months"),
    _("over a year"),
    _("US states"),
    _("US cities and counties"),
    _("countries"),
    _("sale banned"),
    _("repealed"),
    _("remember"),
    _("understand"),
    _("apply"),
    _("analyse"),
    _("evaluate"),
)

MAPS = {
    "world": world_map,
}


class Coverage(Ledger):
    """For teachers: which objective is tested by how many items, of which level and use; made from
    the banks.
    """

    def run(self) -> Any:
        """The directive's nodes."""
        made = []
        for chapter, bank in load_banks().items():
            counts = coverage(bank)
            texts = {objective.id: objective for objective in bank.objectives}
            rows = [
                (
                    "",
                    [
                        f"{escape(texts[row['objective']].text)} "
                        f"<span class='fact-about'>{escape(row['objective'])}, "
                        f"{escape(texts[row['objective']].section)}</span>",
                        _("in the page") if row["use"] == "check" else _("graded"),
                        *(str(row[level] or "\u2013") for level in LEVELS),
                        f"<strong>{row['items']}</strong>",
                    ],
                )
                for row in counts.to_dict("records")
            ]
            total = counts.groupby("use")["items"].sum()
            section = nodes.section(ids=[f"coverage-{chapter}"])
            section += nodes.title(text=bank.title)
            caption = _(
                "{count} items: {check} in the page, {graded} graded",
                count=len(bank.items),
                check=total["check"],
                graded=total["graded"],
            )
            section += raw(
                table(
                    [_("Objective"), _("Use"), *map(_, LEVELS), _("items")],
                    rows,
                    caption,
                    "coverage",
                )
            )
            made.append(section)
        return made


class Changes(Ledger):
    """What changed in facts, laws and help lines, the newest first, and which laws begin or end
    about now.
    """

    def run(self) -> list[Any]:
        """The directive's nodes."""
        changes = load_changes()
        told = _("Changes are listed since {day}.", day=written_date(first_day()))
        if not changes:
            told += " " + _("There has been none yet.")
        rows = [
            (
                f"data-changed='{change.date}' data-kind='{change.kind}'",
                [
                    f"<time datetime='{change.date}'>{change.date}</time>",
                    escape(_(change.kind)),
                    self.subject(change),
                    what_changed(change),
                ],
            )
            for change in changes
        ]
        made = f"{self.since()}<p>{told}</p>"
        return [
            raw(
                made
                + (
                    table(
                        [_("Day"), _("Kind"), _("What"), _("Change")],
                        rows,
                        _("Changes, newest first"),
                    )
                    if rows
                    else ""
                )
            )
        ]

    def subject(self, change: Any) -> str:
        """HTML of what a change is about, linked where it has a page."""
        relative = self.env.app.builder.get_relative_uri
        facts, words = load_facts(), escape(change.name)
        if change.table == "facts":
            about = f"<span class='fact-about'>{escape(change.row)}</span>"
            if change.row in facts:
                return f"<span>{escape(facts[change.row].statement)} {about}</span>"
            words += f" {about}"
        # Names of places, services and acts aren't translated, nor is what is no longer there.
        words = f"<span class='notranslate'>{words}</span>"
        if change.table in ("us_states", "us_local", "countries"):
            finder = relative(self.env.docname, "book/law-finder")
            return f"<a href='{finder}#law-{change.row.lower()}'>{words}</a>"
        if change.table == "help_lines":
            return f"<a href='{relative(self.env.docname, 'book/help-now')}'>{words}</a>"
        return words


def what_changed(change: Any) -> str:
    """HTML of the value before and after a change."""
    if change.change != "changed":
        return escape(_(change.change))
    if change.field == WORDING:
        return _("its wording")
    before = escape(change.before) or _("nothing")
    after = escape(change.after) or _("nothing")
    # The column and its values as they were recorded on that day, in the course's own language.
    column = escape(change.field.replace("_", " "))
    return f"<span class='notranslate'>{column}: {before} \u2192 <strong>{after}</strong></span>"


class RecentLaw(Ledger):
    """Laws that began, begin or end within half a year of today, by the rows of the law finder."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        today = dt.date.today()
        name_of = dict(
            zip(load_table("us_states")["code"], load_table("us_states")["name"], strict=False)
        )
        found = []
        for source in ("us_states", "us_local"):
            for row in load_rows(source):
                place = row.name if source == "us_states" else f"{row.place}, {name_of[row.state]}"
                anchor = row.code.lower() if source == "us_states" else row.id
                for column, what in (
                    ("effective_date", _("rule on leaf in force")),
                    ("effective_7oh", _("rule on 7-OH in force")),
                    ("expires", _("temporary rule ends")),
                ):
                    day = getattr(row, column, "")
                    if (
                        re.fullmatch(r"\d{4}-\d\d-\d\d", day)
                        and abs((dt.date.fromisoformat(day) - today).days) <= 183
                    ):
                        found.append((day, place, anchor, what, row))
        page = self.env.app.builder.get_relative_uri(self.env.docname, "book/law-finder")
        merged: dict[Any, Any] = {}
        for day, place, anchor, what, row in found:
            merged.setdefault((day, place, anchor), ([], row))[0].append(what)
        rows = [
            (
                "",
                [
                    f"<time datetime='{day}'>{day}</time>",
                    f"<a href='{page}#law-{anchor}'>{escape(place)}</a>",
                    escape("; ".join(whats)),
                    escape(
                        _(
                            "leaf {leaf}; 7-OH {seven_oh}",
                            leaf=_(row.status_leaf),
                            seven_oh=_(row.status_7oh),
                        )
                    ),
                ],
            )
            for (day, place, anchor), (whats, row) in sorted(
                merged.items(), key=lambda entry: entry[0], reverse=True
            )
        ]
        caption = _(
            "Within half a year before and after {day}", day=written_date(today.isoformat())
        )
        return [
            raw(
                table([_("Day"), _("Place"), _("What"), _("Status by our row")], rows, caption)
                if rows
                else f"<p>{caption}: {_('none in our rows.')}</p>"
            )
        ]


def add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Load the scripts of filters and of what is new on pages that need them."""
    if doctree is not None and any(
        "class='since'" in node.astext() for node in doctree.findall(nodes.raw)
    ):
        app.add_js_file("since.js", loading_method="defer")
    if doctree is not None and any(
        "table-filter" in node.astext() for node in doctree.findall(nodes.raw)
    ):
        app.add_js_file("filter.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    names = {
        "law-map": Maps,
        "coverage": Coverage,
        "changes": Changes,
        "recent-law": RecentLaw,
    }
    for name, directive in names.items():
        app.add_directive(name, directive)
    app.connect("html-page-context", add_script)
