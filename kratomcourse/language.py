"""The words of the interface in the language of the build. English stands in the code; a catalogue may replace it.

Which language it is, the environment says, so that the kernels of the chapters know it too. Only texts of the
package come here: pages, questions and data are translated before they are read (see `kratomcourse.locales`).
"""

import gettext
import os
import re
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "locale"
# Where a mark that shows nothing keeps what follows from left to right.
LEFT_TO_RIGHT = re.compile(r"(?<![\w\u200e])(?=[-\u2212]\d|\d+(?:,\d+)*-[A-Za-z\u00c0-\u024f])")
# Written from right to left, by ISO 639 code.
RIGHT_TO_LEFT = ("ar", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi")


def language():
    """Code of the language that is being built, such as `en` or `pt_BR`."""
    return os.environ.get("COURSE_LANGUAGE", "") or "en"


def tag(code):
    """The code as HTML wants it: `pt-BR` for `pt_BR`."""
    return code.replace("_", "-")


def direction(code):
    return "rtl" if code.split("_")[0] in RIGHT_TO_LEFT else "ltr"


def in_order(text, code=None):
    """`text` whose names that begin with a digit (7-OH) and whose numbers below zero keep their order in a line from right to left. Idempotent."""
    return LEFT_TO_RIGHT.sub("\u200e", text) if direction(code or language()) == "rtl" else text


@cache
def catalogue(code):
    return gettext.translation("interface", LOCALE, [code], fallback=True)


def _(text, /, **values):
    """`text` in the language of the build, with {names} filled in; English where nobody has translated it."""
    told = catalogue(language()).gettext(text) if text else ""
    return told.format(**values) if values else told


def plural(one, many, count, /, **values):
    """As `_`, with the form that goes with a count; the texts may use {count}."""
    return catalogue(language()).ngettext(one, many, count).format(count=count, **values)
