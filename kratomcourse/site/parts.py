"""On a small screen a long page is laid out part by part: what lies far below waits until it comes near.

Each innermost section of text, and each row of a long table, says how high it will about be (`part-7`: 70 lines' height
of the root), rather too much than too little, so that nothing lies on top of another while it waits. A section with a
form is left out, because browsers measure every form of a page at once, to fill it in for the reader.
"""

import re

TAG = re.compile(r"<section\b([^>]*)>|</section>|<form\b")
ROW = re.compile(r'<tr((?: id="[^"]*")? data-filter=[^>]*)>(.*?)</tr>', re.S)
# In rem, on a screen 320 px wide.
CHARACTER, FIGURE, LINE, BLOCK = 1.8 / 30, 27, 1.6, 1.8
# How the theme makes what scrolls a stop of the keyboard: measured and changed in turns, box by box, so that the
# whole page is laid out as often as it has boxes. An observer measures each once it is laid out.
IN_TURNS = "e.tabIndex=e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1"
OBSERVED = "(window.keyboardStops||=new ResizeObserver(x=>{for(const{target:e}of x)" + IN_TURNS + "})).observe(e)"


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
    return html, {f".part-{tall}{{contain-intrinsic-block-size:auto {tall * 10}rem}}" for tall in heights}


def forbid(sections):
    for section in sections:
        section[2] = False


def height(html):
    """About how high a piece of a page is on the smallest screen, in tens of rem, rounded up."""
    code = "".join(re.findall(r"<pre.*?</pre>", html, re.S))
    text = re.sub(r"<[^>]+>", "", re.sub(r"<pre.*?</pre>|<details.*?</details>|<svg.*?</svg>", "", html, flags=re.S))
    blocks = len(re.findall(r"</(?:p|li|h\d|td|th|summary|figcaption)>", html))
    rem = len(text) * CHARACTER + html.count("<figure") * FIGURE + code.count("\n") * LINE + blocks * BLOCK + 4
    return int(rem // 10) + 1


def measured_once(script):
    """The theme's script with its stops of the keyboard measured once each."""
    return script.replace(IN_TURNS, OBSERVED)
