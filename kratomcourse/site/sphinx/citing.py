"""The pages on citing the course and on reporting a mistake, which also serve without a script."""

import json
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx

from ...chapters import load_chapters
from ...chapters.chapter import NOTEBOOKS
from ...errors import CourseError
from ...evidence import load_course
from ...evidence.citations import FILE, FORMS, Work, as_text, course_work, load_works, part_work
from ...i18n import SOURCE, _
from ..postprocess.pipeline import publish
from ..publish.page_metadata import base_url
from .directives import CourseDirective, address, raw

FOLDER = "_static/cite"
NAMES = {"bib": "BibTeX", "ris": "RIS", "json": "CSL-JSON"}
# A citation names the course as it was published, on a translated page too.
AS_PUBLISHED = f'class="citation notranslate" lang="{SOURCE}" dir="ltr"'


def course_with_address(root: Path) -> Work:
    """Return the course as a work, with the address of this site where it is known."""
    work = course_work(root)
    url = base_url() or work.get("URL", "")
    return work | {"id": load_course().slug} | ({"URL": url} if url else {})


class CourseCitation(CourseDirective):
    """How to cite the course: a sentence, and the three forms with their files."""

    def run(self) -> list[Any]:
        root = Path(self.env.srcdir)
        self.env.note_dependency(str(root / FILE))
        try:
            work = course_with_address(root)
        except CourseError as error:
            return self.complain(str(error))
        made = [raw(f'<p id="cite-course" {AS_PUBLISHED}>{escape(as_text(work))}</p>')]
        up = "../" * self.env.docname.count("/")
        for form, name in NAMES.items():
            block = nodes.literal_block("", FORMS[form](work), language="text")
            file = f"{up}{FOLDER}/{work['id']}.{form}"
            words = escape(_("{name} as a file", name=name))
            made += [raw(f'<h3 class="notranslate">{name}</h3>'), block]
            made.append(raw(f'<p><a href="{file}" download="">{words}</a></p>'))
        return made


class PartCitations(CourseDirective):
    """A citation of each part, in order; a part's own link leads to its entry."""

    def run(self) -> list[Any]:
        root = Path(self.env.srcdir)
        try:
            work = course_with_address(root)
            chapters = load_chapters(root)
        except CourseError as error:
            return self.complain(str(error))
        entries = []
        for part in (part for chapter in chapters for part in chapter.parts):
            self.env.note_dependency(str(part.path))
            title = f"{part.number} {part.title}"
            url = f"{base_url()}{part.name}.html" if base_url() else ""
            words = as_text(part_work(work, anchor_of(part.name), title, url))
            link = f'<a href="{address(self.env, part.name)}">{escape(title)}</a>'
            entries.append(f'<li id="{anchor_of(part.name)}">{link}<br>{escape(words)}</li>')
        return [raw(f'<ul class="citations">{"".join(entries)}</ul>')]


def anchor_of(page: str) -> str:
    """Return where the citation of a part is: cite-04-risk-2-a-call of its page's name."""
    return "cite-" + page.removeprefix(f"{NOTEBOOKS}/").replace("/", "-")


class ReportAddress(CourseDirective):
    """Where a report goes, as a link; or that this copy of the course names no address."""

    def run(self) -> list[Any]:
        report, title = load_course().report, load_course().title
        if not report:
            words = _(
                "This copy of the course names no address for reports. Send yours to the person or "
                "organisation that gave you the course."
            )
            return [raw(f'<p class="report-address">{escape(words)}</p>')]
        if "@" in report and "/" not in report:
            subject = quote(_("A mistake in {title}", title=title))
            words = _("Write to {address}", address=report)
            link = f"mailto:{report}?subject={subject}"
        else:
            words, link = _("Open the form for reports"), filled_form(report, "", "")
        return [raw(f'<p class="report-address"><a href="{escape(link)}">{escape(words)}</a></p>')]


def filled_form(report: str, title: str, body: str) -> str:
    """Return the address of a form for issues with a title and a text."""
    if "{title}" in report or "{body}" in report:
        return report.replace("{title}", quote(title)).replace("{body}", quote(body))
    mark = "&" if "?" in report else "?"
    return f"{report}{mark}title={quote(title)}&body={quote(body)}" if title or body else report


def write_citations(app: Sphinx) -> None:
    """Write what the pages' actions load: the course's citation files, and the works by initial."""
    root = Path(app.srcdir)
    if app.builder.format != "html" or not (root / FILE).exists():
        return
    folder = Path(app.outdir) / FOLDER
    work = course_with_address(root)
    about = json.dumps({"course": work, "report": load_course().report}, ensure_ascii=False)
    publish(folder / "about.js", f"window.courseAbout={about};\n".encode())
    for form, write in FORMS.items():
        publish(folder / f"{work['id']}.{form}", write(work).encode())
    by_initial: dict[str, dict[str, Work]] = {}
    for key, one in load_works().items():
        by_initial.setdefault(key[0].lower(), {})[key] = one
    for initial, works in by_initial.items():
        text = json.dumps(works, ensure_ascii=False, separators=(",", ":"))
        publish(
            folder / f"{initial}.js", f"Object.assign(window.courseWorks||={{}},{text});".encode()
        )


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", write_citations)
    app.add_directive("course-citation", CourseCitation)
    app.add_directive("part-citations", PartCitations)
    app.add_directive("report-address", ReportAddress)
