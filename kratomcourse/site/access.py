"""What the theme and the notebooks leave unsaid to those who can not see a page: names, headings of tables, what scrolls.

Works on finished HTML, because theme, pandas and myst-nb write theirs at different times. Everything here is
idempotent: a second build meets pages of the first one.
"""

import re
from html import escape, unescape

from ..language import _

TABLE = re.compile(r"<h[1-6]\b[^>]*>.*?</h[1-6]>|<div class=\"pst-scrollable-table-container\"[^>]*>|(?:<div class=\"table-scroll\"[^>]*>\s*)?<table\b[^>]*>.*?</table>(?:</div><!-- table -->)?", re.S)
SCROLLS = 'role="region" tabindex="0"'


def accessible(html):
    """One page's HTML with names, scopes and landmarks where they were missing."""
    html = foldable_code(html)
    html = tables(html)
    html = landmarks(html)
    # A list of options in a browser's own box stays in the page; a control needs its kind said.
    html = re.sub(r"<button (?![^>]*\btype=)", '<button type="button" ', html)
    html = html.replace('<main id="main-content" class="bd-main" role="main">', '<main id="main-content" class="bd-main" tabindex="-1">')
    html = re.sub(r'(<button[^>]*class="sidebar-toggle primary-toggle[^>]*?) title="Toggle primary sidebar"', r'\1 title="Chapters" aria-label="Chapters"', html)
    return re.sub(r'(<button[^>]*class="sidebar-toggle secondary-toggle[^>]*?) title="Toggle secondary sidebar"', r'\1 title="On this page" aria-label="On this page"', html)


def foldable_code(html):
    """A summary may hold words, not paragraphs; and its words are its name."""
    html = html.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    return re.sub(r'<p class="(collapsed|expanded) admonition-title">(.*?)</p>', r'<span class="\1 admonition-title">\2</span>', html, flags=re.S)


def tables(html):
    """Tables say which cells are headings; a wide one scrolls in a box that the keyboard reaches and that has a name."""
    heading, number = "this page", 0

    def mend(match):
        nonlocal heading, number
        text = match[0]
        if text.startswith("<h"):
            heading, number = unescape(re.sub(r"<a class=\"headerlink\".*?</a>|<[^>]+>", "", text, flags=re.S)).strip(), 0
            return text
        name = f'aria-label="{escape(f"Table {number + 1}: {heading}")}"'
        if text.startswith('<div class="pst'):
            return f'<div class="pst-scrollable-table-container" {SCROLLS} {name}>'
        number += 1
        text = headings_of_table(text)
        if re.match(r"<table class=[\"'](?:dataframe|counts)", text):
            return f'<div class="table-scroll" {SCROLLS} {name}>{text}</div><!-- table -->'
        return text

    html = re.sub(r"<style scoped>.*?</style>\s*", "", html, flags=re.S)
    return TABLE.sub(mend, html)


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
    html = html.replace('<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar">', '<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar" role="complementary" aria-label="Course">')
    # What every page of the theme holds for print and for advertisements, and this course does not use.
    html = re.sub(r'\s*<div class="sidebar-primary-item">\s*<div id="ethical-ad-placement".*?</div>\s*</div>', "", html, flags=re.S)
    count = 0

    def number(match):
        nonlocal count
        count += 1
        return f'<aside class="help-now" aria-label="{escape(_("Help now") if count == 1 else _("Help now, place {count}", count=count))}">'

    return re.sub(r'<aside class="help-now" aria-label="[^"]*">', number, html)
