"""The places of the law finder: three tables of law in one shape, and the names people look for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...charts.maps import PLACE
from ...evidence.tables import load_rows
from ...i18n import _

# Words of the subject that people type beside a place.
AROUND = "7 7oh oh kratom ketum leaf powder extract hydroxymitragynine mitragynine"
ACTS = ("possess", "carry", "buy", "sell")
# Words of the tables; the tables keep them in English, because cards and maps compare them.
ANSWERS = {
    "forbidden": _("No"),
    "adults only": _("Adults only"),
    "within a limit": _("Within a limit"),
    "forbidden above a limit": _("No, above a limit"),
    "not forbidden": _("Not forbidden"),
    "not addressed": _("Not addressed"),
    "no state rule found": _("No state rule found"),
    "licence needed across the border": _("Licence needed across the border"),
    "stopped at the border": _("Stopped at the border"),
    "disputed": _("Sources disagree"),
    "not known": _("Not known"),
}
LEAF_WORDS = {
    "banned": _("Leaf is banned"),
    "sale banned": _("Selling leaf is banned"),
    "banned/controlled": _("Leaf is banned or controlled"),
    "regulated": _("Leaf is regulated"),
    "age-restricted only": _("Leaf has an age limit"),
    "limited by food or medicine law": _("Leaf is limited by food or medicine law"),
    "no state law": _("No state law on leaf found"),
    "repealed": _("A ban on leaf was lifted"),
    "other": _("Leaf is a special case"),
    "unknown": _("Leaf: we don\u2019t know"),
}
SEVEN_OH_WORDS = {
    "banned": _("7-OH is banned"),
    "banned/controlled": _("7-OH is banned or controlled"),
    "covered by leaf ban": _("7-OH is covered by that ban"),
    "limited": _("7-OH is limited"),
    "no specific rule": _("no rule on 7-OH found"),
    "other": _("7-OH is a special case"),
    "unknown": _("7-OH: we don\u2019t know"),
}
# How far a tile is filled: one scale for leaf and for 7-OH.
TILE = {
    "banned": "banned",
    "covered by leaf ban": "banned",
    "regulated": "regulated",
    "limited": "regulated",
    "age-restricted only": "age",
    "no state law": "none",
    "no specific rule": "none",
    "other": "unclear",
    "unknown": "unclear",
}


@dataclass(frozen=True)
class LawPlace:
    """One row of law: a state, a city or county with a rule of its own, or a country."""

    table: str  # us_states, us_local or countries
    row_id: str
    name: str
    row: Any

    @property
    def anchor(self) -> str:
        """Id of its card, the same as in the lists of changes."""
        return f"law-{'us-' if self.table == 'us_states' else ''}{self.row_id.lower()}"

    @property
    def leaf(self) -> str:
        """Status of leaf, a word of the table."""
        return str(self.row.status if self.table == "countries" else self.row.status_leaf)

    @property
    def seven_oh(self) -> str:
        """Status of concentrated 7-OH, a word of the table."""
        return str(self.row.status_7oh)

    @property
    def state(self) -> str:
        """Postal code of the state that it is or lies in; empty for a country."""
        return {"us_states": self.row_id, "countries": ""}.get(self.table, self.get("state"))

    def get(self, column: str) -> str:
        """A cell as text; empty where the table has no such column."""
        return str(getattr(self.row, column, "") or "")

    def may(self, act: str, product: str) -> str:
        """What the sources say of an act with `leaf` or `7oh`, a word of the table."""
        return self.get(f"{act}_{product}")

    @property
    def newest(self) -> str:
        """Date of the newest source that names the status; empty where there is none."""
        return max(self.get("as_of"), self.get("confirm_as_of"))

    @property
    def says(self) -> str:
        """The answer in one line."""
        return f"{LEAF_WORDS[self.leaf]}; {SEVEN_OH_WORDS[self.seven_oh]}."


def load_places() -> list[LawPlace]:
    """All places: states, then cities and counties by state, then countries."""
    states = [LawPlace("us_states", row.code, row.name, row) for row in load_rows("us_states")]
    local = [
        LawPlace("us_local", row.id, f"{row.place}, {row.state}", row)
        for row in sorted(load_rows("us_local"), key=lambda row: (row.state, row.place))
    ]
    countries = [
        LawPlace("countries", row.iso3, row.country, row)
        for row in sorted(load_rows("countries"), key=lambda row: str(row.country))
    ]
    return [*states, *local, *countries]


def names_script(places: Sequence[LawPlace]) -> str:
    """A script with the names of places and the one-line answers, for the finder and the search.

    `rows`: [anchor without `law-`, name, state, answer, date of the newest source]; `towns`:
    `name,anchor` each, the largest first; `aliases` and `regions` likewise; `others`: names of
    countries without a row.
    """
    names = load_rows("place_names")
    kinds = {
        kind: [f"{row.name},{row.belongs_to}".rstrip(",") for row in names if row.kind == kind]
        for kind in ("town", "alias", "region", "country")
    }
    data = {
        "rows": [
            [place.anchor[4:], place.name, place.state, place.says, place.newest]
            for place in places
        ],
        "towns": ";".join(kinds["town"]),
        "aliases": ";".join(kinds["alias"]),
        "regions": ";".join(kinds["region"]),
        "others": ";".join(kinds["country"]),
        "around": AROUND,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"window.coursePlaces={text};\n"


def tile_position(code: str) -> tuple[int, int]:
    """Column and row of a state on the tile map, both from 1."""
    column, row = PLACE[code]
    return column + 1, 1 - row
