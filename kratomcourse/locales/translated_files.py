"""Translate each source file of the course: pages, chapters, bank, data, contents and settings.

`translated(root, tell_of)` yields each file that has text for readers. All else (code,
bibliography, numbers) is the same in every language.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from ..i18n import DRAWN
from . import Translate, TranslatorFor, code, markdown

# Units that say how a value is written, not what it counts.
FORMATS = ("date", "year")
# Fields of the bank that readers see, at any depth. Section titles are anchors.
BANK = (
    "title",
    "text",
    "stem",
    "feedback",
    "explanation",
    "hint",
    "sample",
    "criterion",
    "entries",
    "left",
    "right",
    "unit",
)
INLINE = ("title", "criterion", "entries", "left", "right", "unit")


def translated(root: Path, tell_of: TranslatorFor) -> Iterator[tuple[str, str]]:
    """Yield the files of the course with their texts translated, as (path below root, text).

    tell_of : tell_of(domain, place) returns the function that translates a message; the domain
              names a catalogue
    """
    root = Path(root)
    for path in sorted((root / "book").glob("*.md")):
        name = f"book/{path.name}"
        yield name, markdown.translate(path.read_text(encoding="utf-8"), tell_of(path.stem, name))
    for path in sorted((root / "notebooks").glob("*/*.ipynb")):
        # A catalogue for each chapter, so that the words of its parts are translated together.
        name, chapter = path.relative_to(root).as_posix(), path.parent.name
        yield name, notebook(path.read_text(encoding="utf-8"), chapter, name, tell_of)
    for path in sorted((root / "notebooks").glob("*/figures.py")):
        name = path.relative_to(root).as_posix()
        tell = tell_of(path.parent.name, name)
        yield name, code.translate(path.read_text(encoding="utf-8"), tell)
    yield (
        f"locale/{DRAWN}",
        json.dumps(drawn_labels(root, tell_of), ensure_ascii=False, indent=1) + "\n",
    )
    for path in sorted((root / "quizzes" / "bank").glob("*.yml")):
        name = f"quizzes/bank/{path.name}"
        bank = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield (
            name,
            yaml.safe_dump(
                questions(bank, path.stem, name, tell_of),
                allow_unicode=True,
                sort_keys=False,
                width=1000,
            ),
        )
    landing = root / "book" / "landing.yml"
    if landing.exists():
        yield "book/landing.yml", heads(landing.read_text("utf-8"), tell_of("index", "landing.yml"))
    package = json.loads((root / "evidence" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        path = root / "evidence" / resource["path"]
        if resource.get("translated") and path.exists():
            name = f"evidence/{resource['path']}"
            text = path.read_text(encoding="utf-8")
            yield name, rows(text, resource["translated"], resource["name"], name, tell_of)
    name = "evidence/course.json"
    yield name, identity((root / name).read_text(encoding="utf-8"), tell_of("data", name))
    yield (
        "evidence/datapackage.json",
        descriptor(package, tell_of("data", "evidence/datapackage.json")),
    )
    yield (
        "_toc.yml",
        captions((root / "_toc.yml").read_text(encoding="utf-8"), tell_of("course", "_toc.yml")),
    )
    yield (
        "_config.yml",
        settings(
            (root / "_config.yml").read_text(encoding="utf-8"), tell_of("course", "_config.yml")
        ),
    )


def drawn_labels(root: Path, tell_of: TranslatorFor) -> dict[str, str]:
    """Return {label that a drawing writes into itself: its translation}, of all chapters."""
    found = {}
    for path in sorted((root / "notebooks").glob("*/*")):
        if path.suffix == ".ipynb":
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        elif path.name == "figures.py":
            sources = [path.read_text(encoding="utf-8")]
        else:
            continue
        tell = tell_of(path.parent.name, path.relative_to(root).as_posix())
        for label in (label for source in sources for label in code.labels(source)):
            if (words := tell(label)) != label:
                found[label] = words
    return found


def notebook(text: str, domain: str, name: str, tell_of: TranslatorFor) -> str:
    """Return a notebook with its Markdown and the visible strings of its code translated."""
    content = json.loads(text)
    for cell in content["cells"]:
        tell = tell_of(domain, f"{name}:{cell.get('id', '')}")
        source = "".join(cell["source"])
        cell["source"] = (
            markdown.translate(source, tell)
            if cell["cell_type"] == "markdown"
            else code.translate(source, tell)
            if cell["cell_type"] == "code"
            else source
        )
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def questions(value: Any, domain: str, place: str, tell_of: TranslatorFor, field: str = "") -> Any:
    """Return a part of a bank's data with the fields in `BANK` translated.

    field : name of the field that holds the value
    """
    if isinstance(value, dict):
        place = f"{place}:{value['id']}" if "id" in value and field == "items" else place
        return {key: questions(inner, domain, place, tell_of, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [questions(inner, domain, place, tell_of, field) for inner in value]
    if isinstance(value, str) and field in BANK and value.strip():
        tell = tell_of(domain, place)
        return tell(value) if field in INLINE else markdown.translate(value, tell)
    return value


def rows(text: str, columns: Sequence[str], domain: str, name: str, tell_of: TranslatorFor) -> str:
    """Return a CSV file with some of its columns translated."""
    reader = csv.reader(io.StringIO(text))
    head = next(reader)
    places = [head.index(column) for column in columns if column in head]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for row in reader:
        tell = tell_of(domain, f"{name}:{row[0]}")
        writer.writerow(
            [
                tell(cell)
                if index in places and cell not in FORMATS and re.search(r"[^\W\d_]", cell)
                else cell
                for index, cell in enumerate(row)
            ]
        )
    return out.getvalue()


def descriptor(package: dict[str, Any], tell: Translate) -> str:
    """Return the data package's descriptor as JSON, its titles and descriptions translated."""
    for resource in package["resources"]:
        for record in (resource, *resource["schema"]["fields"]):
            for field in (
                ("title", "description", "area") if record is resource else ("description",)
            ):
                if record.get(field):
                    record[field] = tell(record[field])
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def identity(text: str, tell: Translate) -> str:
    """Return `course.json` with its names and headings translated; its slug stays."""
    course = json.loads(text)
    for field in ("title", "short_title", "description"):
        course[field] = tell(course[field])
    for field in ("topics", "interests"):
        course[field] = {key: tell(words) for key, words in course.get(field, {}).items()}
    course["areas"] = [tell(area) for area in course["areas"]]
    return json.dumps(course, ensure_ascii=False, indent=1) + "\n"


def heads(text: str, tell: Translate) -> str:
    """Return `landing.yml` with the words beside its drawings translated."""
    entries = yaml.safe_load(text) or {}
    for entry in entries.values():
        for field in ("question", "words", "title", "label"):
            if entry.get(field):
                entry[field] = tell(entry[field])
        if entry.get("why"):
            entry["why"]["words"] = tell(entry["why"]["words"])
    return yaml.safe_dump(entries, allow_unicode=True, sort_keys=False)


def captions(text: str, tell: Translate) -> str:
    """Return `_toc.yml` with the captions of its parts translated."""
    toc = yaml.safe_load(text)
    for part in toc.get("parts", []):
        part["caption"] = tell(part["caption"])
    return yaml.safe_dump(toc, allow_unicode=True, sort_keys=False)


def settings(text: str, tell: Translate) -> str:
    """Return `_config.yml` with the texts that readers see translated."""
    config = yaml.safe_load(text)
    for field in ("title", "author"):
        if config.get(field):
            config[field] = tell(config[field])
    inner = config["sphinx"]["config"]
    inner["project"] = tell(inner["project"])
    theme = inner.get("html_theme_options", {})
    for field in ("search_bar_text", "extra_footer"):
        if theme.get(field):
            theme[field] = tell(" ".join(theme[field].split()))
    return yaml.safe_dump(config, allow_unicode=True, sort_keys=False, width=1000)


def headings_of(root: Path) -> dict[str, list[str]]:
    """Return {page: titles of its headings in order}.

    With them the sections of a translated page get the anchors of the English page.
    """
    found = {}
    for path in sorted((Path(root) / "book").glob("*.md")):
        found[f"book/{path.stem}"] = markdown.headings(path.read_text(encoding="utf-8"))
    for path in sorted((Path(root) / "notebooks").glob("*/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[f"notebooks/{path.parent.name}/{path.stem}"] = [
            title
            for cell in cells
            if cell["cell_type"] == "markdown"
            for title in markdown.headings("".join(cell["source"]))
        ]
    return found
