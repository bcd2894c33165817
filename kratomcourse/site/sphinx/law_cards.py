"""The law finder: one card for each place, maps of links, and a field that a script drives.

Every card is in the page. Without a script the links of maps and lists lead to it, because the
style sheet shows only the card that the address names.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ...evidence import evidence_dir, load_course
from ...evidence.facts import written_date
from ...evidence.tables import load_rows
from ...files import write_atomic
from ...i18n import _, ngettext
from .directives import CourseDirective, raw
from .law_finder import Ledger
from .law_places import (
    ACTS,
    ANSWERS,
    LEAF_WORDS,
    SEVEN_OH_WORDS,
    TILE,
    LawPlace,
    load_places,
    names_script,
    tile_position,
)

NAMES_FILE = "_static/place-names.js"
ACT_WORDS = {
    "possess": _("Have it"),
    "carry": _("Carry it"),
    "buy": _("Buy it"),
    "sell": _("Sell it"),
}
KINDS = {
    "statute": _("text of the law"),
    "bill text": _("text of the bill"),
    "legislature": _("the legislature"),
    "agency": _("an agency"),
    "court": _("a court"),
    "paper of another legislature": _("paper of another state\u2019s legislature"),
    "newspaper": _("news"),
    "trade news": _("trade news"),
    "tracker": _("an advocacy tracker"),
    "policy institute": _("a policy institute"),
    "other": _("another page"),
}
# What a card says was read, the closest to the law first.
READ = {
    "statute": _("Text of the law read"),
    "agency": _("Text of the agency read"),
    "legislature": _("Text of the legislature read"),
    "bill text": _("Text of the bill read"),
}
SUPPORTS = {
    "leaf": _("leaf"),
    "7-OH": _("7-OH"),
    "possess": _("having"),
    "carry": _("carrying"),
    "buy": _("buying"),
    "sell": _("selling"),
    "age": _("age"),
    "act": _("the act"),
    "start date": _("start date"),
    "end date": _("end date"),
    "penalty": _("penalty"),
    "pre-emption": _("pre-emption"),
}
DATE_IS = {
    "published": _("published"),
    "in force": _("in force"),
    "read": _("read on"),
}
DISPUTED = {
    "leaf": _("leaf"),
    "7-OH": _("7-OH"),
    "leaf and 7-OH": _("leaf and 7-OH"),
    "start date": _("the day on which it began"),
}
TILE_WORDS = {
    "banned": _("banned"),
    "regulated": _("regulated or limited"),
    "age": _("age limit only"),
    "none": _("no state rule found"),
    "unclear": _("special case or not known"),
}
KIND_OF_PLACE = {
    "city": _("city"),
    "county": _("county"),
    "town": _("town"),
    "village": _("village"),
}


def unbroken(text: str) -> str:
    """A text as HTML in which 7-OH never breaks at its hyphen."""
    return escape(text).replace("7-OH", "<span class='nb'>7-OH</span>")


def day(iso: str) -> str:
    """A date of a source as text: day, month or year."""
    return escape(written_date(iso) if len(iso) > 4 else iso)


class LawFinder(Ledger):
    """{law-finder}: field, cards, maps and lists of places."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        self.places = load_places()
        self.states = {place.row_id: place for place in self.places if place.table == "us_states"}
        self.local: dict[str, list[LawPlace]] = defaultdict(list)
        for place in self.places:
            if place.table == "us_local":
                self.local[place.state].append(place)
        self.its_sources: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for source in load_rows("law_sources"):
            self.its_sources[source.place_table, source.place_id].append(source)
        version = hashlib.sha256(names_script(self.places).encode()).hexdigest()[:8]
        cards = "".join(map(self.card, self.places))
        return [
            raw(
                f"{self.here()}{form(f'../{NAMES_FILE}?v={version}')}"
                f"<div class='law-cards'>{cards}</div>"
                f"{self.maps()}{self.since()}{self.lists()}"
            )
        ]

    def here(self) -> str:
        """The places that an edition shows first: the answer in one line, and a link to more."""
        by_id = {place.row_id: place for place in self.places}
        first = [by_id[name] for name in load_course().law_first if name in by_id]
        if not first:
            return ""
        entries = "".join(
            f"<li>{link(place, self.title(place))}: {escape(place.says)} "
            f"{_('Newest source: {day}', day=day(place.newest)) if place.newest else ''}</li>"
            for place in first
        )
        return (
            f"<section class='law-lists law-here'><h3>{escape(_('Near you'))}</h3>"
            f"<ul>{entries}</ul></section>"
        )

    def card(self, place: LawPlace) -> str:
        """One place: answer, how fresh, what one may do, disputes, sources, what to check next."""
        return (
            f"<article class='law-card' id='{place.anchor}'><h3>{escape(self.title(place))}</h3>"
            f"<p class='law-says'>{unbroken(place.says)}</p>"
            f"{self.fresh(place)}{dispute(place)}{acts(place)}{self.details(place)}"
            f"{self.source_list(place)}{self.check_next(place)}</article>"
        )

    def title(self, place: LawPlace) -> str:
        """Heading of a place's card."""
        if place.table != "us_local":
            return place.name
        kind = KIND_OF_PLACE[place.get("kind_of_place")]
        name = place.get("place")
        around = self.states[place.state].name
        return f"{name}, {around}" if kind in name.lower() else f"{name}, {around} ({kind})"

    def sources_of(self, place: LawPlace) -> list[Any]:
        """Rows of the sources of a place."""
        return self.its_sources[place.table, place.row_id]

    def read(self, place: LawPlace) -> str:
        """Kind of the official source that was read, the closest to the law; empty for none."""
        kinds = {source.kind for source in self.sources_of(place) if source.official == "yes"}
        return next((kind for kind in READ if kind in kinds), "")

    def fresh(self, place: LawPlace) -> str:
        """What was read, the date of the newest source, and when we look again."""
        parts = []
        if kind := self.read(place):
            parts.append(f"<span class='law-read'>{escape(READ[kind])}</span>")
        else:
            words = _("The law itself not read") if place.newest else _("No source found")
            parts.append(f"<span class='law-late'>{escape(words)}</span>")
        if newest := place.newest:
            written = f"<time datetime='{newest}' data-age>{day(newest)}</time>"
            parts.append(f"<span>{_('Newest source: {day}', day=written)}</span>")
        if looked := place.get("looked_on"):
            words = _("We looked on {day}", day=day(looked))
            parts.append(f"<span>{words}</span>")
        if review := place.get("review_by"):
            due = review < dt.date.today().isoformat()
            words = (_("Due for review since {day}") if due else _("Next look by {day}")).format(
                day=day(review)
            )
            name = " class='law-late'" if due else f" data-review='{review}'"
            parts.append(f"<span{name}>{words}</span>")
        return f"<p class='law-fresh'>{' '.join(parts)}</p>"

    def details(self, place: LawPlace) -> str:
        """Details of leaf and of 7-OH, the law or rule, our note, and other layers of law."""
        lines = [
            (_("Leaf"), about(place, "leaf")),
            (_("7-OH"), about(place, "7oh")),
            (_("Law or rule"), escape(place.get("instrument"))),
            (_("Note"), self.linked(place.get("note"))),
            (_("Also here"), self.layers(place)),
        ]
        shown = "".join(
            f"<dt>{escape(name)}</dt><dd>{words}</dd>" for name, words in lines if words
        )
        return f"<dl class='law-about'>{shown}</dl>" if shown else ""

    def layers(self, place: LawPlace) -> str:
        """Other rules that reach a person here: state, cities and counties, federal law."""
        if not place.state:
            return ""
        words = []
        if place.table == "us_local":
            state = self.states[place.state]
            words.append(f"{link(state, state.name)}: {escape(state.says)}")
        elif local := self.local[place.state]:
            names = ", ".join(link(one, one.get("place")) for one in local)
            words.append(_("Cities and counties with rules that we found: {names}.", names=names))
        else:
            words.append(
                _("We have no city or county rule here, which doesn\u2019t mean there is none.")
            )
        words.append(
            f"<a href='#united-states'>{_('Federal law, local bans, and calling 911')}</a>."
        )
        return " ".join(words)

    def source_list(self, place: LawPlace) -> str:
        """Each source apart: its own date, what it is, what it supports and what it says."""
        items = "".join(self.source(source) for source in self.sources_of(place))
        if not items:
            return ""
        return f"<h4>{_('Where this comes from')}</h4><ol class='law-sources'>{items}</ol>"

    def source(self, source: Any) -> str:
        """HTML of one source with its kind and dates."""
        if source.source_key:
            name = self.sources(source.source_key)
        else:
            name = f"<a href='{escape(source.url)}'>{escape(source.url)}</a>"
        supports = ", ".join(SUPPORTS[word] for word in source.supports.split(";") if word)
        kind = KINDS[source.kind]
        mark = f"<b>{_('official')}</b>, " if source.official == "yes" else ""
        second = f", {_('second-hand')}" if source.verified == "secondary" else ""
        via = ""
        if source.via:
            via = " " + _("(read through {source})", source=self.sources(source.via))
        return (
            f"<li>{name}{via} <span class='fact-about'>{mark}{escape(kind)}{second}; "
            f"{escape(DATE_IS[source.date_is])} {day(source.date)}; "
            f"{_('supports: {what}', what=escape(supports))}</span> {escape(source.says)}</li>"
        )

    def check_next(self, place: LawPlace) -> str:
        """What someone who has to be sure looks up next; made from what the row lacks."""
        steps = []
        if place.get("disputed") != "no":
            steps.append(_("Find the text of the law itself: our sources contradict each other."))
        elif not self.read(place):
            steps.append(_("Find the text of the law: we know it only from others."))
        if place.get("temporary") not in ("", "no"):
            steps.append(_("Find out whether the temporary rule has ended, or been renewed."))
        unknown = [
            ACT_WORDS[act].lower()
            for act in ACTS
            if "not known" in (place.may(act, "leaf"), place.may(act, "7oh"))
        ]
        if unknown:
            words = _("Look for what no source of ours says: whether you may {acts}.")
            steps.append(words.format(acts=", ".join(unknown)))
        if place.get("review_by") < dt.date.today().isoformat():
            steps.append(_("Look for anything newer: our last look is too old."))
        if place.table == "us_states":
            steps.append(_("Ask the city and the county too, and read the rules of an employer."))
        how = _("How to look up the law, step by step")
        steps.append(f"<a href='#check-the-law-where-you-are'>{how}</a>")
        items = "".join(f"<li>{step}</li>" for step in steps)
        return f"<h4>{_('What to check next')}</h4><ul>{items}</ul>"

    def maps(self) -> str:
        """Two tile maps whose tiles lead to the cards, and one legend."""
        drawn = "".join(
            f"<section><h3>{escape(title)}</h3><ul class='tiles'>{tiles}</ul></section>"
            for title, tiles in (
                (_("All states: leaf"), self.tiles("leaf")),
                (_("All states: concentrated 7-OH"), self.tiles("seven_oh")),
            )
        )
        legend = "".join(
            f"<li><span class='tile tile-{name}' aria-hidden='true'></span> {escape(words)}</li>"
            for name, words in TILE_WORDS.items()
        )
        disputed = escape(_("sources disagree"))
        sign = "<span class='tile tile-disputed' aria-hidden='true'>?</span>"
        legend += f"<li>{sign} {disputed}</li>"
        return f"<div class='law-maps'>{drawn}<ul class='tile-key'>{legend}</ul></div>"

    def tiles(self, product: str) -> str:
        """HTML of the tile map of the states for leaf or 7-OH."""
        made = []
        by_row = sorted(self.states.items(), key=lambda item: tile_position(item[0])[::-1])
        for code, place in by_row:
            status = place.leaf if product == "leaf" else place.seven_oh
            name = TILE[status]
            about_it = {"leaf": ("leaf", "leaf and 7-OH"), "seven_oh": ("7-OH", "leaf and 7-OH")}
            disputed = place.get("disputed") in about_it[product]
            words = (LEAF_WORDS if product == "leaf" else SEVEN_OH_WORDS)[status]
            if disputed:
                words += f" ({_('sources disagree')})"
            column, row = tile_position(code)
            made.append(
                f"<li style='grid-column:{column};grid-row:{row}'><a class='tile tile-{name}"
                f"{' tile-disputed' if disputed else ''}' href='#{place.anchor}' "
                f"aria-label='{escape(f'{place.name}: {words}', quote=True)}'>{code}"
                f"{'<i>?</i>' if disputed else ''}</a></li>"
            )
        return "".join(made)

    def lists(self) -> str:
        """Links to countries by status, and to cities and counties by state."""
        by_status: dict[str, list[LawPlace]] = defaultdict(list)
        for place in self.places:
            if place.table == "countries":
                by_status[place.leaf].append(place)
        order = ("banned/controlled", "limited by food or medicine law", "regulated", "unknown")
        countries = [(LEAF_WORDS[status], by_status[status]) for status in order]
        cities = [(self.states[code].name, local) for code, local in sorted(self.local.items())]
        return (
            f"<section class='law-lists'><h3>{escape(_('Countries'))}</h3>{linked_lists(countries)}"
            f"<h3>{escape(_('Cities and counties with a rule of their own'))}</h3>"
            f"{linked_lists(cities)}</section>"
        )


def linked_lists(groups: Iterable[tuple[str, Sequence[LawPlace]]]) -> str:
    """HTML lists of places by group; empty groups are left out."""
    entries = "".join(
        f"<dt>{escape(name)} ({len(places)})</dt><dd>"
        + " ".join(link(place, place.get("place") or place.name) for place in places)
        + "</dd>"
        for name, places in groups
        if places
    )
    return f"<dl>{entries}</dl>"


def link(place: LawPlace, words: str) -> str:
    """HTML link to a place's card."""
    return f"<a href='#{place.anchor}'>{escape(words)}</a>"


def form(names: str) -> str:
    """The field; hidden until its script has run. `names` is the address of the names."""
    hint = _("A town, a state or a country. Nothing you type leaves this page.")
    return (
        f"<form class='law-form' role='search' data-names='{names}' hidden>"
        f"<label for='law-place'>{escape(_('Place'))}</label>"
        "<div><input id='law-place' type='text' autocomplete='off' autocapitalize='words' "
        "spellcheck='false' aria-describedby='law-hint'>"
        f"<button type='submit'>{escape(_('Look up'))}</button></div>"
        f"<p id='law-hint'>{escape(hint)}</p>"
        "<p class='law-status' role='status'></p><ul class='law-found' hidden></ul></form>"
    )


def dispute(place: LawPlace) -> str:
    """What the sources that contradict each other say; empty where none do."""
    if place.get("disputed") == "no":
        return ""
    title = _("Our sources disagree about {what}", what=DISPUTED[place.get("disputed")])
    return (
        f"<div class='law-dispute'><h4>{unbroken(title)}</h4>"
        f"<p>{unbroken(place.get('dispute'))}</p></div>"
    )


def acts(place: LawPlace) -> str:
    """What one may do, with leaf and with 7-OH, and the minimum age."""
    rows = [(ACT_WORDS[act], answer(place, act, "leaf"), answer(place, act, "7oh")) for act in ACTS]
    rows.append((_("Minimum age"), age(place), age_seven_oh(place)))
    body = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{leaf}</td><td>{seven_oh}</td></tr>"
        for name, leaf, seven_oh in rows
    )
    return (
        f"<table class='law-acts'><caption>{_('May I?')}</caption><thead><tr>"
        f"<td></td><th scope='col'>{_('Leaf')}</th><th scope='col'>{_('7-OH')}</th></tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def answer(place: LawPlace, act: str, product: str) -> str:
    """HTML answer to whether one may do something with a product in a place."""
    word = place.may(act, product)
    years = place.get("minimum_age")
    text = ANSWERS[word]
    if word == "adults only" and years:
        text = _("Adults only ({age} and over)", age=years)
    name = {"forbidden": "no", "forbidden above a limit": "no", "not known": "open"}.get(word)
    marked = f" class='law-{name}'" if name else ""
    return f"<span{marked}>{escape(text)}</span>"


def age(place: LawPlace) -> str:
    """HTML of the minimum age in a place."""
    if place.get("minimum_age"):
        return escape(place.get("minimum_age"))
    return escape(_("banned at every age") if place.leaf == "banned" else _("none found"))


def age_seven_oh(place: LawPlace) -> str:
    """The minimum age for 7-OH: that of leaf only where one rule covers both."""
    if place.seven_oh in ("covered by leaf ban", "limited"):
        return age(place)
    forbidden = place.may("possess", "7oh") == "forbidden"
    return escape(_("banned at every age") if forbidden else _("not known"))


def about(place: LawPlace, product: str) -> str:
    """Details of one product: limits, first day, whether the rule is temporary."""
    if product == "leaf":
        detail = place.get("detail_leaf") or place.get("detail")
        start = place.get("effective_date")
        temporary = {"leaf and 7-OH", "yes"}
    else:
        detail = place.get("limit_7oh")
        start = place.get("effective_7oh")
        temporary = {"leaf and 7-OH", "7-OH only", "yes"}
    words = [escape(detail)] if detail else []
    if start and not (product == "7oh" and start == place.get("effective_date")):
        words.append(_("in force since {day}", day=day(start)))
    if place.get("temporary") in temporary:
        until = place.get("expires")
        words.append(
            _("temporary, until {day}", day=escape(until))
            if until
            else _("temporary, end not found")
        )
    return "; ".join(words)


def strength(places: Sequence[LawPlace], official: int) -> str:
    """How many states rest on a text of the law's maker."""
    return ngettext(
        "For {official} of {count} state we read a text of the law or of the body that made it.",
        "For {official} of {count} states we read a text of the law or of the body that made it.",
        len(places),
        official=official,
    )


class LawStrength(CourseDirective):
    """{law-strength}: how strong the sources of the states are, counted from the rows."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        official = {
            source.place_id
            for source in load_rows("law_sources")
            if source.place_table == "us_states" and source.official == "yes"
        }
        states = [place for place in load_places() if place.table == "us_states"]
        return [raw(f"<p>{strength(states, len(official))}</p>")]


def add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """The scripts of the finder, only where it is."""
    if doctree is not None and any(
        "class='law-form'" in node.astext() for node in doctree.findall(nodes.raw)
    ):
        app.add_js_file("places.js", loading_method="defer")
        app.add_js_file("law-finder.js", loading_method="defer")


def write_names(app: Sphinx) -> None:
    """Write the names of places beside the scripts of the site."""
    if app.builder.format == "html" and (evidence_dir() / "place_names.csv").exists():
        write_atomic(Path(app.outdir) / NAMES_FILE, names_script(load_places()))


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_directive("law-finder", LawFinder)
    app.add_directive("law-strength", LawStrength)
    app.connect("builder-inited", write_names)
    app.connect("html-page-context", add_script)
