"""What a reader can do with a page: cite it, report a mistake, take it along, print it.

Every action is a plain link that also works without a script; `static/actions.js` answers it on the
page. The same goes for the actions below each figure and question. `footer.py` adds the files that
are made after the pages.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection
from pathlib import Path

from ...evidence import load_course
from ...i18n import _
from .page import Element, Page, element, has

MENU = "more-list"
DATA = "downloads/data"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same data give the same file


def offer(page: Page, out: Path, there: Collection[str]) -> None:
    """Add the actions of a page, its figures and its questions.

    out   : folder of the built pages
    there : names of the pages in `book/`; without `cite` and `report` nothing is added
    """
    if not {"cite", "report"} <= set(there):
        return
    for kind in ("cite", "report"):
        for link in page.find(f"//a[{has(f'{kind}-link')}]"):
            link.set("data-act", kind)
    for figure in page.find(f"//figure[{has('course-figure')}]"):
        offer_for_figure(page, figure)
    for form in page.find(f"//form[{has('quiz-item')}]"):
        form.append(row_of(link_to(page, "report", _("Report a mistake"))))
    for head in page.find(f"//section[{has('part-head')}]")[:1]:
        head.addnext(menu_of(page, part_data(page, out)))


def link_to(page: Page, kind: str, words: str, href: str = "") -> Element:
    """Return a link that a script answers on the page, and that leads to a page without one."""
    address = href or f"{page.root}book/{kind}.html"
    return element("a", {"class": "act", "data-act": kind, "href": address}, words)


def row_of(*links: Element) -> Element:
    row = element("p", {"class": "acts"})
    for link in links:
        link.tail = " "
        row.append(link)
    return row


def offer_for_figure(page: Page, figure: Element) -> None:
    """Below a figure: cite it, save it as a picture, report a mistake."""
    links = [link_to(page, "cite", _("Cite"))]
    pictures = figure.xpath(f".//p[{has('figure-data')}]//a[contains(@href, '.svg')]/@href")
    if pictures or figure.xpath(".//svg"):
        save = link_to(page, "share", _("Save as a picture"), pictures[0] if pictures else "#")
        if pictures:
            save.set("download", "")
        else:
            save.set("class", "act pst-js-only")
            save.set("href", f"#{figure.get('id')}")
        links.append(save)
    links.append(link_to(page, "report", _("Report a mistake")))
    figure.append(row_of(*links))


def menu_of(page: Page, data: str) -> Element:
    """Return the actions at the top of a part; what is used less is in a menu."""
    part = "cite-" + page.name.removesuffix(".html").partition("/")[2].replace("/", "-")
    box = element("div", {"class": "page-acts"})
    cite = link_to(page, "cite", _("Cite"), f"{page.root}book/cite.html#{part}")
    box.append(cite)
    box.append(link_to(page, "report", _("Report a mistake")))
    more = element("details", {"class": "more"})
    more.append(element("summary", text=_("More")))
    entries = element("ul", {"class": MENU})
    if data:
        file = {"class": "act", "href": data, "download": ""}
        entries.append(entry(element("a", file, _("Data of its figures (CSV)"))))
    printing = element(
        "button",
        {"type": "button", "class": "act pst-js-only", "data-act": "print"},
        _("Print this part"),
    )
    entries.append(entry(printing))
    sources = element("a", {"class": "act", "href": "#sources"}, _("Sources of this part"))
    if page.find("//*[@id='sources']"):
        entries.append(entry(sources))
    more.append(entries)
    box.append(more)
    return box


def entry(link: Element) -> Element:
    item = element("li")
    item.append(link)
    return item


def part_data(page: Page, out: Path) -> str:
    """Write the numbers of a part's figures as one archive; returns its address from the page, or
    nothing where no figure has any.
    """
    links = page.find(f"//p[{has('figure-data')}]//a[@download][contains(@href, '.csv')]/@href")
    if not links:
        return ""
    buffer = io.BytesIO()
    course = load_course()
    title = " ".join(page.find("//h1")[0].text_content().removesuffix("#").split())
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        about = f"{title}\n{course.title}\n\n" + _(
            "The numbers behind the figures of this part, one file each. CC BY 4.0. The sources "
            "are listed at the end of the part."
        )
        archive.writestr(zipfile.ZipInfo("README.txt", EPOCH), about + "\n")
        for address in dict.fromkeys(links):
            path = (out / page.name).parent / address
            archive.writestr(zipfile.ZipInfo(path.name, EPOCH), path.read_bytes())
    _notebooks, chapter, name = page.name.removesuffix(".html").split("/")
    file = f"{DATA}/{chapter[:2]}-{name}.zip"
    target = out / file
    if not target.exists() or target.read_bytes() != buffer.getvalue():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(buffer.getvalue())
    return page.root + file
