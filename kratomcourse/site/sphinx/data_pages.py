"""Pages that open the books: the claims weighed, the data sets, the works, how each fact is known,
and who paid.
"""

import re
import unicodedata
from collections import Counter
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ...evidence import load_course, load_facts, load_references, load_table
from ...evidence.tables import datapackage
from ...i18n import _, ngettext
from .directives import raw
from .law_finder import Ledger, attributes, filter_form, table

# A sign before the word, so that a verdict is shown by more than one word among many.
# Verdicts and certainties are words of the table; they are shown in the language of the build.
SHOWN = (
    _("supported"),
    _("supported with limits"),
    _("unsupported"),
    _("contradicted"),
    _("normative"),
    _("high"),
    _("moderate"),
    _("low"),
    _("very low"),
    _("advice"),
    _("botany"),
    _("efficacy"),
    _("legality"),
    _("pharmacology"),
    _("recovery"),
    _("risk"),
    _("tradition"),
    _("string"),
    _("number"),
    _("integer"),
    _("date"),
)
VERDICTS = {
    "supported": ("\u2713", _("it holds up as it was made")),
    "supported with limits": (
        "\u25d0",
        _("it holds up in part, and the reason says how far"),
    ),
    "unsupported": (
        "?",
        _("we found nothing that shows it, which isn't the same as showing it to be false"),
    ),
    "contradicted": ("\u2717", _("what was found disagrees with it")),
    "normative": (
        "\u2192",
        _("it says what people should do; it can be well or badly founded, not true or false"),
    ),
}
PARAGRAPHS = {
    0: _("The title"),
    1: _("First paragraph"),
    2: _("Second paragraph"),
    3: _("Third paragraph"),
}
KNOWN = {"seen": _("read in the source"), "secondary": _("partly read in works that quote it")}
KNOWN_TIE = {"seen": _("read"), "secondary": _("quoted by others")}


class Claims(Ledger):
    """The claims of the article that the course grew from, weighed, in the order of the article."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        claims = load_table("claims")
        groups = claims.groupby("verdict")["claim_id"].agg(list)
        overview = "".join(
            f"<li><strong><span aria-hidden='true'>{sign}</span> {escape(_(verdict))}"
            f"</strong> ({len(groups[verdict])}): {escape(meaning)}."
            + "<br>"
            + " ".join(f"<a href='#claim-{name}'>{name}</a>" for name in groups[verdict])
            + "</li>"
            for verdict, (sign, meaning) in VERDICTS.items()
            if verdict in groups
        )
        choices = [
            ("topic", _("Topic"), sorted(set(claims["topic"]))),
            ("verdict", _("Verdict"), [verdict for verdict in VERDICTS if verdict in groups]),
        ]
        columns = [_("Claim, in our words"), _("Verdict"), _("Certainty"), _("Why"), _("Sources")]
        tables = "".join(
            table(
                columns,
                [self.row(row) for row in part.itertuples()],
                PARAGRAPHS.get(int(str(number)), _("Paragraph {number}", number=number)),
                "claims",
            )
            for number, part in claims.groupby("paragraph")
        )
        return [
            raw(
                f"<ul class='overview'>{overview}"
                f"</ul>{filter_form('claims', _('Find a word'), choices)}{tables}"
            )
        ]

    def row(self, row: Any) -> tuple[Any, ...]:
        """Cells of one claim's row."""
        about = f"{escape(_(row.topic))}" + (
            f"; {escape(_('it persuades by: {device}', device=row.rhetorical_device))}"
            if row.rhetorical_device
            else ""
        )
        return (
            attributes(
                "claims",
                f"claim-{row.claim_id}",
                text=f"{row.claim_id} {row.paraphrase} {row.rationale} {row.rhetorical_device}",
                topic=row.topic,
                verdict=row.verdict,
            ),
            [
                f"{escape(row.claim_id)}. {escape(row.paraphrase)} "
                f"<span class='fact-about'>{about}</span>",
                f"<strong><span aria-hidden='true'>{VERDICTS[row.verdict][0]}"
                f"</span> {escape(_(row.verdict))}</strong>",
                escape(_(row.certainty)),
                escape(row.rationale),
                f"{self.sources(row.source_keys)} "
                f"<span class='fact-about'>{KNOWN[row.verified]}; "
                f"{escape(_('weighed on {day}', day=row.as_of))}</span>",
            ],
        )


class Catalogue(Ledger):
    """Every data set with its limits, its columns and a download, under a list of contents."""

    def run(self) -> Any:
        """The directive's nodes."""
        resources = datapackage()["resources"]
        areas = {
            area: [resource for resource in resources if resource.get("area") == area]
            for area in load_course().areas
        }
        if left := [resource for resource in resources if resource.get("area") not in areas]:
            areas[_("More")] = left
        contents = "".join(
            f"<li>{escape(area)}<ul>"
            + "".join(
                f"<li><a href='#{anchor(resource)}'>{escape(resource['title'])}"
                f"</a> ({len(load_table(resource['name'])):,})</li>"
                for resource in there
            )
            + "</ul></li>"
            for area, there in areas.items()
        )
        rows = sum(len(load_table(resource["name"])) for resource in resources)
        counts = _(
            "{count} data sets with {rows} rows; the number behind each is its rows.",
            count=len(resources),
            rows=format(rows, ","),
        )
        made = [raw(f"<p>{escape(counts)}</p><ul class='contents-list'>{contents}</ul>")]
        for area, there in areas.items():
            section = nodes.section("", nodes.title(text=area), ids=[f"area-{nodes.make_id(area)}"])
            section += [self.entry(resource) for resource in there]
            made.append(section)
        return made

    def entry(self, resource: dict[str, Any]) -> Any:
        """Section of one data set."""
        rows = load_table(resource["name"])
        section = nodes.section(
            "",
            nodes.title(text=resource["title"]),
            nodes.paragraph(text=resource["description"]),
            ids=[anchor(resource)],
        )
        licence = resource["licenses"][0]
        section += nodes.paragraph(
            "",
            "",
            nodes.Text(_("Download:") + " "),
            self.download(resource["path"]),
            nodes.Text(
                ". "
                + _("{count} rows", count=f"{len(rows):,}")
                + standing(rows)
                + ". "
                + _("Licence:")
                + " "
            ),
            nodes.reference("", licence["title"], refuri=licence["path"], internal=False),
            nodes.Text(_("; name the source of each row.")),
        )
        columns = "".join(
            f"<li><code>{escape(field['name'])}"
            "</code> "
            f"({escape(_(field['type']))}"
            f"){': ' + escape(words) if (words := explained(field)) else ''}"
            "</li>"
            for field in resource["schema"]["fields"]
        )
        section += raw(
            "<details>"
            f"<summary>{escape(_('Its {count} columns', count=len(resource['schema']['fields'])))}"
            f"</summary><ul>{columns}</ul></details>"
        )
        return section


def anchor(resource: dict[str, Any]) -> str:
    """Anchor of a data set on the data page."""
    return f"data-{resource['name'].replace('_', '-')}"


def explained(field: dict[str, Any]) -> str:
    """What a column holds, with its allowed values."""
    allowed = field.get("constraints", {}).get("enum", [])
    return "; ".join(
        filter(
            None,
            [
                field.get("description", ""),
                _("one of: {values}", values=", ".join(map(str, allowed))) if allowed else "",
            ],
        )
    )


def standing(rows: Any) -> str:
    """How the rows of a data set are known, and the newest day for which one speaks."""
    words = []
    if "verified" in rows:
        counts = Counter(rows["verified"])
        words += [
            f"{counts[word]:,} {label}"
            for word, label in (
                ("seen", _("read in the source")),
                ("secondary", _("quoted in another work")),
            )
            if counts[word]
        ]
    if "as_of" in rows and (days := [day for day in rows["as_of"] if day]):
        words.append(_("newest of {day}", day=max(days)))
    return f" ({'; '.join(words)})" if words else ""


class HowKnown(Ledger):
    """Facts by subject: how many, how known, and how many are due for review."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        facts = list(load_facts().values())
        rows = ""
        for title, there in [
            *(
                (title, [fact for fact in facts if fact.topic == topic])
                for topic, title in load_course().topics.items()
            ),
            (_("All"), facts),
        ]:
            read = sum(fact.verified == "seen" for fact in there)
            cells = (len(there), read, len(there) - read, sum(fact.is_stale() for fact in there))
            rows += (
                f"<tr><th scope='row'>{escape(title)}</th>"
                + "".join(f"<td>{count}</td>" for count in cells)
                + "</tr>"
            )
        head = "".join(
            f"<th scope='col'>{word}</th>"
            for word in (_("Subject"), _("Facts"), _("Read"), _("Quoted"), _("Due"))
        )
        return [
            raw(
                f"<table class='counts'><caption>{escape(_('How the facts are known'))}"
                f"</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            )
        ]


class Paid(Ledger):
    """Who paid for which study, as far as we could see."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        interests = load_course().interests
        ties: list[Any] = list(load_table("coi").itertuples())
        rows = [
            (
                "",
                [
                    escape(row.study_or_actor),
                    escape(row.tie),
                    escape(interests.get(row.direction_of_interest, row.direction_of_interest)),
                    self.sources(row.source_keys),
                    KNOWN_TIE[row.verified],
                ],
            )
            for row in ties
        ]
        return [
            raw(
                table(
                    [_("Study or actor"), _("Tie"), _("Interest"), _("Source"), _("How known")],
                    rows,
                    _("{count} ties that we could see", count=len(ties)),
                )
            )
        ]


class AllWorks(Ledger):
    """Every work in the bibliography, by letter, with what rests on it."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        facts = Counter(fact.source_key for fact in load_facts().values())
        read = Counter(fact.source_key for fact in load_facts().values() if fact.verified == "seen")
        works = sorted(load_references().values(), key=lambda work: plain(work.short))
        letters: dict[str, list[Any]] = {}
        for work in works:
            first = plain(work.short)[0].upper()
            letters.setdefault(first if first.isalpha() else "0\u20139", []).append(work)
        jumps = " ".join(f"<a href='#works-{letter[0].lower()}'>{letter}</a>" for letter in letters)
        lists = "".join(
            f"<section data-filter-group='works' id='works-{letter[0].lower()}'><h2>{letter}"
            "</h2><ul class='works'>"
            + "".join(work_html(work, facts[work.key], read[work.key]) for work in there)
            + "</ul></section>"
            for letter, there in letters.items()
        )
        linked = sum("doi.org" in work.url for work in works)
        count_text = (
            "<p>"
            + _(
                "{count} works; {linked} have a link by DOI, {other} another link.",
                count=len(works),
                linked=linked,
                other=sum(bool(work.url) for work in works) - linked,
            )
            + "</p>"
        )
        return [
            raw(
                f"{count_text}{filter_form('works', _('Author, word of the title, or year'), [])}"
                f"<p class='letters'>{jumps}</p>{lists}"
            )
        ]


def work_html(work: Any, facts: Any, read: Any) -> str:
    """HTML of one work with the number of facts that rest on it."""
    link = (
        f' <a href="{escape(work.url)}">{escape(work.url.removeprefix("https://"))}</a>'
        if work.url
        else ""
    )
    how = (
        _("read in it")
        if read == facts
        else _("{count} of them read in it", count=read)
        if read
        else _("quoted in another work")
    )
    about = [
        ngettext(
            "{count} fact rests on it, {how}", "{count} facts rest on it, {how}", facts, how=how
        )
        if facts
        else ""
    ]
    about.append(
        _("some details of this entry are still to be checked") if "recalled" in work.note else ""
    )
    words = "; ".join(filter(None, about))
    text = plain(f"{' '.join(work.authors)} {work.year} {work.title}")
    return (
        f"<li {attributes('works', f'work-{work.key}', text=text)}>{escape(work.full)}{link}"
        + (f"<span class='fact-about'>{words}</span>" if words else "")
        + "</li>"
    )


def plain(text: str) -> str:
    """Small letters without accents, for sorting and for finding."""
    return "".join(
        sign
        for sign in unicodedata.normalize("NFD", text.lower())
        if not unicodedata.combining(sign)
    )


class Descriptor(Ledger):
    """A link to the descriptor of all data sets: {data-descriptor}."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        return [
            nodes.paragraph(
                "",
                "",
                nodes.Text(_("The descriptor of all data sets:") + " "),
                self.download("datapackage.json"),
            )
        ]


def note_claims(app: Sphinx, doctree: nodes.document) -> None:
    """Let pages link to a claim of the ledger, as in `../../book/claims.md#claim-C01`.

    The ledger is raw HTML, so its ids are added to those that MyST knows of the page.
    """
    html = "".join(node.astext() for node in doctree.findall(nodes.raw))
    found = re.findall(r"id=[\"'](claim-C\d+)[\"']", html)
    if found:
        slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
        slugs.update({name: (0, name, name.removeprefix("claim-")) for name in found})


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    names = {
        "claims-ledger": Claims,
        "data-catalogue": Catalogue,
        "data-descriptor": Descriptor,
        "how-known": HowKnown,
        "who-paid": Paid,
        "all-works": AllWorks,
    }
    for name, directive in names.items():
        app.add_directive(name, directive)
    app.connect("doctree-read", note_claims)
