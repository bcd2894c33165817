"""Every source file of the course with its texts handed to `tell`: pages, chapters, bank, data, table of contents, settings.

`translated(root, tell_of)` yields each file that holds text for readers, translated. What is left out of it (code,
bibliography, numbers) is the same in every language.
"""

import csv
import io
import json
import re
from pathlib import Path

import yaml

from . import code, markdown

# What pages show of the data and nothing counts or compares; all else keeps its words.
COLUMNS = {
    "facts": ("statement", "population", "unit"),
    "first_aid": ("lead", "detail", "short", "reason"),
    "help_lines": ("contact", "hours", "for_what", "mind"),
    "claims": ("paraphrase", "rationale"),
    "us_states": ("instrument", "detail_leaf", "limit_7oh", "note"),
    "us_local": ("instrument", "detail", "limit_7oh", "note"),
    "countries": ("instrument", "note"),
    "coi": ("study_or_actor", "tie"),
}
# Units that say how a value is written, not what it counts.
FORMATS = ("date", "year")
# Fields of the bank that readers see; lists and records inside are walked. Section titles are anchors.
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


def translated(root, tell_of):
    """Files of the course with their texts translated.

    tell_of : tell_of(domain, place) gives the function that answers a message; domain names a catalogue
    yields  : (path relative to root, text)
    """
    root = Path(root)
    for path in sorted((root / "book").glob("*.md")):
        name = f"book/{path.name}"
        yield name, markdown.translate(path.read_text(encoding="utf-8"), tell_of(path.stem, name))
    for path in sorted((root / "notebooks").glob("*/*.ipynb")):
        # A catalogue for each chapter, so that the words of its parts are translated together.
        name, chapter = path.relative_to(root).as_posix(), path.parent.name
        yield name, notebook(path.read_text(encoding="utf-8"), chapter, name, tell_of)
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
    package = json.loads((root / "evidence" / "datapackage.json").read_text(encoding="utf-8"))
    paths = {resource["name"]: resource["path"] for resource in package["resources"]}
    for table, columns in COLUMNS.items():
        if table in paths and (root / "evidence" / paths[table]).exists():
            name = f"evidence/{paths[table]}"
            yield (
                name,
                rows((root / name).read_text(encoding="utf-8"), columns, table, name, tell_of),
            )
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


def notebook(text, domain, name, tell_of):
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


def questions(value, domain, place, tell_of, field=""):
    if isinstance(value, dict):
        place = f"{place}:{value['id']}" if "id" in value and field == "items" else place
        return {key: questions(inner, domain, place, tell_of, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [questions(inner, domain, place, tell_of, field) for inner in value]
    if isinstance(value, str) and field in BANK and value.strip():
        tell = tell_of(domain, place)
        return tell(value) if field in INLINE else markdown.translate(value, tell)
    return value


def rows(text, columns, domain, name, tell_of):
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


def descriptor(package, tell):
    for resource in package["resources"]:
        for record in (resource, *resource["schema"]["fields"]):
            for field in ("title", "description") if record is resource else ("description",):
                if record.get(field):
                    record[field] = tell(record[field])
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def captions(text, tell):
    toc = yaml.safe_load(text)
    for part in toc.get("parts", []):
        part["caption"] = tell(part["caption"])
    return yaml.safe_dump(toc, allow_unicode=True, sort_keys=False)


def settings(text, tell):
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


def headings_of(root):
    """{page: titles of its headings in the order they stand}: the sections of a translated page keep the anchors of the English one."""
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
