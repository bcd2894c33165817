"""Pages made from the data: what they share, the law finder with its maps, and what the items cover. More of them in `catalogues`."""

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
from ...charts.maps import AGES, COUNTRIES, LEAF, SEVEN_OH, age_class, draw_tiles, draw_world
from ...evidence import evidence_dir, load_facts, load_references, load_table
from ...evidence.cells import resolved_csv
from ...evidence.facts import written_date
from ...evidence.history import WORDING, first_day, load_changes
from ...files import write_atomic
from ...i18n import _
from ...quiz import load_banks
from ...quiz.coverage import LEVELS, coverage
from ..figures import figure_nodes
from .directives import Course, raw


class Ledger(Course):
    """What the pages share: sources as links to the list of works, tables that become cards on a phone, a filter form."""

    def sources(self, keys: Any) -> str:
        """Links for keys separated by semicolons."""
        references = load_references()
        page = self.env.app.builder.get_relative_uri(self.env.docname, "book/sources")
        known = [references[key] for key in filter(None, map(str.strip, keys.split(";")))]
        return "; ".join(
            f'<a href="{page}#work-{work.key}">{escape(work.short)}</a>' for work in known
        )

    def since(self) -> str:
        """Where a script tells a returning reader what is new; it carries the days of all changes, and nothing leaves the browser."""
        days = Counter((change.date, change.kind) for change in load_changes())
        counts = json.dumps([[day, kind, count] for (day, kind), count in sorted(days.items())])
        more = (
            ""
            if self.env.docname == "book/changes"
            else f" data-more='{self.env.app.builder.get_relative_uri(self.env.docname, 'book/changes')}'"
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

    def write(self, parts: Any, text: str) -> str:
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
            for column, cell in zip(columns[1:], cells[1:])
        )
        + "</tr>"
        for attributes, cells in rows
    )
    group = f" data-filter-group='{name}'" if name else ""
    return f"<table class='cards'{group}><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def filter_form(
    name: str, label: str, selects: Any, suggestions: Sequence[str] = (), closed: bool = False
) -> str:
    """A form that narrows the rows named `name`; hidden until the script that drives it has run.

    selects     : (field, title, values) for each list to choose from
    suggestions : names that the browser offers while one types
    closed      : show no row until something is typed or chosen
    """
    everything, show_all = escape(_("all")), escape(_("Show all"))
    boxes = "".join(
        f"<label>{escape(title)} <select name='{field}'><option value=''>{everything}</option>"
        + "".join(
            f"<option{'' if _(value) == value else f' value={chr(34)}{escape(value)}{chr(34)}'}>{escape(_(value))}</option>"
            for value in values
        )
        + "</select></label> "
        for field, title, values in selects
    )
    offered = (
        f"<datalist id='{name}-names'>{''.join(f'<option>{escape(text)}</option>' for text in suggestions)}</datalist>"
        if suggestions
        else ""
    )
    listed = f" list='{name}-names'" if suggestions else ""
    return (
        f"<form class='table-filter' data-for='{name}'{' data-closed' if closed else ''} hidden><label>{escape(label)} <input name='text' type='search' autocomplete='off'{listed}></label>{offered} "
        f"{boxes}<button type='reset'>{show_all}</button><p role='status' aria-live='polite'></p></form>"
    )


def attributes(name: str, identity: str, **fields: str) -> str:
    data = " ".join(
        f'data-{field}="{escape(value, quote=True)}"' for field, value in fields.items()
    )
    return f'id="{identity}" data-filter="{name}" {data}'


class LawFinder(Ledger):
    """Leaf and 7-OH status by place in one searchable list, with date and kind of source in each row."""

    def run(self) -> Any:
        states, local, countries = (
            load_table(name) for name in ("us_states", "us_local", "countries")
        )
        name_of = dict(zip(states["code"], states["name"]))
        local = local.sort_values(["state", "place"])
        countries = countries.sort_values("country")
        groups = {
            "US states": (
                _("United States, by state"),
                [
                    (
                        f"law-us-{row.code.lower()}",
                        row.name,
                        f"{row.name} {row.code} United States",
                        row,
                    )
                    for row in states.itertuples(index=False)
                ],
            ),
            "US cities and counties": (
                _(
                    "Cities and counties of the United States with a rule of their own that we found"
                ),
                [
                    (
                        f"law-{row.id}",
                        f"{row.place}, {row.state} ({_(row.kind_of_place)})",
                        f"{row.place} {row.kind_of_place} {name_of[row.state]} {row.state} United States",
                        row,
                    )
                    for row in local.itertuples(index=False)
                ],
            ),
            "countries": (
                _("Other countries, and the United States at federal level"),
                [
                    (f"law-{row.iso3.lower()}", row.country, f"{row.country} {row.iso3}", row)
                    for row in countries.itertuples(index=False)
                ],
            ),
        }
        made = [raw(f"{self.since()}<p>{self.witnesses(states)}</p>" + self.form(groups))]
        for kind, (caption, rows) in groups.items():
            cells = [
                (
                    attributes("law", identity, text=text, kind=kind, status=self.leaf_of(row)),
                    [
                        escape(place),
                        leaf(row),
                        seven_oh(row),
                        age(row),
                        self.instrument(row),
                        self.known(row),
                    ],
                )
                for identity, place, text, row in rows
            ]
            made.append(
                raw(
                    table(
                        [
                            _("Place"),
                            _("Leaf"),
                            _("Concentrated 7-OH"),
                            _("Minimum age"),
                            _("Law or rule"),
                            _("Known on, and from what"),
                        ],
                        cells,
                        caption,
                        "law",
                    )
                )
            )
        return made

    def form(self, groups: Any) -> Any:
        """Name of a place, kind of place and status of leaf; closed until something is asked, because the whole list is long on a phone."""
        names = sorted({place for _, rows in groups.values() for _, place, _, _ in rows})
        statuses = sorted({self.leaf_of(row) for _, rows in groups.values() for *_, row in rows})
        return filter_form(
            "law",
            _("State, city, county or country"),
            [("kind", _("Kind of place"), list(groups)), ("status", _("Leaf is"), statuses)],
            names,
            closed=True,
        )

    @staticmethod
    def leaf_of(row: Any) -> Any:
        return getattr(row, "status_leaf", None) or row.status

    @staticmethod
    def witnesses(states: Any) -> str:
        """One sentence on how strong the sources of the states are, counted from the rows."""
        counts = states["source_kind"].value_counts()
        law = sum(counts.get(kind, 0) for kind in ("statute", "legislature", "agency"))
        weak = (
            ("news", _("news")),
            ("trade news", _("trade news")),
            ("tracker", _("an advocacy tracker")),
            ("other", _("other pages")),
        )
        rest = ", ".join(
            _("{count} on {witness}", count=counts[kind], witness=words)
            for kind, words in weak
            if counts.get(kind)
        )
        return _(
            "Of {count} rows for states, {law} rest on a statute, a legislature or an agency, {rest}. News, trade news and trackers are weak witnesses: they point to a law, they are not the law.",
            count=len(states), law=law, rest=rest,
        )  # fmt: skip

    def instrument(self, row: Any) -> str:
        words = [escape(row.instrument) or _("none found")]
        if start := getattr(row, "effective_date", ""):
            words.append(_("leaf rule in force {day}", day=escape(start)))
        if (start := getattr(row, "effective_7oh", "")) and start != row.effective_date:
            words.append(_("7-OH rule in force {day}", day=escape(start)))
        note = f" <span class='fact-about'>{self.linked(row.note)}</span>" if row.note else ""
        return f"{'; '.join(words)}.{note}"

    def linked(self, note: Any) -> str:
        """A note in which the key of a work has become a link to it."""
        return re.sub(
            r"\b[a-z]+\d{4}[a-z0-9]+\b",
            lambda match: self.sources(match[0]) if match[0] in load_references() else match[0],
            escape(note),
        )

    def known(self, row: Any) -> str:
        """The newest day for which a source speaks, the sources, what kind they are, and whether a look is due."""
        newest = max(row.as_of, getattr(row, "confirm_as_of", "") or "")
        if not newest:
            return _("no source found")
        how = {"seen": _("text read"), "secondary": _("quoted by others")}[row.verified]
        keys = ";".join(filter(None, [row.source_key, getattr(row, "confirm_key", "")]))
        late = escape(_("due for review"))
        due = row.review_by and row.review_by < dt.date.today().isoformat()
        return (
            f"<time datetime='{newest}' data-age>{newest}</time>{f' <strong>{late}</strong>' if due else ''}"
            f" <span class='fact-about'>{escape(_(row.source_kind))}, {how}: {self.sources(keys)}</span>"
        )


def leaf(row: Any) -> str:
    """Status of leaf, whether it is temporary, and what a reader needs to know beside it."""
    status = getattr(row, "status_leaf", None) or row.status
    detail = getattr(row, "detail_leaf", "") or getattr(row, "detail", "")
    return f"<strong>{escape(_(status))}</strong>{temporary(row, 'leaf and 7-OH', 'yes')}{f' <span class=fact-about>{escape(detail)}</span>' if detail else ''}"


def seven_oh(row: Any) -> str:
    limit = getattr(row, "limit_7oh", "")
    return f"<strong>{escape(_(row.status_7oh))}</strong>{temporary(row, 'leaf and 7-OH', '7-OH only', 'yes')}{f' <span class=fact-about>{escape(limit)}</span>' if limit else ''}"


def temporary(row: Any, *words: Any) -> str:
    if getattr(row, "temporary", "") not in words:
        return ""
    told = (
        _("temporary, until {day}", day=row.expires)
        if row.expires
        else _("temporary, end not found")
    )
    return f" <em>{escape(told)}</em>"


def age(row: Any) -> Any:
    """Minimum age; nothing for countries, which have no such column, and where leaf is banned for everybody."""
    if getattr(row, "status_leaf", None) is None or row.status_leaf in ("banned", "sale banned"):
        return ""
    return str(row.minimum_age) if str(row.minimum_age).isdigit() else _("none found")


class Maps(Ledger):
    """Maps of the law, drawn from the same rows as the finder: {law-map} leaf, 7-oh, age or world."""

    required_arguments = 1

    def run(self) -> Any:
        which = self.arguments[0]
        if which not in MAPS:
            return self.complain(f"'{which}' is no map; use one of {', '.join(MAPS)}")
        bundle = MAPS[which]()._repr_mimebundle_()[MIME]
        folder = f"{self.env.docname.rpartition('/')[2]}"
        return figure_nodes(bundle, self.env, lambda name, text: self.write([folder, name], text))


def newest_source(states: Any) -> Any:
    """Newest day for which a source speaks, by state (ISO dates)."""
    return states["as_of"].where(
        states["as_of"] >= states["confirm_as_of"], states["confirm_as_of"]
    )


def states_map(column: Any, styles: Any, name: str, subject: Any, marks: Any) -> Any:
    states = load_table("us_states")
    counts = states[column].value_counts()
    marked = set(states.loc[states["temporary"].isin(marks), "code"])
    told = "; ".join(
        f"{_(key)} {counts[key]} ({', '.join(sorted(states.loc[states[column] == key, 'code']))})"
        for key in styles
        if key in counts
    )
    title = _(
        "{subject}: banned in {count} places, by the newest source of each; none is newer than {day}"
    )
    if "covered by leaf ban" in counts:
        title = _(
            "{subject}: banned in {count} places, covered by the leaf ban in {covered}, by the newest source of each; none is newer than {day}"
        )
    return show(
        lambda ax, look: draw_tiles(
            ax, look, dict(zip(states["code"], states[column])), styles, dict.fromkeys(marked, "T")
        ),
        name=name,
        title=title.format(
            subject=subject,
            count=counts.get("banned", 0),
            covered=counts.get("covered by leaf ban", 0),
            day=max(newest_source(states)),
        ),
        alt=_(
            "Tile map of the US states, DC and Puerto Rico. {subject}: {told}. Temporary: {marked}.",
            subject=subject,
            told=told,
            marked=", ".join(sorted(marked)) or _("none"),
        ),
        limits=_(
            "A state's colour hides its cities and counties, and each state speaks for its own day. T marks a temporary rule."
        ),
        data=states[
            [
                "code",
                "name",
                column,
                "temporary",
                "as_of",
                "confirm_as_of",
                "source_kind",
                "source_key",
            ]
        ],
        size=(4.4, 4.1),
    )


def age_map() -> Any:
    states = load_table("us_states")
    today = dt.date.today()
    months = {
        row.code: round((today - dt.date.fromisoformat(day)).days / 30.44)
        for row, day in zip(states.itertuples(), newest_source(states))
    }
    classes = {code: age_class(age) for code, age in months.items()}
    told = "; ".join(
        f"{_(key)}: {sum(found == key for found in classes.values())}"
        for key in AGES
        if key in classes.values()
    )
    oldest = sorted(months, key=lambda code: months[code])[-3:]
    return show(
        lambda ax, look: draw_tiles(ax, look, classes, AGES, months),
        name="states-age",
        title=_(
            "Half of what we know about the states was {months} months old or older on {day}",
            months=sorted(months.values())[len(months) // 2],
            day=today.isoformat(),
        ),
        alt=_(
            "Tile map; under each state's code stands the age of our newest source in months on {day}. {told}. Oldest: {oldest}.",
            day=today.isoformat(),
            told=told,
            oldest=", ".join(f"{code} {months[code]}" for code in reversed(oldest)),
        ),
        limits=_(
            "An old source may still be right and a new one wrong; age only tells how long nobody has looked."
        ),
        data=states[["code", "name"]].assign(
            newest=newest_source(states), months=list(months.values())
        ),
        size=(4.4, 4.1),
    )


def world_map() -> Any:
    countries = load_table("countries")
    counts = countries["status"].value_counts()
    told = "; ".join(
        f"{_(key)} {counts[key]} ({', '.join(sorted(countries.loc[countries['status'] == key, 'country']))})"
        for key in COUNTRIES
        if key in counts
    )
    dated = countries.loc[countries["as_of"] != "", "as_of"].sort_values()
    return show(
        lambda ax, look: draw_world(
            ax, look, dict(zip(countries["iso3"], countries["status"])), COUNTRIES
        ),
        name="world",
        title=_(
            "Of {count} countries looked at, {controlled} ban or control kratom; for {unknown} we could not find out",
            count=len(countries),
            controlled=counts.get("banned/controlled", 0),
            unknown=counts.get("unknown", 0),
        ),
        alt=_("World map. {told}.", told=told),
        limits=_(
            "Half of the sources speak of {day} or earlier. Countries without colour were not looked at, which says nothing about their law. Borders are a simplified drawing, not a statement.",
            day=dated.iloc[len(dated) // 2],
        ),
        data=countries[["iso3", "country", "status", "as_of", "source_kind", "source_key"]],
        size=(4.4, 3.2),
    )


# Words of the tables that pages show; the tables themselves keep them, because filters compare them.
STATUSES = (
    _("banned"), _("regulated"), _("age-restricted only"), _("other"), _("no state law"), _("unknown"), _("covered by leaf ban"), _("limited"), _("no specific rule"), _("banned/controlled"),
    _("limited by food or medicine law"), _("added"), _("removed"), _("statute"), _("legislature"), _("agency"), _("tracker"), _("city"), _("county"), _("town"), _("village"), _("up to 3 months"), _("3 to 6 months"), _("6 to 12 months"), _("over a year"), _("US states"), _("US cities and counties"), _("countries"), _("sale banned"), _("repealed"), _("remember"), _("understand"), _("apply"), _("analyse"), _("evaluate"),
)  # fmt: skip

MAPS = {
    "leaf": lambda: states_map(
        "status_leaf", LEAF, "states-leaf", _("Kratom leaf"), ["leaf and 7-OH"]
    ),
    "7-oh": lambda: states_map(
        "status_7oh", SEVEN_OH, "states-7oh", _("Concentrated 7-OH"), ["leaf and 7-OH", "7-OH only"]
    ),
    "age": age_map,
    "world": world_map,
}


class Coverage(Ledger):
    """For teachers: which objective is tested by how many items, of which level and use; made from the banks."""

    def run(self) -> Any:
        made = []
        for chapter, bank in load_banks().items():
            counts = coverage(bank)
            texts = {objective.id: objective for objective in bank.objectives}
            rows = [
                (
                    "",
                    [
                        f"{escape(texts[row['objective']].text)} <span class='fact-about'>{escape(row['objective'])}, {escape(texts[row['objective']].section)}</span>",
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
    """What changed in facts, laws and help lines, the newest first, and which laws begin or end about now."""

    def run(self) -> list[Any]:
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
        relative = self.env.app.builder.get_relative_uri
        if change.table in ("us_states", "us_local", "countries"):
            return f"<a href='{relative(self.env.docname, 'book/law-finder')}#law-{change.row.lower()}'>{escape(change.name)}</a>"
        if change.table == "help_lines":
            return (
                f"<a href='{relative(self.env.docname, 'book/help-now')}'>{escape(change.name)}</a>"
            )
        facts = load_facts()
        # The row's own words where it is still there, because those are translated.
        words = change.name
        if change.table == "facts" and change.row in facts:
            words = facts[change.row].statement
        about = f"<span class='fact-about'>{escape(change.row)}</span>"
        # An act is known by its title, which stays as it is.
        kept = " class='notranslate'" if change.table == "us_federal_timeline" else ""
        return f"<span{kept}>{escape(words)} {about}</span>"


def what_changed(change: Any) -> str:
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
        today = dt.date.today()
        name_of = dict(zip(load_table("us_states")["code"], load_table("us_states")["name"]))
        found = []
        for source in ("us_states", "us_local"):
            for row in load_table(source).itertuples(index=False):
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
    if doctree is not None and any(
        "class='since'" in node.astext() for node in doctree.findall(nodes.raw)
    ):
        app.add_js_file("since.js", loading_method="defer")
    if doctree is not None and any(
        "table-filter" in node.astext() for node in doctree.findall(nodes.raw)
    ):
        app.add_js_file("filter.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    names = {
        "law-finder": LawFinder,
        "law-map": Maps,
        "coverage": Coverage,
        "changes": Changes,
        "recent-law": RecentLaw,
    }
    for name, directive in names.items():
        app.add_directive(name, directive)
    app.connect("html-page-context", add_script)
