"""On a small screen a long page is laid out part by part: what lies far below waits until it comes near.

Each innermost section of text, and each row of a long table, says how high it will about be (`part-7`: 70 lines' height
of the root), rather too much than too little, so that nothing lies on top of another while it waits. A section with a
form is left out, because browsers measure every form of a page at once, to fill it in for the reader.
"""

import re

from .bundle import replaced

TAG = re.compile(r"<section\b([^>]*)>|</section>|<form\b")
FOLDED = re.compile(r"<details[^>]*>\s*(<summary.*?</summary>).*?</details>", re.S)
ROW = re.compile(r'<tr((?: id="[^"]*")? data-filter=[^>]*)>(.*?)</tr>', re.S)
# In rem, on a screen 320 px wide.
CHARACTER, FIGURE, LINE, BLOCK, FOLD = 1.8 / 30, 28, 1.7, 1.8, 2
# How the theme makes what scrolls a stop of the keyboard: measured and changed in turns, box by box, so that the
# whole page is laid out as often as it has boxes. An observer measures each once it is laid out.
IN_TURNS = "e.tabIndex=e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1"
OBSERVED = (
    "(window.keyboardStops||=new ResizeObserver(x=>{for(const{target:e}of x)"
    + IN_TURNS
    + "})).observe(e)"
)


def in_parts(html):
    """returns : the page whose parts are marked, and the rules for their heights"""
    open_sections, parts = [], {}
    for match in TAG.finditer(html):
        if match[0].startswith("<section"):
            open_sections.append([match.end() - 1, match[1], True])
        elif match[0] == "</section>" and open_sections:
            end, attributes, plain = open_sections.pop()
            if plain and open_sections and " id=" in attributes and " class=" not in attributes:
                parts[end] = height(html[end : match.start()])
                forbid(open_sections)
        else:
            forbid(open_sections)
    for end in sorted(parts, reverse=True):
        html = f'{html[:end]} class="part part-{parts[end]}"{html[end:]}'
    heights = set(parts.values())

    def mark(match):
        tall = height(match[2].replace("</td>", "\n\n"))
        heights.add(tall)
        return f'<tr class="part-{tall}"{match[1]}>{match[2]}</tr>'

    html = ROW.sub(mark, html)
    return html, {
        f".part-{tall}{{contain-intrinsic-block-size:auto {tall * 10}rem}}" for tall in heights
    }


def forbid(sections):
    for section in sections:
        section[2] = False


def height(html):
    """About how high a piece of a page is on the smallest screen, in tens of rem, rounded up."""
    html = FOLDED.sub(r"\1<details>", html)
    code = html_words("\n".join(re.findall(r"<pre.*?</pre>", html, re.S)))
    text = html_words(re.sub(r"<pre.*?</pre>|<svg.*?</svg>", "", html, flags=re.S))
    blocks = len(re.findall(r"</(?:p|li|h\d|td|th|summary|figcaption)>", html))
    lines = sum(1 + len(line) // 32 for line in code.splitlines())
    rem = (
        len(text) * CHARACTER
        + lines * LINE
        + blocks * BLOCK
        + html.count("<figure") * FIGURE
        + html.count("<details") * FOLD
        + 6
    )
    return int(rem // 10) + 1


def html_words(html):
    return re.sub(r"<[^>]+>", "", html)


def measured_once(name, script):
    """A script of the theme with its stops of the keyboard measured once each; CourseError where they are not found in it."""
    return (
        replaced(name, script, IN_TURNS, OBSERVED) if name == "pydata-sphinx-theme.js" else script
    )
