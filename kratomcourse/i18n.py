"""Interface messages in the language of the build: English in the code, replaced by a gettext
catalogue.

The environment variable COURSE_LANGUAGE selects the language, so that the chapters' kernels see it
too. Only messages of the package pass through here; pages, questions and data are translated
earlier (see `kratomcourse.locales`)."""

import gettext
import json
import os
import re
from functools import cache
from pathlib import Path
from textwrap import fill

SOURCE = "en"  # the language that the course is written in
LOCALE = Path(__file__).resolve().parents[1] / "locale"
# Positions at which an invisible left-to-right mark keeps names and negative numbers in order.
LEFT_TO_RIGHT = re.compile(r"(?<![\w\u200e])(?=[-\u2212]\d|\d+(?:,\d+)*-[A-Za-z\u00c0-\u024f])")
DRAWN = "drawn.json"  # {label in a drawing: its translation}, below the folder of a language
VALUE = re.compile(r"\{[^{}]*\}")  # in a label that depends on a value
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


class DrawnLabels:
    """The words that drawings write into themselves, by their text in the course's language.

    A label whose words depend on a value is a pattern: `team {number}`. White space doesn't count,
    because a drawing folds its labels as it needs.

    labels : {label: its translation}
    """

    def __init__(self, labels: dict[str, str]) -> None:
        self.whole = {" ".join(label.split()): words for label, words in labels.items()}
        self.patterns = [
            (
                re.compile("(.+?)".join(map(re.escape, VALUE.split(label)))),
                VALUE.findall(label),
                words,
            )
            for label, words in self.whole.items()
            if VALUE.search(label)
        ]

    def translate(self, text: str) -> str:
        """Return a drawn text in the language, in as many lines as it had at most, or as it is."""
        key = " ".join(text.split())
        words = self.whole.get(key) or self.from_pattern(key) or self.from_parts(key)
        if not words:
            return text
        if "\n" not in text:
            return " ".join(words.split())
        widest = max(len(line) for line in text.split("\n"))
        return words if "\n" in words else fill(words, max(widest, 12))

    def from_pattern(self, key: str) -> str:
        """Return the translation of a label with values, with the values of this text; or ''."""
        for pattern, names, words in self.patterns:
            if found := pattern.fullmatch(key):
                for name, value in zip(names, found.groups(), strict=True):
                    words = words.replace(name, value, 1)
                return words
        return ""

    def from_parts(self, key: str) -> str:
        """Return two labels that a colon or a comma joins, one of them a label; or ''."""
        for mark in re.finditer("[:,] ", key):
            halves = key[: mark.start()], key[mark.end() :]
            told = [self.whole.get(half) or self.from_pattern(half) for half in halves]
            if any(told):
                return mark[0].join(
                    " ".join((one or half).split()) for one, half in zip(told, halves, strict=True)
                )
        return ""


@cache
def drawn_labels(code: str) -> DrawnLabels:
    """Return the labels of drawings in a language; none for the language of the course."""
    path = LOCALE / code / DRAWN
    return DrawnLabels(json.loads(path.read_text(encoding="utf-8")) if path.exists() else {})


def drawn(text: str) -> str:
    """Return a text that a drawing writes into itself in the language of the build."""
    return text if language() == SOURCE else drawn_labels(language()).translate(text)
