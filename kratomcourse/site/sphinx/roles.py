"""Roles that print evidence in prose: {fact}`ph109`, {fact}`ph109:value`, {src}`tanna2022clinical`.

Each use is remembered with its page, so that the page's list of sources is complete by
construction."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from ...errors import did_you_mean
from ...evidence import Fact, citation, fact_text, load_facts, load_references

logger = logging.getLogger(__name__)


def uses_of(env: BuildEnvironment, docname: str | None = None) -> Any:
    """(fact ids, reference keys) used by a page, in the order of first use."""
    if not hasattr(env, "course_uses"):
        env.course_uses = {}  # type: ignore[attr-defined]
    return env.course_uses.setdefault(  # type: ignore[attr-defined]
        docname or env.docname, ({}, {})
    )


def remember_fact(env: BuildEnvironment, fact: Fact) -> None:
    """Remember that the page cites a fact and its works."""
    facts, works = uses_of(env)
    facts[fact.id] = None
    works[fact.source_key] = None
    if fact.via:
        works[fact.via] = None


def place_of(env: BuildEnvironment, lineno: int | None) -> str:
    """Location for a message; in a notebook the line number tells cell and line in it."""
    path = env.doc2path(env.docname, False)
    if str(path).endswith(".ipynb") and lineno and lineno >= 10000:
        return f"{path}: cell {lineno // 10000}, line {lineno % 10000}"
    return f"{path}:{lineno}"


class FactRole(SphinxRole):
    """The role `fact`: prints a fact, or a part of it, with its source."""

    def run(self) -> tuple[Any, ...]:
        """The directive's nodes."""
        fact_id, _, part = self.text.partition(":")
        facts = load_facts()
        try:
            fact = facts[fact_id]
            words = fact_text(fact, part or "full")
        except (KeyError, ValueError) as error:
            logger.warning(
                "%s: {fact}`%s`: %s",
                place_of(self.env, self.lineno),
                self.text,
                error.args[0],
                type="course",
                subtype="fact",
            )
            return [nodes.problematic(text=self.text)], []
        remember_fact(self.env, fact)
        cite = f"({citation(fact, load_references())})"
        number = words.removesuffix(cite).rstrip()
        made = nodes.inline(classes=["fact"])
        if number:
            made += nodes.reference(
                "", number, refuri=f"#fact-{fact.id}", internal=True, classes=["fact-number"]
            )
        if words.endswith(cite):
            made += [nodes.Text(" ")] if number else []
            made += nodes.reference(
                "", cite, refuri=f"#fact-{fact.id}", internal=True, classes=["fact-cite"]
            )
        return [made], []


class SourceRole(SphinxRole):
    """The role `src`: cites a work."""

    def run(self) -> tuple[Any, ...]:
        """The directive's nodes."""
        references = load_references()
        if self.text not in references:
            hint = did_you_mean(self.text, references)
            logger.warning(
                "%s: {src}`%s`: no such entry in references.bib; %s",
                place_of(self.env, self.lineno),
                self.text,
                hint,
                type="course",
                subtype="source",
            )
            return [nodes.problematic(text=self.text)], []
        uses_of(self.env)[1][self.text] = None
        return [
            nodes.reference(
                "",
                f"({references[self.text].short})",
                refuri=f"#work-{self.text}",
                internal=True,
                classes=["fact-cite"],
            )
        ], []


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget what a page cited before it is read again."""
    getattr(env, "course_uses", {}).pop(docname, None)


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_role("fact", FactRole())
    app.add_role("src", SourceRole())
    app.connect("env-purge-doc", forget)
