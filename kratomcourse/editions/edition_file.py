"""`edition.yml`: what an edition takes from the course, and what it adds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path, yaml_error
from ..quiz.bank import read_yaml

FILE = "edition.yml"
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
HEX = re.compile(r"#[0-9A-Fa-f]{6}")
ADDRESS = re.compile(r"https://[^\s/]+(/\S*)?")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
AS_TEXT = "text"  # links to pages that an edition leaves out become words


class EditionRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Chosen(EditionRecord):
    """A chapter that an edition takes, whole or in part."""

    chapter: str = Field(description="its folder, such as 04-risk, or its number")
    parts: list[int | str] = Field(
        default_factory=list,
        description="its parts by name, as in their addresses, or by number; without it all",
    )

    @field_validator("chapter", mode="before")
    @classmethod
    def number_as_text(cls, value: object) -> object:
        """Take the number 4 for 04."""
        return f"{value:02}" if isinstance(value, int) else value


class Colour(EditionRecord):
    """One colour in both modes of the site."""

    light: str
    dark: str

    @field_validator("light", "dark")
    @classmethod
    def six_digits(cls, value: str) -> str:
        """Check that a colour can be compared with others."""
        if not HEX.fullmatch(value):
            raise ValueError(f"'{value}' is not a colour; write it like '#0A5A66', in quotes")
        return value.upper()


class EditionFile(EditionRecord):
    """The fields of `edition.yml`."""

    upstream: str = Field(description="folder of the course, from here: a checkout or a submodule")
    title: str = Field(min_length=3, max_length=80)
    short_title: str = Field("", max_length=24, description="under the icon on a phone")
    id: str = Field("", description="for nbgrader and file names; made from the title without it")
    institution: str = Field(min_length=2)
    contact: str = Field(description="an address of mail, or of a page that begins with https://")
    chapters: list[Chosen] = Field(min_length=1)
    leave_out: list[str] = Field(default_factory=list, description="pages of the course")
    left_out_links: str = Field(
        "", description="text, or the https:// address of the full course; without it an error"
    )
    pages: list[str] = Field(default_factory=list, description="own pages, Markdown")
    help_lines: str = Field("", description="own help lines; columns as in the course's")
    local_law: str = Field("", description="own rows of local law; columns as in the course's")
    law_sources: str = Field("", description="sources of those rows")
    law_first: list[str] = Field(
        default_factory=list, description="codes or ids of the rows of law that come first"
    )
    references: str = Field("", description="BibTeX of the sources that own rows name")
    hosts: list[str] = Field(
        default_factory=list, description="hosts that own pages and rows may link to"
    )
    bank: str = Field("", description="folder with own items, one file for each chapter")
    mark: str = Field("", description="SVG drawing in the bar at the top of every page")
    icon: str = Field("", description="SVG drawing in the browser's tab")
    colours: dict[str, Colour] = Field(default_factory=dict)

    @field_validator("chapters", mode="before")
    @classmethod
    def names_as_records(cls, value: object) -> object:
        """Take a chapter's name alone for the whole chapter."""
        if not isinstance(value, list):
            return value
        return [entry if isinstance(entry, dict) else {"chapter": entry} for entry in value]

    @field_validator("id")
    @classmethod
    def plain_id(cls, value: str) -> str:
        """Check that the id can be the name of a folder."""
        if value and not re.fullmatch(SLUG, value):
            raise ValueError(f"'{value}' cannot be an id; use small letters, digits and hyphens")
        return value

    @field_validator("contact")
    @classmethod
    def reachable(cls, value: str) -> str:
        """Check that the contact is an address that a page can link to."""
        if not (MAIL.fullmatch(value) or ADDRESS.fullmatch(value)):
            raise ValueError(
                f"'{value}' is no address; write one of mail, or of a page that begins with"
                " https://"
            )
        return value

    @field_validator("left_out_links")
    @classmethod
    def rule_for_links(cls, value: str) -> str:
        """Check the rule for links to what is left out."""
        if value and value != AS_TEXT and not ADDRESS.fullmatch(value):
            raise ValueError(
                f"'{value}' is no rule for links; write text, or the address of the full course"
                " that begins with https://"
            )
        return value.rstrip("/")


@dataclass(frozen=True)
class Edition:
    """An edition: its folder, its fields, and the line of each field."""

    folder: Path
    fields: EditionFile
    lines: dict[str, int]

    @property
    def file(self) -> str:
        """`edition.yml` as messages name it."""
        return shown_path(self.folder / FILE)

    @property
    def upstream(self) -> Path:
        """Folder of the course that the edition is made from."""
        return (self.folder / self.fields.upstream).resolve()

    @property
    def slug(self) -> str:
        """The id, or the title in small letters and hyphens."""
        return self.fields.id or re.sub(r"[^a-z0-9]+", "-", self.fields.title.lower()).strip("-")

    def problem(self, field: str, message: str, hint: str, item: str = "") -> Diagnostic:
        """Return a diagnostic about a field; `chapters.2` is the third entry of `chapters`."""
        words = field.split(".")
        line = self.lines.get(field) or next(
            (self.lines[above] for above in parents(words) if above in self.lines), None
        )
        return Diagnostic(self.file, message, hint, line, item)

    def path(self, field: str, name: str, what: str) -> Path | Diagnostic:
        """Return the path of a file or folder that a field names, or what is wrong with it."""
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            return self.problem(
                field,
                f"{name} is outside of the edition's folder.",
                "copy it into the folder, so that the edition is complete",
                field.partition(".")[0],
            )
        if not path.exists():
            near = did_you_mean(
                name,
                [
                    one.relative_to(self.folder.resolve()).as_posix()
                    for one in path.parent.glob("*")
                ],
            )
            return self.problem(
                field,
                f"the {what} {name} is not there.",
                near or "put it into the edition's folder, or take the line out",
                field.partition(".")[0],
            )
        return path


def read_edition(folder: Path) -> Edition:
    """Read and check `edition.yml`; what it names is looked up when the edition is composed.

    raises : CourseError that lists every mistake with file, line and fix
    """
    path = folder / FILE
    file = shown_path(path)
    if not path.is_file():
        raise CourseError(
            Diagnostic(
                file,
                "there is no edition here.",
                "course edition new DIR starts one; or name its folder",
            )
        )
    try:
        node, data = read_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise yaml_error(error, path) from error
    lines = dict(places(node))
    if not isinstance(data, dict):
        raise CourseError(
            Diagnostic(file, "has no fields.", "compare with what course edition new writes", 1)
        )
    # An empty line such as `pages:` is as good as none.
    data = {name: value for name, value in data.items() if value is not None}
    try:
        fields = EditionFile.model_validate(data)
    except ValidationError as error:
        raise CourseError([diagnostic(issue, file, lines) for issue in error.errors()]) from error
    edition = Edition(folder.resolve(), fields, lines)
    if not (edition.upstream / "_toc.yml").is_file():
        raise CourseError(
            edition.problem(
                "upstream",
                f"there is no course at {fields.upstream}.",
                "clone it there, or git submodule update --init; or name the folder that has it",
                "upstream",
            )
        )
    return edition


def places(node: Any, above: str = "") -> Iterator[tuple[str, int]]:
    """Yield (field, line) of a YAML node and of all below it, such as (`chapters.0.parts`, 7)."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield f"{above}{key.value}", key.start_mark.line + 1
            yield from places(value, f"{above}{key.value}.")
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            yield f"{above}{place}", value.start_mark.line + 1
            yield from places(value, f"{above}{place}.")


def diagnostic(issue: Any, file: str, lines: dict[str, int]) -> Diagnostic:
    """Return a diagnostic for what pydantic found."""
    words = [str(word) for word in issue["loc"]]
    field = ".".join(words)
    line = lines.get(field) or next(
        (lines[above] for above in parents(words) if above in lines), None
    )
    if issue["type"] == "extra_forbidden":
        known = Colour if words[0] == "colours" else Chosen if len(words) > 1 else EditionFile
        names = list(known.model_fields)
        hint = did_you_mean(words[-1], names) or f"use one of: {', '.join(names)}"
        return Diagnostic(file, f"'{words[-1]}' is not a field.", hint, line, field)
    if issue["type"] == "missing":
        return Diagnostic(file, f"{field} is missing.", "add it", line, field)
    message, _, hint = issue["msg"].removeprefix("Value error, ").partition("; ")
    return Diagnostic(
        file, f"{message}.", hint or "compare with what course edition new writes", line, field
    )


def parents(words: list[str]) -> Iterator[str]:
    """Yield the fields around a field, the nearest first."""
    for count in range(len(words) - 1, 0, -1):
        yield ".".join(words[:count])
