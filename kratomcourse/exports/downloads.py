"""The site's `downloads/`: the book as PDF and EPUB, the plain notebooks, all data as CSV.

A book made from older pages is removed; `site.postprocess.footer` links the files that exist.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from ..chapters.wheel import NAME as WHEEL
from ..chapters.wheel import write_wheel
from ..errors import CourseError, Diagnostic, did_you_mean
from ..evidence import evidence_dir, load_course
from ..evidence.cell_addresses import resolved_csv
from ..files import write_atomic
from .book_document import article_of, contents, whole_page
from .package import write_beside


def export_book(form: str, root: Path, site: Path, paper: str = "a4") -> tuple[Path, int]:
    """Make the book at `site` as one file in its folder `downloads`.

    form    : pdf or epub
    returns : (path, number of pages)
    raises  : CourseError for an unknown form, an unbuilt book, or if Chromium is absent
    """
    from .epub import write_epub
    from .pdf import write_pdf

    forms: dict[str, Callable[[Path], int]] = {
        "pdf": lambda path: write_pdf(root, site, path, paper),
        "epub": lambda path: write_epub(root, site, path),
    }
    if form not in forms:
        raise CourseError(
            Diagnostic(
                "export",
                f"'{form}' isn't a format of the book.",
                did_you_mean(form, forms) or f"use one of: {', '.join(forms)}",
            )
        )
    if not (Path(site) / "index.html").exists():
        raise CourseError(Diagnostic("export", "the book isn't built yet.", "make book"))
    folder = Path(site) / "downloads"
    path, count = write_beside(folder / f"{load_course().slug}.{form}", forms[form])
    note_stamp(folder, form, stamp(root, site))
    return path, count


def take_along(root: Path, site: Path, plain: Path) -> list[str]:
    """Copy notebooks and data into the site, and remove books made from older pages.

    plain   : folder of the plain notebooks
    returns : which of epub and pdf are missing now
    """
    folder = Path(site) / "downloads"
    copy_changed(plain, folder / "notebooks", "*.ipynb")
    write_beside(folder / WHEEL, write_wheel_as)
    write_data(folder / f"{load_course().slug}-data.zip")
    now, stamps = stamp(root, site), read_stamps(folder)
    missing = [
        form
        for form in ("epub", "pdf")
        if stamps.get(form) != now or not (folder / f"{load_course().slug}.{form}").exists()
    ]
    for form in missing:
        (folder / f"{load_course().slug}.{form}").unlink(missing_ok=True)
    return missing


def write_wheel_as(path: Path) -> int:
    """Write the course's package, for readers' own Pythons, to this path; return 1."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.move(write_wheel(Path(folder)), path)
    return 1


def copy_changed(source: Path, target: Path, pattern: str) -> None:
    """Make `target` contain exactly the matching files of `source`; write only what changed."""
    target.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in Path(source).glob(pattern)}
    for path in target.iterdir():
        if path.name not in names:
            path.unlink()
    for name in sorted(names):
        write_atomic(target / name, (Path(source) / name).read_bytes())


def write_data(path: Path) -> None:
    """Write all data sets, their descriptor and the bibliography as one zip file."""

    def write(beside: Path) -> int:
        files = [
            file
            for file in sorted(evidence_dir().iterdir())
            if file.suffix in (".csv", ".bib") or file.name == "datapackage.json"
        ]
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as package:
            for file in files:
                # A fixed date, so that the same data make the same file.
                package.writestr(
                    zipfile.ZipInfo(file.name, (2026, 1, 1, 0, 0, 0)),
                    resolved_csv(file) if file.suffix == ".csv" else file.read_bytes(),
                    zipfile.ZIP_DEFLATED,
                )
        return len(files)

    write_beside(path, write)


def stamp(root: Path, site: Path) -> str:
    """Return a hash of the pages' articles, without the navigation around them."""
    digest = hashlib.sha256()
    for _part, name in contents(root):
        text = whole_page(site, name).read_text(encoding="utf-8")
        digest.update(article_of(text).encode())
    return digest.hexdigest()[:16]


def read_stamps(folder: Path) -> dict[str, str]:
    """Return {format: hash of the pages it was made from}."""
    path = folder / "made.json"
    stamps: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return stamps


def note_stamp(folder: Path, form: str, value: str) -> None:
    """Record the hash of the pages that a format was made from."""
    stamps = read_stamps(folder) | {form: value}
    (folder / "made.json").write_text(
        json.dumps(stamps, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
