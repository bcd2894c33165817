"""The course as a Common Cartridge 1.3, read as a learning management system would: by lxml and a
small reader of the profile, by pyslet (IMS content packages and QTI 1.2) and by qti-package-maker's
checker."""

import io
import json
import logging
import os
import posixpath
import re
import subprocess
import sys
import zipfile
from html import unescape

import pytest
import yaml
from conftest import ROOT
from lxml import etree, html

from kratomcourse.errors import CourseError
from kratomcourse.evidence import load_course
from kratomcourse.exports import export_quiz
from kratomcourse.exports.course_cartridge import export_course_cartridge
from kratomcourse.exports.imscc import Cartridge
from kratomcourse.quiz import load_banks
from kratomcourse.quiz.bank import key_of, shown
from kratomcourse.quiz.item_text import to_html

URL = "https://course.example/kratom"
BANKS = load_banks()
CC = "{http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1}"
LOM = "{http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest}"
LINK = "{http://www.imsglobal.org/xsd/imsccv1p3/imswl_v1p3}"
QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
QUIZ_TYPE = "imsqti_xmlv1p2/imscc_xmlv1p3/assessment"
PROFILES = {
    "choice": "cc.multiple_choice.v0p1",
    "choices": "cc.multiple_response.v0p1",
    "text": "cc.essay.v0p1",
}


class Reader:
    """What an importing system finds in a cartridge: metadata, resources and the outline."""

    def __init__(self, path):
        self.archive = zipfile.ZipFile(path)
        self.names = self.archive.namelist()
        self.manifest = etree.fromstring(self.archive.read("imsmanifest.xml"))
        self.resources = {
            node.get("identifier"): node for node in self.manifest.find(f"{CC}resources")
        }
        [organization] = self.manifest.find(f"{CC}organizations")
        assert organization.get("structure") == "rooted-hierarchy"
        [self.root] = organization

    def file(self, identifier):
        return self.resources[identifier].find(f"{CC}file").get("href")

    def folders(self):
        """[(title, [(title, identifier of its resource)])] of the outline."""
        return [
            (self.title(one), [self.entry(item) for item in items(one)]) for one in items(self.root)
        ]

    def title(self, item):
        return item.findtext(f"{CC}title")

    def entry(self, item):
        return self.title(item), item.get("identifierref")

    def of_type(self, kind):
        return [one for one, node in self.resources.items() if node.get("type") == kind]

    def xml(self, identifier):
        return etree.fromstring(self.archive.read(self.file(identifier)))

    def quiz(self, name):
        return etree.fromstring(self.archive.read(f"quizzes/{name}.xml"))


def items(node):
    return node.findall(f"{CC}item")


def words(text):
    return "".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    target = tmp_path_factory.mktemp("cartridge") / "course.imscc"
    return export_course_cartridge(ROOT, ROOT / "nowhere", target, URL)


@pytest.fixture(scope="module")
def linked(made):
    return Reader(made.path)


@pytest.fixture
def small(tmp_path):
    """A course of two pages and its built site, with what a page has in a browser only."""
    root, site = tmp_path / "course", tmp_path / "site"
    chapter = root / "notebooks" / "04-risk"
    chapter.mkdir(parents=True)
    (root / "book").mkdir()
    head = {"cell_type": "markdown", "source": "# Risk\n\n```{chapter}\nthinking: rates\n```\n"}
    (chapter / "index.ipynb").write_text(json.dumps({"cells": [head]}))
    for name, title in (
        ("index", "The course"),
        ("help-now", "Help now"),
        ("glossary", "Glossary"),
    ):
        (root / "book" / f"{name}.md").write_text(f"# {title}\n")
    chapters = [
        {"file": "notebooks/04-risk/index"},
        {"file": "book/help-now"},
        {"file": "book/glossary"},
    ]
    (root / "_toc.yml").write_text(yaml.safe_dump({"root": "book/index", "chapters": chapters}))
    pages = {
        "book/index": "<h1>The course</h1>",
        "book/help-now": '<h1>Help now</h1><div class="call-buttons"><a href="tel:911">Call 911</a>'
        '<a href="tel:999">Call 999</a></div>',
        "book/glossary": '<h1>Glossary</h1><dl><dt id="term-risk">Risk</dt><dd>How often.</dd></dl>',
        "notebooks/04-risk/index": '<h1>Risk</h1><script>alert(1)</script><p onclick="alert(2)">A '
        '<a href="../../book/glossary.html#term-risk">risk</a>, <a href="nowhere.html">gone'
        "</a>.</p>"
        '<img src="../../_images/rates.svg" alt="rates">',
    }
    for name, body in pages.items():
        path = site / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'<html><body><article class="bd-article">{body}</article></body></html>')
    (site / "_images").mkdir()
    (site / "_images" / "rates.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return root, site, tmp_path / "small.imscc"


# The manifest


def test_the_manifest_says_version_title_and_licence(linked):
    assert linked.manifest.tag == f"{CC}manifest" and linked.names[0] == "imsmanifest.xml"
    assert linked.manifest.findtext(f"{CC}metadata/{CC}schema") == "IMS Common Cartridge"
    assert linked.manifest.findtext(f"{CC}metadata/{CC}schemaversion") == "1.3.0"
    told = [node.text for node in linked.manifest.iter(f"{LOM}string")]
    assert load_course().title in told and any("CC BY 4.0" in text for text in told)


@pytest.mark.parametrize("form", ["links", "pages"])
def test_every_file_and_every_reference_of_the_manifest_is_there_once(linked, small, form):
    if form == "pages":
        root, site, target = small
        linked = Reader(export_course_cartridge(root, site, target).path)
    listed = [node.get("href") for node in linked.manifest.iter(f"{CC}file")]
    assert sorted(listed) == sorted(set(linked.names) - {"imsmanifest.xml"})
    identifiers = [
        node.get("identifier") for node in linked.manifest.iter() if node.get("identifier")
    ]
    assert len(identifiers) == len(set(identifiers))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", one) for one in identifiers)
    used = [
        node.get("identifierref") for node in linked.manifest.iter() if node.get("identifierref")
    ]
    assert set(used) <= linked.resources.keys()
    for node in linked.resources.values():
        assert node.get("type") in ("webcontent", "imswl_xmlv1p3", QUIZ_TYPE)
        assert (node.get("href") is not None) == (node.get("type") == "webcontent")
    for folder in items(linked.root):  # the profile: a folder has entries, an entry has a resource
        assert folder.get("identifierref") is None and len(items(folder)) > 0
        assert all(item.get("identifierref") and linked.title(item) for item in items(folder))


def test_another_reader_of_content_packages_finds_the_same_resources(linked):
    """pyslet reads the packages of which a cartridge is a profile; it knows their namespace
    alone.
    """
    import pyslet.imscpv1p2 as packages

    text = (
        linked.archive.read("imsmanifest.xml").decode().replace(CC[1:-1], packages.IMSCP_NAMESPACE)
    )
    document = packages.ManifestDocument()
    document.read(src=io.BytesIO(text.encode()))
    found = {one.id: str(one.File[0].href) for one in document.root.Resources.Resource}
    assert found == {one: linked.file(one) for one in linked.resources}


def test_a_checker_of_packages_finds_no_loose_end(made):
    from qti_package_maker.common.package_integrity import check_package

    assert check_package(str(made.path)) == []


# Pages and links


def test_every_page_of_the_book_is_a_link_in_the_order_of_its_chapters(linked, made):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = [toc["root"]]
    for chapter in (one for part in toc["parts"] for one in part["chapters"]):
        names += [chapter["file"], *(section["file"] for section in chapter.get("sections", ()))]
    urls = []
    for _folder, entries in linked.folders():
        for title, identifier in entries:
            if linked.resources[identifier].get("type") == "imswl_xmlv1p3":
                node = linked.xml(identifier)
                assert node.tag == f"{LINK}webLink" and node.findtext(f"{LINK}title") == title
                urls.append(node.find(f"{LINK}url").get("href"))
    expected = [f"{URL}/{name}.html" for name in names if name != "book/glossary"]
    assert sorted(urls) == sorted(expected) and made.pages == len(names)
    in_chapters = [url for url in urls if "/notebooks/" in url]
    assert in_chapters == [url for url in expected if "/notebooks/" in url]


def test_urgent_help_is_in_the_first_folder(linked):
    _title, entries = linked.folders()[0]
    assert [linked.file(identifier) for _title, identifier in entries] == [
        "links/book-index.xml",
        "links/book-help-now.xml",
    ]


def test_the_glossary_is_a_page_with_every_term(linked):
    page = html.fromstring(linked.archive.read("pages/glossary.html"))
    source = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8").split("```")[1]
    terms = [line for line in source.splitlines()[1:] if line and not line.startswith(" ")]
    assert [node.text_content() for node in page.iter("dt")] == terms
    assert all(node.text_content().strip() for node in page.iter("dd"))


def test_every_data_set_is_a_file_that_says_what_it_is(linked):
    described = json.loads((ROOT / "evidence" / "datapackage.json").read_text(encoding="utf-8"))
    entries = {linked.file(identifier): title for title, identifier in linked.folders()[-1][1]}
    for resource in described["resources"]:
        assert resource["title"] in entries[f"data/{resource['path']}"]
        assert linked.archive.read(f"data/{resource['path']}").startswith(
            (ROOT / "evidence" / resource["path"]).read_bytes()[:20]
        )
    assert {"data/references.bib", "data/datapackage.json"} <= entries.keys()


def test_pages_of_the_built_book_carry_no_script_and_every_link_leads_somewhere(small):
    root, site, target = small
    made = export_course_cartridge(root, site, target)
    cartridge = Reader(made.path)
    assert made.pages == 4 and "pages/images/_images-rates.svg" in cartridge.names
    for name in (one for one in cartridge.names if one.endswith(".html")):
        text = cartridge.archive.read(name).decode()
        assert "alert" not in text and "<script" not in text, name
        for node in html.fromstring(text).iter():
            for address in (node.get("href"), node.get("src")):
                if address and not address.startswith("tel:"):
                    file, _hash, anchor = address.partition("#")
                    there = posixpath.join("pages", file) if file else name
                    assert there in cartridge.names, (name, address)
                    if anchor:
                        assert f'id="{anchor}"' in cartridge.archive.read(there).decode()
    risk = html.fromstring(cartridge.archive.read("pages/04-risk.html"))
    links = {node.text_content(): node.get("href") for node in risk.iter("a")}
    assert links["risk"] == "glossary.html#glossary--term-risk" and "gone" not in links
    assert next(iter(links.values())) == "help-now.html#help-now"


def test_emergency_numbers_stay_apart_without_the_style_of_the_site(small):
    root, site, target = small
    page = Reader(export_course_cartridge(root, site, target).path).archive.read(
        "pages/help-now.html"
    )
    assert [node.text_content() for node in html.fromstring(page).iter("li")] == [
        "Call 911",
        "Call 999",
    ]


# Quizzes


@pytest.mark.parametrize("name", BANKS)
def test_a_quiz_holds_every_check_item_that_the_profile_knows(linked, name):
    expected = [item for item in BANKS[name].used_for("check") if item.kind in PROFILES]
    root = linked.quiz(name)
    assert fields(root.find(f"{QTI}assessment/{QTI}qtimetadata"))["cc_profile"] == "cc.exam.v0p1"
    found = {node.get("ident"): node for node in root.iter(f"{QTI}item")}
    assert list(found) == [item.id for item in expected]
    for item in expected:
        node = found[item.id]
        said = fields(node.find(f"{QTI}itemmetadata/{QTI}qtimetadata"))
        assert said["cc_profile"] == PROFILES[item.kind]
        assert float(said["cc_weighting"]) == item.points
        told = {
            one.get("ident"): words("".join(one.itertext()))
            for one in node.iter(f"{QTI}itemfeedback")
        }
        linked_feedback = {one.get("linkrefid") for one in node.iter(f"{QTI}displayfeedback")}
        assert linked_feedback == told.keys(), "each feedback is shown by a rule"
        stem = node.find(f"{QTI}presentation/{QTI}material/{QTI}mattext")
        assert words(to_html(item.stem)) in words(stem.text)
        if item.explanation:
            assert words(to_html(item.explanation)) in told["general_fb"]
        if item.kind == "text":
            assert said["qmd_computerscored"] == "No"
            assert all(words(to_html(row.criterion)) in told["general_fb"] for row in item.rubric)
            continue
        options = {letter: item.options[index] for letter, index in shown(item)}
        for label in node.iter(f"{QTI}response_label"):
            option = options[label.get("ident")]
            assert words(label.findtext(f".//{QTI}mattext")) == words(to_html(option.text))
            assert told[f"{label.get('ident')}_fb"] == words(to_html(option.feedback))
        key = set(key_of(item))
        assert score(node, key) == 100
        wrong = [{letter} for letter in options if {letter} != key]
        if item.kind == "choices":  # one tick more or less
            wrong += [key ^ {letter} for letter in options]
        assert all(score(node, ticked) == 0 for ticked in [set(), *wrong])


def fields(metadata):
    return {node[0].text: node[1].text for node in metadata}


def score(node, ticked):
    """Score of these letters by the rules of the file."""
    total = 0.0
    for rule in node.iter(f"{QTI}respcondition"):
        if all(holds(part, ticked) for part in rule.find(f"{QTI}conditionvar")):
            for change in rule.findall(f"{QTI}setvar"):
                assert change.get("varname") == "SCORE" and change.get("action") == "Set"
                total = float(change.text)
            if rule.get("continue") == "No":
                break
    return total


def holds(part, ticked):
    match part.tag.removeprefix(QTI):
        case "and":
            return all(holds(inner, ticked) for inner in part)
        case "not":
            return not holds(part[0], ticked)
        case "varequal":
            return part.text in ticked
        case "other":
            return True
    raise AssertionError(f"the file uses {part.tag}, which this test doesn't know")


def test_another_reader_of_qti_finds_every_question_with_its_options(linked):
    import pyslet.qtiv1.xml as qti

    logging.disable(logging.ERROR)
    try:
        document = qti.QTIDocument()
        document.read(src=io.BytesIO(linked.archive.read("quizzes/04-risk.xml")))
    finally:
        logging.disable(logging.NOTSET)
    read = document.root.Assessment.SectionMixin[0].SectionItemMixin
    expected = [item for item in BANKS["04-risk"].used_for("check") if item.kind in PROFILES]
    assert [one.ident for one in read] == [item.id for item in expected]
    for one, item in zip(read, expected, strict=True):
        feedback = {found.ident for found in one.ItemFeedback}
        if item.kind in ("choice", "choices"):
            assert {f"{letter}_fb" for letter, _index in shown(item)} <= feedback


def test_items_that_the_profile_lacks_are_reported_and_not_counted(made):
    check = [(name, item) for name in BANKS for item in BANKS[name].used_for("check")]
    assert list(made.skipped) == [
        (name, item.id, item.kind) for name, item in check if item.kind not in PROFILES
    ]
    assert made.questions == len(check) - len(made.skipped) > 100 and made.quizzes == len(BANKS)


def test_one_quiz_alone_is_a_cartridge_too(tmp_path):
    export = export_quiz("cartridge", "04", "graded", tmp_path, ROOT / "book" / "glossary.md")
    cartridge = Reader(export.path)
    items = [item for item in BANKS["04-risk"].used_for("graded") if item.kind in PROFILES]
    assert export.count == len(items) == len(list(cartridge.quiz("04-risk").iter(f"{QTI}item")))
    [(_title, identifier)] = [cartridge.entry(item) for item in cartridge.root.findall(f"{CC}item")]
    assert cartridge.resources[identifier].get("type") == QUIZ_TYPE


# The file


def test_the_same_course_makes_the_same_bytes(small):
    root, site, target = small
    export_course_cartridge(root, site, target)
    first = target.read_bytes()
    export_course_cartridge(root, site, target)
    assert target.read_bytes() == first


def test_two_resources_of_one_name_are_refused():
    cartridge = Cartridge("x", "X", "X", "en")
    cartridge.add_file("a b.txt", b"1")
    assert cartridge.add_file("a b.txt", b"1") == "resource-a-b.txt"
    for name, content in (("a b.txt", b"2"), ("a-b.txt", b"1")):
        with pytest.raises(ValueError, match="already has another"):
            cartridge.add_file(name, content)


def test_an_unbuilt_book_and_a_wrong_address_are_named_and_leave_no_file(small):
    root, site, target = small
    (site / "book" / "glossary.html").unlink()
    with pytest.raises(CourseError, match=r"book/glossary.html.*isn't built.*make book"):
        export_course_cartridge(root, site, target)
    for url in ("course.example", "file:///etc/passwd", "https://a b", "javascript:alert(1)"):
        with pytest.raises(CourseError, match=r"COURSE_URL.*isn't the address"):
            export_course_cartridge(root, site, target, url)
    assert not target.exists()


def test_the_command_says_what_is_in_the_file_and_what_was_left_out(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "kratomcourse.cli", "export", "cartridge", "--to", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COURSE_URL": URL},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    numbers = sum(item.kind == "number" for item in BANKS["04-risk"].used_for("check"))
    assert re.search(rf"left out of the quiz 04-risk.*\b{numbers} number", done.stdout)
    assert f"{len(BANKS)} quizzes" in done.stdout and "links" in done.stdout
    assert (tmp_path / f"{load_course().slug}.imscc").exists()
