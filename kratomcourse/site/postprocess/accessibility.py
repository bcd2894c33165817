"""What the theme and the notebooks leave unsaid to those who can not see a page: names, headings of tables, what scrolls.

Works on finished HTML, because theme, pandas and myst-nb write theirs at different times. Everything here is
idempotent: a second build meets pages of the first one.
"""

import re
from html import escape, unescape

from ...i18n import _

HEADING = r"<h[1-6]\b[^>]*>.*?</h[1-6]>"
TABLE = r"<table\b[^>]*>.*?</table>"
# Markdown's tables stand in a box of the theme; those of pandas and the course's own get one here.
PIECE = re.compile(
    rf"(?P<heading>{HEADING})|<(?P<box>div|section) class=\"(?:pst-scrollable-table-container|table-scroll)\"[^>]*>\s*(?P<boxed>{TABLE})\s*</(?P=box)>|(?P<bare>{TABLE})",
    re.S,
)


def accessible(html):
    """One page's HTML with names, scopes and landmarks where they were missing."""
    html = foldable_code(html)
    html = tables(html)
    html = landmarks(html)
    # The loupe in the bar has a tooltip alone; the search field in the sidebar has its word.
    html = re.sub(
        r"<button (?![^>]*aria-label)(?=[^>]*pst-navbar-icon search-button)",
        '<button aria-label="Search" ',
        html,
    )
    # A button whose kind is not said would send a form.
    html = re.sub(r"<button (?![^>]*\btype=)", '<button type="button" ', html)
    html = html.replace(
        '<main id="main-content" class="bd-main" role="main">',
        '<main id="main-content" class="bd-main" tabindex="-1">',
    )
    html = re.sub(
        r'(<button[^>]*class="sidebar-toggle primary-toggle[^>]*?) title="Toggle primary sidebar"',
        r'\1 title="Chapters" aria-label="Chapters"',
        html,
    )
    return re.sub(
        r'(<button[^>]*class="sidebar-toggle secondary-toggle[^>]*?) title="Toggle secondary sidebar"',
        r'\1 title="On this page" aria-label="On this page"',
        html,
    )


def foldable_code(html):
    """A summary may hold words, not paragraphs; and its words are its name."""
    html = html.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    return re.sub(
        r'<p class="(collapsed|expanded) admonition-title">(.*?)</p>',
        r'<span class="\1 admonition-title">\2</span>',
        html,
        flags=re.S,
    )


def tables(html):
    """Tables say which cells are headings; a wide one scrolls in a box that the keyboard reaches and that has a name."""
    heading, number = "this page", 0

    def mend(match):
        nonlocal heading, number
        if match["heading"]:
            heading = unescape(
                re.sub(r"<a class=\"headerlink\".*?</a>|<[^>]+>", "", match[0], flags=re.S)
            ).strip()
            return match[0]
        text = headings_of_table(match["boxed"] or match["bare"])
        number += 1
        if not match["boxed"] and not re.match(r"<table class=[\"'](?:dataframe|counts)", text):
            return text
        return f'<section class="table-scroll" tabindex="0" aria-label="{escape(f"Table {number}: {heading}")}">{text}</section>'

    html = re.sub(r"<style scoped>.*?</style>\s*", "", html, flags=re.S)
    return PIECE.sub(mend, html)


def headings_of_table(text):
    text = text.replace('<table border="1" class="dataframe', '<table class="dataframe')
    text = re.sub(r' valign="\w+"', "", text)
    # An empty heading names nothing: it is a cell.
    text = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", text)
    head, end, body = text.partition("</thead>")
    if not end:
        return text
    head = re.sub(r"<th(?![^>]*\bscope=)(?=[\s>])(?=[^>]*\bcolspan=)", '<th scope="colgroup"', head)
    head = re.sub(r"<th(?![^>]*\bscope=)(?=[\s>])", '<th scope="col"', head)
    body = re.sub(r"<th(?![^>]*\bscope=)(?=[\s>])(?=[^>]*\browspan=)", '<th scope="rowgroup"', body)
    return head + end + re.sub(r"<th(?![^>]*\bscope=)(?=[\s>])", '<th scope="row"', body)


def landmarks(html):
    """Everything lies in a landmark, and no two of a kind have the same name."""
    html = html.replace(
        '<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar">',
        '<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar" role="complementary" aria-label="Course">',
    )
    # What every page of the theme holds for print and for advertisements, and this course does not use.
    html = re.sub(
        r'\s*<div class="sidebar-primary-item">\s*<div id="ethical-ad-placement".*?</div>\s*</div>',
        "",
        html,
        flags=re.S,
    )
    # Captions of the sidebar stand before the page's first heading, and its outline begins there.
    html = html.replace('<p aria-level="2" class="caption" role="heading">', '<p class="caption">')
    count = 0

    def number(match):
        nonlocal count
        count += 1
        return f'<aside class="help-now" aria-label="{escape(_("Help now") if count == 1 else _("Help now, place {count}", count=count))}">'

    return re.sub(r'<aside class="help-now" aria-label="[^"]*">', number, html)
