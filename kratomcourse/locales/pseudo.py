"""Pseudo-languages: accented and longer text, which shows what isn't translated or doesn't fit.

`en_XA` reads from left to right, `ar_XB` from right to left; the Unicode project's names for them.
"""

import re

ACCENTS = str.maketrans("aeioucnsyzAEIOUCNSYZ", "áéíóúçñšýžÁÉÍÓÚÇÑŠÝŽ")
LANGUAGES = {"en_XA": "Pseudo (accents)", "ar_XB": "Pseudo (right to left)"}
# Roles, code, formulas, addresses, values in braces and tags stay as they are.
KEPT = re.compile(
    r"(\{(?:fact|src|term|doc|ref|numref|math)\}`[^`]*`|`[^`]*`|\$[^$\n]+\$|\]\([^)\s]*\)"
    r"|<[^>\n]+>|https?://\S+|\{\{|\}\}|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|%\(\w+\)s|%s|&[a-z]+;)"
)


def pseudo(text: str) -> str:
    """Return a text with accents on its letters, longer by an eighth, in brackets."""
    if not re.search(r"[^\W\d_]", text):
        return text
    pieces = KEPT.split(text)
    accented = "".join(
        piece if index % 2 else piece.translate(ACCENTS) for index, piece in enumerate(pieces)
    )
    # In pieces of seven, so that lines can break as they do between words.
    more = " ".join(re.findall(".{1,7}", "~" * max(1, len(text) // 8)))
    return f"\u27e6{accented}{more}\u27e7"
