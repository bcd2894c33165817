"""The emergency number of the reader's country, for the red button at the top of every page.

The numbers come from the help lines. Which country a time zone belongs to comes from the time zone
database, so that the browser itself can propose one; nothing is asked of a host, and a reader may
choose another country on Help now.
"""

import json
from importlib.resources import files
from pathlib import Path

from sphinx.application import Sphinx

from ...evidence import has_table, load_course, load_table
from ..postprocess.pipeline import publish

# ISO codes of the countries that the rows of the help lines name.
CODES = {
    "United States": ("US",),
    "Canada": ("CA",),
    "United Kingdom": ("GB",),
    "Ireland": ("IE",),
    "Australia": ("AU",),
    "New Zealand": ("NZ",),
    "Thailand": ("TH",),
    "Malaysia": ("MY",),
    "Indonesia": ("ID",),
    "European Union": (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR"),
        *("HU", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    ),
}
FILE = "numbers.js"


def emergency_numbers() -> dict[str, str]:
    """Return {country: number to dial} in the order of the help lines."""
    if not has_table("help_lines"):
        return {}
    lines = load_table("help_lines")
    lines = lines[
        (lines["kind"] == "emergency")
        & (lines["tel"] != "")
        & ~lines["print_status"].str.startswith("do not print")
    ]
    return dict(zip(lines["country"], lines["tel"], strict=True))


def zones() -> dict[str, str]:
    """Return {time zone: country} for the countries that have a number."""
    countries = {code: country for country, codes in CODES.items() for code in codes}
    numbers = emergency_numbers()
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    found = {}
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        code, _coordinates, zone, *_comments = line.split("\t")
        if countries.get(code) in numbers:
            found[zone] = countries[code]
    return found


def write_numbers(app: Sphinx) -> None:
    """Write `_static/numbers.js`, a part of the shared script."""
    if app.builder.format != "html":
        return
    numbers = emergency_numbers()
    short = list(numbers)
    by_country: list[list[str]] = [[] for _country in short]
    for zone, country in zones().items():
        by_country[short.index(country)].append(zone)
    rows = [
        [country, number, " ".join(there)]
        for (country, number), there in zip(numbers.items(), by_country, strict=True)
    ]
    text = f"window.courseNumbers={json.dumps(rows, ensure_ascii=False, separators=(',', ':'))};\n"
    text += f"window.courseSlug={json.dumps(load_course().slug)};\n"
    publish(Path(app.outdir) / "_static" / FILE, text.encode())


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("builder-inited", write_numbers)
    app.connect("builder-inited", lambda app: app.add_js_file(FILE, loading_method="defer"))
