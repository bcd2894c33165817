"""What the theme and the notebooks leave unsaid to those who can't see a page: names, headings of
tables, what scrolls.

Works on finished pages, because theme, pandas and myst-nb write theirs at different times.
"""

from __future__ import annotations

from ...i18n import _
from .page import Element, Page, classes, drop, element, has

HEADINGS = "self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6"
BOXES = ("pst-scrollable-table-container", "table-scroll")


def name_controls(page: Page) -> None:
    """Buttons, folds and landmarks of the theme get the names and roles that they lack."""
    for node in page.find("//summary[@aria-label='Toggle hidden content']"):
        del node.attrib["aria-label"]
    # A summary may hold words, not paragraphs.
    for node in page.find(
        f"//p[{has('admonition-title')}][{has('collapsed')} or {has('expanded')}]"
    ):
        node.tag = "span"
    # The theme's folding arrows in the sidebar have no name of their own.
    for node in page.find(f"//summary[span[{has('toctree-toggle')}]]"):
        node.set("aria-label", "Sections of this chapter")
    # The loupe in the bar has no visible words.
    for node in page.find(f"//button[{has('pst-navbar-icon', 'search-button')}]"):
        node.set("aria-label", node.get("aria-label") or "Search")
    for node in page.find(f"//button[{has('theme-switch-button')}]"):
        node.set("aria-label", "Colour mode")
    for kind, words in (("primary", "Chapters"), ("secondary", "On this page")):
        for node in page.find(f"//button[{has('sidebar-toggle', f'{kind}-toggle')}]"):
            node.set("title", words)
            node.set("aria-label", words)
    # A button whose kind is not said would send a form.
    for node in page.find("//button[not(@type)]"):
        node.set("type", "button")
    for node in page.patch("main", "//main[@id='main-content']"):
        node.attrib.pop("role", None)
        node.set("tabindex", "-1")
    for node in page.find("//div[@id='pst-primary-sidebar']"):
        node.set("role", "complementary")
        node.set("aria-label", "Course")
    # Captions of the sidebar stand before the page's first heading, and its outline begins there.
    for node in page.find(f"//p[@role='heading'][{has('caption')}]"):
        del node.attrib["role"]
        node.attrib.pop("aria-level", None)


def number_help_boxes(page: Page) -> None:
    """No two landmarks of a kind have the same name."""
    for count, node in enumerate(page.find(f"//aside[{has('help-now')}]"), 1):
        node.set(
            "aria-label", _("Help now") if count == 1 else _("Help now, place {count}", count=count)
        )


def name_tables(page: Page) -> None:
    """Tables say which cells are headings; a wide one scrolls in a box that the keyboard reaches
    and that has a name.
    """
    heading, number = "this page", 0
    for node in page.find("//style[@scoped]"):
        drop(node)
    for node in page.find(f"//*[{HEADINGS} or self::table]"):
        if node.tag != "table":
            heading = heading_text(node)
            continue
        head_cells(node)
        number += 1
        parent = node.getparent()
        boxed = parent.tag in ("div", "section") and bool(set(BOXES) & set(classes(parent)))
        wide = {"dataframe", "counts"} & set(classes(node)[:1])
        form = next(node.iterancestors("form"), None)
        if not boxed and not wide and form is None:
            continue
        about = heading if form is None else question_number(form) or heading
        name = {
            "class": "table-scroll",
            "tabindex": "0",
            "aria-label": f"Table {number}: {about}",
        }
        if boxed:
            parent.tag = "section"
            parent.attrib.clear()
            parent.attrib.update(name)
        else:
            box = element("section", name)
            box.tail, node.tail = node.tail, None
            parent.replace(node, box)
            box.append(node)


def heading_text(node: Element) -> str:
    """Words of a heading, without the sign that links to it."""
    return "".join(node.xpath(f".//text()[not(ancestor::a[{has('headerlink')}])]")).strip()


def question_number(form: Element) -> str:
    """What a question is called on its page ("Question 3"), empty where it has no number."""
    words = form.xpath(f"string(.//*[{has('quiz-number')}]/text()[1])")
    return " ".join(words.split())


def head_cells(table: Element) -> None:
    """Say of each heading cell what it heads."""
    if "dataframe" in classes(table):
        table.attrib.pop("border", None)
    for cell in table.iter("th", "td"):
        cell.attrib.pop("valign", None)
        # An empty heading names nothing: it is a cell.
        if cell.tag == "th" and not len(cell) and not cell.text:
            cell.tag = "td"
    for row in table.iter("tr"):
        row.attrib.pop("valign", None)
    if table.find("thead") is None:
        return
    for cell in table.iter("th"):
        if cell.get("scope"):
            continue
        in_head = next(cell.iterancestors("thead"), None) is not None
        kind = "col" if in_head else "row"
        group = cell.get("colspan") if in_head else cell.get("rowspan")
        cell.set("scope", f"{kind}group" if group else kind)
