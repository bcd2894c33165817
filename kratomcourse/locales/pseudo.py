"""A language made by script: accented and longer, so that one sees what was not translated and what does not fit.

`en_XA` reads from left to right, `ar_XB` from right to left. Both keep the names of the Unicode project's pseudo-locales.
"""

import re

ACCENTS = str.maketrans("aeioucnsyzAEIOUCNSYZ", "áéíóúçñšýžÁÉÍÓÚÇÑŠÝŽ")
LANGUAGES = {"en_XA": "Pseudo (accents)", "ar_XB": "Pseudo (right to left)"}
# Roles, code, formulas, addresses, values in braces and tags stay as they are.
KEPT = re.compile(
    r"(\{(?:fact|src|term|doc|ref|numref|math)\}`[^`]*`|`[^`]*`|\$[^$\n]+\$|\]\([^)\s]*\)|<[^>\n]+>|https?://\S+|\{\{|\}\}|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|%\(\w+\)s|%s|&[a-z]+;)"
)


def pseudo(text):
    """`text` with accents on its letters, a third longer, in brackets."""
    if not re.search(r"[^\W\d_]", text):
        return text
    pieces = KEPT.split(text)
    told = "".join(
        piece if index % 2 else piece.translate(ACCENTS) for index, piece in enumerate(pieces)
    )
    # In pieces that a line can break between, as words of a language are.
    more = " ".join(re.findall(".{1,7}", "~" * max(1, len(text) // 8)))
    return f"\u27e6{told}{more}\u27e7"
