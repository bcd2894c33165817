"""Pages made from the data: the claims ledger, the law finder, the catalogue of data sets, who paid, and the list of works."""

import datetime as dt
from html import escape

from docutils import nodes
from sphinx import addnodes

from ..charts import show
from ..charts.figure import MIME
from ..charts.maps import Status, draw_tiles, draw_world
from ..evidence import evidence_dir, load_references, load_table
from ..evidence.tables import datapackage
from ..quiz import load_banks
from ..quiz.coverage import LEVELS, coverage
from .directives import Course, raw, works_html
from .figures import figure_nodes

LEAF = {
    "banned": Status("#f2a36b", "#8a4a1c", "////"),
    "regulated": Status("#b9d9f0", "#245a86", ".."),
    "age-restricted only": Status("#d9ecd0", "#3a6b3a", "--"),
    "other": Status("#e6d3ea", "#6b4a78", "xx"),
    "no state law": Status("#f4f4f2", "#2a2f36"),
    "unknown": Status("#ffffff", "#14181e", "oo"),
}
SEVEN_OH = {
    "banned": LEAF["banned"],
    "covered by leaf ban": Status("#f7c9a4", "#6d4526", "\\\\\\\\"),
    "limited": LEAF["regulated"],
    "other": LEAF["other"],
    "no specific rule": LEAF["no state law"],
    "unknown": LEAF["unknown"],
}
COUNTRIES = {
    "banned/controlled": LEAF["banned"],
    "prescription or novel-food limits": LEAF["other"],
    "regulated": LEAF["regulated"],
    "unknown": LEAF["unknown"],
}


class Ledger(Course):
    """What the pages share: sources as links to the list of works, tables that become cards on a phone, a filter form."""

    def sources(self, keys):
        """Links for keys separated by semicolons."""
        references = load_references()
        page = self.env.app.builder.get_relative_uri(self.env.docname, "book/sources")
        known = [references[key] for key in filter(None, map(str.strip, keys.split(";")))]
        return "; ".join(f'<a href="{page}#work-{work.key}">{escape(work.short)}</a>' for work in known)

    def download(self, name):
        """A link to a file of the evidence folder, carried along by Sphinx."""
        path = "/" + (evidence_dir() / name).relative_to(self.env.srcdir).as_posix()
        return addnodes.download_reference("", "", nodes.literal(text=name), reftarget=path, refdoc=self.env.docname)


def table(columns, rows, caption, name=""):
    """HTML table that a phone shows as cards.

    columns : headings; the first column is the heading of its row
    rows    : (attributes, cells as HTML)
    """
    head = "".join(f"<th scope='col'>{escape(column)}</th>" for column in columns)
    body = "".join(
        f"<tr {attributes}><th scope='row'>{cells[0]}</th>"
        + "".join(f"<td data-label='{escape(column)}'>{cell}</td>" for column, cell in zip(columns[1:], cells[1:]))
        + "</tr>"
        for attributes, cells in rows
    )
    group = f" data-filter-group='{name}'" if name else ""
    return f"<table class='cards'{group}><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def filter_form(name, label, selects):
    """A form that narrows the rows named `name`; hidden until the script that drives it has run."""
    boxes = "".join(
        f"<label>{escape(title)} <select name='{field}'><option value=''>all</option>"
        + "".join(f"<option>{escape(value)}</option>" for value in values)
        + "</select></label> "
        for field, title, values in selects
    )
    return (
        f"<form class='table-filter' data-for='{name}' hidden><label>{escape(label)} <input name='text' type='search' autocomplete='off'></label> "
        f"{boxes}<button type='reset'>Show all</button><p role='status' aria-live='polite'></p></form>"
    )


def attributes(name, identity, **fields):
    data = " ".join(f"data-{field}=\"{escape(value, quote=True)}\"" for field, value in fields.items())
    return f'id="{identity}" data-filter="{name}" {data}'


class Claims(Ledger):
    """The claims of the article that the course grew from, weighed."""

    def run(self):
        claims = load_table("claims")
        rows = [
            (
                attributes("claims", f"claim-{row.claim_id}", text=f"{row.paraphrase} {row.rationale}", topic=row.topic, verdict=row.verdict),
                [
                    f"{escape(row.claim_id)}. {escape(row.paraphrase)}",
                    f"<strong>{escape(row.verdict)}</strong>",
                    escape(row.certainty),
                    escape(row.rationale),
                    self.sources(row.source_keys),
                ],
            )
            for row in claims.itertuples()
        ]
        counts = claims["verdict"].value_counts()
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        form = filter_form("claims", "Find a word", [("topic", "Topic", sorted(set(claims["topic"]))), ("verdict", "Verdict", list(counts.index))])
        return [raw(f"<p>{len(claims)} claims: {escape(told)}.</p>{form}" + table(["Claim, in our words", "Verdict", "Certainty", "Why", "Sources"], rows, "The claims and what the evidence says", "claims"))]


class LawFinder(Ledger):
    """Leaf and 7-OH status by place, as maps and as one searchable list."""

    def run(self):
        states, local, countries = (load_table(name) for name in ("us_states", "us_local", "countries"))
        rows_states = [
            (
                attributes("law", f"law-us-{row.code.lower()}", text=f"{row.name} {row.code} United States", status=row.status_leaf),
                [
                    escape(row.name),
                    status(row.status_leaf, row),
                    " ".join(filter(None, (escape(row.status_7oh), f"({escape(row.limit_7oh)})" if row.limit_7oh else ""))),
                    age(row.minimum_age),
                    self.instrument(row),
                    known(row),
                ],
            )
            for row in states.itertuples()
        ]
        state_names = dict(zip(states["code"], states["name"]))
        rows_local = [
            (
                attributes("law", f"law-{row.id}", text=f"{row.place} {state_names.get(row.state, '')} {row.state} {row.kind_of_place}", status=row.status),
                [
                    f"{escape(row.place)}, {escape(row.state)} ({escape(row.kind_of_place)})",
                    status(row.status, row),
                    escape(row.scope_7oh),
                    age(getattr(row, "minimum_age", None)),
                    self.instrument(row),
                    known(row),
                ],
            )
            for row in local.itertuples()
        ]
        rows_countries = [
            (
                attributes("law", f"law-{row.iso3.lower()}", text=f"{row.country} {row.iso3}", status=row.status),
                [escape(row.country), status(row.status, row), "", "", self.instrument(row), known(row)],
            )
            for row in countries.itertuples()
        ]
        columns = ["Place", "Leaf", "7-OH", "Minimum age", "Law or rule, and source", "Known on"]
        form = filter_form("law", "State, city, county or country", [])
        return [
            raw(form + table(columns, rows_states, "United States, by state", "law")),
            raw(table(columns, rows_local, "Cities and counties of the United States that have a rule of their own", "law")),
            raw(table(["Country", "Status", "7-OH", "Minimum age", "Law or rule, and source", "Known on"], rows_countries, "Other countries", "law")),
        ]

    def instrument(self, row):
        sources = self.sources(row.source_key)
        dates = f" In force {escape(row.effective_date)}." if getattr(row, "effective_date", "") else ""
        note = f" <span class='fact-about'>{escape(row.note)}</span>" if row.note else ""
        return f"{escape(row.instrument)}{'.' if row.instrument and not row.instrument.endswith('.') else ''}{dates} {sources}{note}"


def status(word, row):
    temporary = ""
    if getattr(row, "temporary", "") == "yes":
        until = f" until {row.expires}" if getattr(row, "expires", "") else ""
        temporary = f" <em>temporary{escape(until)}</em>"
    return f"<strong>{escape(word)}</strong>{temporary}"


def age(number):
    try:
        return f"{int(number)}"
    except (TypeError, ValueError):
        return "none found"


def known(row):
    """The day for which a row speaks, how it is known, and whether it is due."""
    newest = max(row.as_of, getattr(row, "confirm_as_of", "") or "")
    due = row.review_by and row.review_by < dt.date.today().isoformat()
    how = {"seen": "text read", "secondary": "told by others"}.get(row.verified, "not found")
    return f"{escape(newest)} <span class='fact-about'>{how}{'; <strong>due for review</strong>' if due else ''}</span>"


class Maps(Ledger):
    """Maps of the law, drawn from the same rows as the finder: {law-map} leaf, 7-oh or world."""

    required_arguments = 1

    def run(self):
        which = self.arguments[0]
        if which not in MAPS:
            return self.complain(f"'{which}' is no map; use one of {', '.join(MAPS)}")
        bundle = MAPS[which]()._repr_mimebundle_()[MIME]
        folder = f"{self.env.docname.rpartition('/')[2]}"
        return figure_nodes(bundle, self.env, lambda name, text: self.write([folder, name], text))

    def write(self, parts, text):
        path = self.env.app.srcdir / "_build" / "jupyter_execute" / "/".join(parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return "/" + path.relative_to(self.env.app.srcdir).as_posix()


def states_map(column, styles, name, subject):
    states = load_table("us_states")
    status_of = dict(zip(states["code"], states[column]))
    counts = states[column].value_counts()
    newest = max(max(states["as_of"]), max(states["confirm_as_of"]))
    marked = set(states.loc[states["temporary"] == "yes", "code"])
    told = "; ".join(f"{key}: {count} ({', '.join(sorted(states.loc[states[column] == key, 'code']))})" for key, count in counts.items())
    return show(
        lambda ax, look: draw_tiles(ax, look, status_of, styles, marked),
        name=name,
        title=f"{subject}: {counts.get('banned', 0)} states banned it by the newest source of each, none newer than {newest}",
        alt=f"Tile map of the United States. {subject} by state: {told}. Temporary: {', '.join(sorted(marked)) or 'none'}.",
        limits="A state's colour hides its cities and counties, and each state speaks for its own day. T marks a temporary rule.",
        data=states[["code", "name", column, "temporary", "as_of", "confirm_as_of", "source_key"]],
        size=(5.2, 4.6),
    )


def world_map():
    countries = load_table("countries")
    counts = countries["status"].value_counts()
    told = "; ".join(f"{key}: {count} ({', '.join(sorted(countries.loc[countries['status'] == key, 'country']))})" for key, count in counts.items())
    return show(
        lambda ax, look: draw_world(ax, look, dict(zip(countries["iso3"], countries["status"])), COUNTRIES),
        name="world",
        title=f"Of {len(countries)} countries looked at, {counts.get('banned/controlled', 0)} ban or control kratom; for {counts.get('unknown', 0)} we could not find out",
        alt=f"World map. {told}.",
        limits="Countries without colour were not looked at; that says nothing about their law. Borders are a simplified drawing, not a statement.",
        data=countries[["iso3", "country", "status", "as_of", "source_key"]],
        size=(5.2, 3.6),
    )


MAPS = {
    "leaf": lambda: states_map("status_leaf", LEAF, "states-leaf", "Kratom leaf"),
    "7-oh": lambda: states_map("status_7oh", SEVEN_OH, "states-7oh", "Concentrated 7-OH"),
    "world": world_map,
}


class Catalogue(Ledger):
    """Every data set with its limits and a download."""

    def run(self):
        made = []
        for resource in sorted(datapackage()["resources"], key=lambda resource: resource["title"]):
            section = nodes.section(ids=[f"data-{resource['name'].replace('_', '-')}"])
            section += nodes.title(text=resource["title"])
            section += nodes.paragraph(text=resource["description"])
            fields = resource["schema"]["fields"]
            rows = len(load_table(resource["name"]))
            section += nodes.paragraph("", "", nodes.Text(f"{rows} rows, {len(fields)} columns. CC BY 4.0; name the source of each row. Download: "), self.download(resource["path"]))
            made.append(section)
        return made


class Paid(Ledger):
    """Who paid for which study, as far as we could see."""

    def run(self):
        ties = load_table("coi")
        rows = [
            ("", [escape(row.study_or_actor), escape(row.tie), escape(row.direction_of_interest), self.sources(row.source_keys), "read" if row.verified == "seen" else "told by others"])
            for row in ties.itertuples()
        ]
        return [raw(table(["Study or actor", "Tie", "Interest", "Source", "How known"], rows, "Money and other ties"))]


class AllWorks(Ledger):
    """Every work in the bibliography."""

    def run(self):
        works = list(load_references().values())
        return [raw(f"<p>{len(works)} works.</p>{works_html(works)}")]


class Coverage(Ledger):
    """For teachers: which objective is tested by how many items, of which level and use; made from the banks."""

    def run(self):
        made = []
        for chapter, bank in load_banks().items():
            counts = coverage(bank)
            texts = {objective.id: objective for objective in bank.objectives}
            rows = [
                (
                    "",
                    [
                        f"{escape(texts[row['objective']].text)} <span class='fact-about'>{escape(row['objective'])}, {escape(texts[row['objective']].section)}</span>",
                        "in the page" if row["use"] == "check" else "graded",
                        *(str(row[level] or "\u2013") for level in LEVELS),
                        f"<strong>{row['items']}</strong>",
                    ],
                )
                for row in counts.to_dict("records")
            ]
            total = counts.groupby("use")["items"].sum()
            section = nodes.section(ids=[f"coverage-{chapter}"])
            section += nodes.title(text=bank.title)
            caption = f"{len(bank.items)} items: {total['check']} in the page, {total['graded']} graded"
            section += raw(table(["Objective", "Use", *LEVELS, "items"], rows, caption))
            made.append(section)
        return made


def add_script(app, pagename, templatename, context, doctree):
    if doctree is not None and any("table-filter" in node.astext() for node in doctree.findall(nodes.raw)):
        app.add_js_file("filter.js", loading_method="defer")


def setup(app):
    names = {"claims-ledger": Claims, "law-finder": LawFinder, "law-map": Maps, "data-catalogue": Catalogue, "who-paid": Paid, "all-works": AllWorks, "coverage": Coverage}
    for name, directive in names.items():
        app.add_directive(name, directive)
    app.connect("html-page-context", add_script)
