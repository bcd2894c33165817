"""The icon font cut to the glyphs that the pages use, as one data address in the style sheet.

The theme's fonts weigh 300 kB for a dozen signs. A data address also shows in a site opened from a
folder, where some browsers refuse a font file of another folder.
"""

import base64
import io
import re
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from ...errors import CourseError, Diagnostic

# How the theme's style sheet calls its three families, and the class that asks for each.
FAMILIES = {
    "fa-solid": ("Font Awesome 6 Free", 900, "fa-solid-900.ttf"),
    "fa-regular": ("Font Awesome 6 Free", 400, "fa-regular-400.ttf"),
    "fa-brands": ("Font Awesome 6 Brands", 400, "fa-brands-400.ttf"),
}
GLYPH = re.compile(r'((?:\.fa-[\w-]+:{1,2}before,?)+)\{content:"\\([0-9a-f]+)"\}')


def codepoints(css: str) -> dict[Any, Any]:
    """{icon class: code point} as the theme's style sheet gives them."""
    return {
        name: int(code, 16)
        for names, code in GLYPH.findall(css)
        for name in re.findall(r"\.(fa-[\w-]+)", names)
    }


def icons_of(html: str) -> Any:
    """[(family class, icon classes)] of each element of a page that is drawn by the icon font."""
    found = []
    for words in re.findall(r'class="([^"]*\bfa-[^"]*)"', html):
        classes = words.split()
        family = next((name for name in classes if name in FAMILIES), "fa-solid")
        found.append(
            (family, [name for name in classes if name.startswith("fa-") and name not in FAMILIES])
        )
    return found


def icon_css(pages: Any, css: str, folder: Path, drawn: str = "") -> str:
    """Font faces with the glyphs that the pages use.

    pages   : {name of page: HTML}
    css     : text of the theme's style sheet, which tells which class is which glyph
    drawn   : text of the site's own style sheet; it draws some glyphs (of boxes, of downloads)
              without a class
    folder  : folder of the theme's font files
    returns : @font-face rules
    raises  : CourseError for a class that is no icon of the font
    """
    known = codepoints(css)
    others = set(re.findall(r"\.(fa-[\w-]+)", css)) - set(known)  # sizes, turns and the like
    used: dict[str, dict[int, tuple[str, str]]] = {}
    problems: set[tuple[str, str]] = set()
    for page, html in pages.items():
        for family, names in icons_of(html):
            for name in names:
                if name in known:
                    used.setdefault(family, {}).setdefault(known[name], (name, page))
                elif name not in others:
                    problems.add((page, name))
    if problems:
        raise CourseError(
            [
                Diagnostic(
                    page,
                    f"the icon class '{name}' is not in the icon font",
                    "use a class of Font Awesome 6 Free, or an own SVG",
                )
                for page, name in sorted(problems)
            ]
        )
    for code in {int(code, 16) for code in re.findall(r"\\([ef][0-9a-f]{3})\b", drawn)} | {
        ord(sign) for sign in re.findall("[\ue000-\uf8ff]", drawn)
    }:
        used.setdefault("fa-solid", {}).setdefault(code, (f"\\{code:x}", "site.css"))
    return "".join(face(family, glyphs, folder) for family, glyphs in sorted(used.items()))


def face(family: str, glyphs: dict[int, tuple[str, str]], folder: Path) -> str:
    """One @font-face rule with the font inside it; glyphs: {code point: (class, page)}."""
    name, weight, file = FAMILIES[family]
    font = TTFont(folder / file)
    if missing := sorted(set(glyphs) - set(font.getBestCmap())):
        raise CourseError(
            [
                Diagnostic(
                    glyphs[code][1],
                    f"the icon '{glyphs[code][0]}' is not in {file}",
                    "use the family that has it, or an own SVG",
                )
                for code in missing
            ]
        )
    options = Options()
    options.layout_features, options.hinting, options.notdef_outline = [], False, True
    options.drop_tables += ["GSUB", "GPOS", "GDEF"]
    cut = Subsetter(options)
    cut.populate(unicodes=sorted(glyphs))
    cut.subset(font)
    font.flavor = "woff2"
    font["head"].modified = font["head"].created  # the same bytes at every build
    font.recalcTimestamp = False
    written = io.BytesIO()
    font.save(written)
    data = base64.b64encode(written.getvalue()).decode()
    return (
        f"@font-face{{font-family:{name!r};font-weight:{weight};font-style:normal;"
        f"font-display:block;src:url(data:font/woff2;base64,{data}) format('woff2')}}"
    )
