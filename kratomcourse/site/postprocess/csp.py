"""A content-security policy in each page: nothing from another host, no script and no style that
the build did not write.

It stands in the page itself, so that it holds on any host and for a site opened from a folder.
Scripts in the page are allowed one by one, by their hash. Styles in the page become rules of the
style sheet."""

import base64
import hashlib

from lxml import etree

from ...errors import CourseError, Diagnostic
from .page import Page, classes, drop, element, parse, serialize, set_classes
from .script_bundle import replaced

MARK = 'http-equiv="Content-Security-Policy"'
# `file:` lets a site opened from a folder load its own files where 'self' means nothing; a served
# page cannot load such an address.
POLICY = (
    "default-src 'self' file:; script-src 'self' file:{hashes}; style-src 'self' file:; "
    "img-src 'self' file: data:; font-src 'self' file: data:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri "
    "'none'; form-action 'self' file:"
)
# What Sphinx's scripts do in a way that the policy forbids, and the same in a way that it allows: a
# link whose address is a script, and a function made from text (for plurals, which no script of the
# site asks for).
FORBIDDEN = {
    "sphinx_highlight.js": (
        (
            """'<a href="javascript:SphinxHighlight.hideSearchWords()">' +""",
            """'<button type="button">' +""",
        ),
        (
            """_("Hide Search Matches") +\n            "</a></p>"\n        )\n    );""",
            """_("Hide Search Matches") +\n            "</button></p>"\n        )\n    );\n"""
            """    searchBox.querySelector("button")"""
            """.addEventListener("click", SphinxHighlight.hideSearchWords);""",
        ),
    ),
    "doctools.js": (
        (
            """new Function(\n      "n",\n      `return (${catalog.plural_expr})`\n    )""",
            "(n) => (n === 1 ? 0 : 1)",
        ),
    ),
}


def allowed(script: str, name: str) -> str:
    """A script of the theme that does the same within the policy; CourseError where a text to
    replace is not there.
    """
    for before, after in FORBIDDEN.get(name, ()):
        script = replaced(name, script, before, after)
    return script


def styles_to_rules(page: Page) -> None:
    """A class for each style attribute, with a rule for the site's sheet; style elements become
    rules too.
    """
    for node in page.find("//style"):
        if "@import" not in (node.text or ""):
            page.rules.add((node.text or "").strip())
            drop(node)
    for node in page.find("//*[@style]"):
        style = node.attrib.pop("style").strip().rstrip(";")
        if not style:
            continue
        name = "s-" + hashlib.sha256(style.encode()).hexdigest()[:6]
        # Thrice the class, so that it wins over the rules that a style attribute would win over.
        page.rules.add(f".{name}.{name}.{name}{{{style}}}")
        set_classes(node, [*classes(node), name])


def set_policy(page: Page) -> None:
    """The page's policy, as the first thing in its head.

    raises : CourseError for what a strict policy can't allow: scripts in attributes
    """
    hashes, problems = set(), []
    for node in page.find("//script[not(@src)]"):
        if (node.get("type") or "module") in ("module", "text/javascript"):
            digest = hashlib.sha256((node.text or "").encode()).digest()
            hashes.add(base64.b64encode(digest).decode())
    for node in page.tree.iter(etree.Element):
        for name, value in node.attrib.items():
            is_address = name in ("href", "src", "action")
            if name.startswith("on") or (is_address and value.strip().startswith("javascript:")):
                problems.append(
                    Diagnostic(
                        page.name,
                        f"a script in an attribute: {name}={value[:50]}",
                        "listen for the event in a script file of the site",
                    )
                )
    if problems:
        raise CourseError(problems)
    policy = POLICY.format(hashes="".join(f" 'sha256-{digest}'" for digest in sorted(hashes)))
    [charset] = page.find("//meta[@charset]")[:1]
    for name, value in (
        ({"name": "referrer"}, "no-referrer"),
        ({"http-equiv": "Content-Security-Policy"}, policy),
    ):
        made = element("meta", name | {"content": value})
        made.tail = "\n"
        charset.addnext(made)


def add_policy(html: str, name: str) -> str:
    """A page that was written by hand, with its policy."""
    page = parse(html, name)
    set_policy(page)
    return serialize(page)
