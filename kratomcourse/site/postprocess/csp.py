"""A content-security policy in each page: nothing from another host, no script and no style that the build did not write.

It stands in the page itself, so that it holds on any host and for a site opened from a folder. Scripts in the
page are allowed one by one, by their hash. Styles in the page become rules of the style sheet.
"""

import base64
import hashlib
import re

from ...errors import CourseError, Diagnostic
from .script_bundle import replaced

MARK = 'http-equiv="Content-Security-Policy"'
TAG = re.compile(r"""<[a-zA-Z](?:[^<>"']|"[^"]*"|'[^']*')*>""")
ATTRIBUTE = re.compile(r"""\s([\w:.-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.S)
STYLE = re.compile(r"\s*<style\b[^>]*>(.*?)</style>", re.S)
# `file:` lets a site opened from a folder load its own files where 'self' means nothing; a served page can not load such an address.
POLICY = (
    "default-src 'self' file:; script-src 'self' file:{hashes}; style-src 'self' file:; img-src 'self' file: data:; font-src 'self' file: data:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self' file:"
)
# What Sphinx's scripts do in a way that the policy forbids, and the same in a way that it allows: a link whose address is a script,
# and a function made from text (for plurals, which no script of the site asks for).
FORBIDDEN = {
    "sphinx_highlight.js": (
        (
            """'<a href="javascript:SphinxHighlight.hideSearchWords()">' +""",
            """'<button type="button">' +""",
        ),
        (
            """_("Hide Search Matches") +\n            "</a></p>"\n        )\n    );""",
            """_("Hide Search Matches") +\n            "</button></p>"\n        )\n    );\n    searchBox.querySelector("button").addEventListener("click", SphinxHighlight.hideSearchWords);""",
        ),
    ),
    "doctools.js": (
        (
            """new Function(\n      "n",\n      `return (${catalog.plural_expr})`\n    )""",
            "(n) => (n === 1 ? 0 : 1)",
        ),
    ),
}


def allowed(script, name):
    """A script of the theme that does the same within the policy; CourseError where a text to replace is not there."""
    for before, after in FORBIDDEN.get(name, ()):
        script = replaced(name, script, before, after)
    return script


def outside_scripts(html, change):
    """`change` applied to what stands between the scripts of a page."""
    parts = re.split(r"(<script\b[^>]*>.*?</script>)", html, flags=re.S)
    return "".join(part if part.startswith("<script") else change(part) for part in parts)


def styles_to_rules(html):
    """The page with a class for each style attribute, and without style elements.

    returns : (HTML, set of rules for the style sheet)
    """
    rules = set()

    def take_element(match):
        if "@import" in match[1]:
            return match[0]
        rules.add(match[1].strip())
        return ""

    def take_attribute(match):
        tag = match[0]
        if "style" not in tag:
            return tag
        # Attributes one after another, so that no quoted word is taken for one.
        found = next((one for one in ATTRIBUTE.finditer(tag) if one[1] == "style" and one[2]), None)
        if not found:
            return tag
        style = found[2].strip("\"'").strip().rstrip(";")
        tag = tag[: found.start()] + tag[found.end() :]
        if not style:
            return tag
        name = "s-" + hashlib.sha256(style.encode()).hexdigest()[:6]
        # Thrice the class, so that it wins over the rules that a style attribute would win over.
        rules.add(f".{name}.{name}.{name}{{{style}}}")
        if re.search(r"\sclass\s*=", tag):
            return re.sub(
                r"""(\sclass\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""",
                lambda old: f'{old[1]}"{old[2] or old[3] or old[4] or ""} {name}"',
                tag,
                count=1,
            )
        return re.sub(r"\s*(/?>)$", rf' class="{name}"\1', tag)

    html = outside_scripts(
        html, lambda part: TAG.sub(take_attribute, STYLE.sub(take_element, part))
    )
    return html, rules


def add_policy(html, name):
    """The page with its policy as the first thing in its head.

    name   : of the page, for messages
    raises : CourseError for what a strict policy can not allow: scripts in attributes
    """
    hashes = set()
    for attributes, script in SCRIPT.findall(html):
        if "src=" not in attributes and re.search(
            r"""type=["']?(?:module|text/javascript)|^(?!.*type=)""", attributes
        ):
            hashes.add(base64.b64encode(hashlib.sha256(script.encode()).digest()).decode())
    problems = []

    def look(part):
        if not re.search(r"\son[a-z]+\s*=|javascript:", part):
            return part
        for tag in TAG.findall(part):
            for name_of, value in ATTRIBUTE.findall(tag):
                if name_of.startswith("on") or (
                    name_of in ("href", "src", "action")
                    and value.strip("\"' ").startswith("javascript:")
                ):
                    problems.append(
                        Diagnostic(
                            name,
                            f"a script in an attribute: {name_of}={value[:50]}",
                            "listen for the event in a script file of the site",
                        )
                    )
        return part

    outside_scripts(html, look)
    if problems:
        raise CourseError(problems)
    policy = POLICY.format(hashes="".join(f" 'sha256-{digest}'" for digest in sorted(hashes)))
    lines = f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n    <meta name="referrer" content="no-referrer">'
    return re.sub(
        r"(<meta charset=[^>]*>)", lambda match: f"{match[0]}\n    {lines}", html, count=1
    )
