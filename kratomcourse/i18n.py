"""Interface messages in the language of the build: English in the code, replaced by a gettext
catalogue.

The environment variable COURSE_LANGUAGE selects the language, so that the chapters' kernels see it
too. Only messages of the package pass through here; pages, questions and data are translated
earlier (see `kratomcourse.locales`)."""

import gettext
import os
import re
from functools import cache
from pathlib import Path

SOURCE = "en"  # the language that the course is written in
LOCALE = Path(__file__).resolve().parents[1] / "locale"
# Positions at which an invisible left-to-right mark keeps names and negative numbers in order.
LEFT_TO_RIGHT = re.compile(r"(?<![\w\u200e])(?=[-\u2212]\d|\d+(?:,\d+)*-[A-Za-z\u00c0-\u024f])")
# ISO 639 codes of languages written from right to left.
RIGHT_TO_LEFT = ("ar", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi")


def language() -> str:
    """Return the code of the language being built, such as `en` or `pt_BR`."""
    return os.environ.get("COURSE_LANGUAGE", "") or SOURCE


def tag(code: str) -> str:
    """Return the code as HTML's `lang` attribute wants it: `pt-BR` for `pt_BR`."""
    return code.replace("_", "-")


def direction(code: str) -> str:
    """Return `rtl` or `ltr`, the writing direction of a language."""
    return "rtl" if code.split("_")[0] in RIGHT_TO_LEFT else "ltr"


def insert_ltr_marks(text: str, code: str | None = None) -> str:
    """Keep names that begin with a digit (7-OH) and negative numbers in order in right-to-left
    text.

    text    : any text; returned unchanged for a left-to-right language
    code    : language code; the language of the build by default
    returns : the text with invisible left-to-right marks inserted; applying it twice changes
              nothing
    """
    if direction(code or language()) != "rtl":
        return text
    return LEFT_TO_RIGHT.sub("\u200e", text)


@cache
def catalogue(code: str) -> gettext.NullTranslations:
    """Return the interface catalogue of a language, or an empty one if there is none."""
    return gettext.translation("interface", LOCALE, [code], fallback=True)


def _(text: str, /, **values: object) -> str:
    """Translate `text` into the language of the build and fill in its {names}."""
    translated = catalogue(language()).gettext(text) if text else ""
    return translated.format(**values) if values else translated


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Translate the form of a message that fits a count; the texts may use {count}."""
    form = catalogue(language()).ngettext(one, many, count)
    return form.format(count=count, **values)
