"""What a reader takes along: the book as PDF and EPUB, the plain notebooks, all data as CSV; in the folder `downloads/` of the site.

A book made from older pages goes; `site.postprocess.footer` links what is there.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

from ..chapters.wheel import NAME as WHEEL
from ..chapters.wheel import write_wheel
from ..errors import CourseError, Diagnostic, did_you_mean
from ..evidence import evidence_dir
from ..files import write_atomic
from ..evidence.cells import resolved_csv
from .book_document import ARTICLE, contents, whole_page
from .package import write_beside

NAME = "kratom-and-harm-reduction"


def export_book(form: str, root: Path, site: Path, paper: str = "a4") -> tuple[Path, int]:
    """Make the book at `site` as one file in its folder `downloads`.

    form    : pdf or epub
    returns : (path, number of pages)
    raises  : CourseError for an unknown form, an unbuilt book, or where Chromium is absent
    """
    from .epub import write_epub
    from .pdf import write_pdf

    forms = {
        "pdf": lambda path: write_pdf(root, site, path, paper),
        "epub": lambda path: write_epub(root, site, path),
    }
    if form not in forms:
        raise CourseError(
            Diagnostic(
                "export",
                f"'{form}' is no form of a book.",
                did_you_mean(form, forms) or f"use one of: {', '.join(forms)}",
            )
        )
    if not (Path(site) / "index.html").exists():
        raise CourseError(Diagnostic("export", "the book is not built yet.", "make book"))
    folder = Path(site) / "downloads"
    path, count = write_beside(folder / f"{NAME}.{form}", forms[form])
    note_stamp(folder, form, stamp(root, site))
    return path, count


def take_along(root: Path, site: Path, plain: Path) -> list[str]:
    """Bring notebooks and data into the site, and drop books of older pages.

    plain   : folder of the plain notebooks
    returns : forms of a book that are missing or were dropped, of pdf and epub
    """
    folder = Path(site) / "downloads"
    copy_changed(plain, folder / "notebooks", "*.ipynb")
    write_beside(folder / WHEEL, write_wheel_as)
    write_data(folder / f"{NAME}-data.zip")
    now, stamps = stamp(root, site), read_stamps(folder)
    missing = [
        form
        for form in ("epub", "pdf")
        if stamps.get(form) != now or not (folder / f"{NAME}.{form}").exists()
    ]
    for form in missing:
        (folder / f"{NAME}.{form}").unlink(missing_ok=True)
    return missing


def write_wheel_as(path: Path) -> int:
    """The course's package for readers' own Pythons, as a file of this name; returns 1."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.move(write_wheel(folder), path)
    return 1


def copy_changed(source: Path, target: Path, pattern: str) -> None:
    """Make `target` hold just the files of `source`; the same bytes are not written again."""
    target.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in Path(source).glob(pattern)}
    for path in target.iterdir():
        if path.name not in names:
            path.unlink()
    for name in sorted(names):
        write_atomic(target / name, (Path(source) / name).read_bytes())


def write_data(path: Path) -> None:
    """All data sets with their descriptor and the bibliography, as one zip file."""

    def write(beside: Path) -> int:
        files = [
            file
            for file in sorted(evidence_dir().iterdir())
            if file.suffix in (".csv", ".bib") or file.name == "datapackage.json"
        ]
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as package:
            for file in files:
                # A fixed date: the same data make the same file.
                package.writestr(
                    zipfile.ZipInfo(file.name, (2026, 1, 1, 0, 0, 0)),
                    resolved_csv(file) if file.suffix == ".csv" else file.read_bytes(),
                    zipfile.ZIP_DEFLATED,
                )
        return len(files)

    return write_beside(path, write)


def stamp(root: Path, site: Path) -> str:
    """Hash of what the pages say, without what stands around it."""
    digest = hashlib.sha256()
    for _part, name in contents(root):
        text = whole_page(site, name).read_text(encoding="utf-8")
        digest.update(text[ARTICLE.search(text).end() : text.rindex("</article>")].encode())
    return digest.hexdigest()[:16]


def read_stamps(folder: Path) -> dict[str, str]:
    path = folder / "made.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def note_stamp(folder: Path, form: str, value: str) -> None:
    stamps = read_stamps(folder) | {form: value}
    (folder / "made.json").write_text(
        json.dumps(stamps, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
