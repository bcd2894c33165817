"""Packages for other systems, read back by programs that are not ours: each item of the whole bank
says there what the bank says.

QTI 2.1: onyx2moodle's parser reads the contents, pyslet runs the response processing,
qti-package-maker's checker follows every reference. QTI 1.2: the same checker, and pyslet's model
of the format. Moodle XML: moodle-xml-parser for choices."""

import base64
import io
import logging
import re
import xml.etree.ElementTree as ET
import zipfile
from html import unescape

import pytest
from conftest import ROOT

from kratomcourse.exports import export_quiz
from kratomcourse.exports.formats.qti12 import qti12_files
from kratomcourse.exports.formats.qti21 import identifier, qti21_files
from kratomcourse.exports.glossary_terms import read_glossary
from kratomcourse.quiz import load_banks, mark
from kratomcourse.quiz.bank import key_of, shown
from kratomcourse.quiz.item_text import to_html

GLOSSARY = ROOT / "book" / "glossary.md"
BANKS = load_banks()
CHAPTERS = [(chapter, use) for chapter in BANKS for use in ("check", "graded")]
each_chapter = pytest.mark.parametrize("name, use", CHAPTERS, ids=lambda word: word)


def words(html):
    """The letters of some HTML, without its tags and blanks."""
    return "".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Path of a chapter's package in a format, made once."""
    made, folder = {}, tmp_path_factory.mktemp("packages")

    def get(form, name, use):
        if (form, name, use) not in made:
            made[form, name, use] = export_quiz(form, name, use, folder, GLOSSARY).path
        return made[form, name, use]

    return get


# QTI 2.1


@each_chapter
def test_qti21_another_parser_reads_every_text_key_and_point(package, tmp_path, name, use):
    from onyx2moodle.parser import parse_item

    with zipfile.ZipFile(package("qti21", name, use)) as archive:
        archive.extractall(tmp_path)
    items = BANKS[name].used_for(use)
    assert {path.stem for path in (tmp_path / "items").glob("*.xml")} == {item.id for item in items}
    for item in items:
        read = parse_item(tmp_path / "items" / f"{item.id}.xml")
        body = "".join("".join(read.body_xml.itertext()).split())
        [declared], [interaction] = (
            read.response_decls.values(),
            [one for one in read.interactions] or [None],
        )
        told = {feedback.identifier: words(feedback.html) for feedback in read.feedback}
        assert read.identifier == identifier(item) and words(to_html(item.stem)) in body
        match item.kind:
            case "choice" | "choices":
                letters = {letter: item.options[index] for letter, index in shown(item)}
                assert {
                    choice.identifier: words(choice.html) for choice in interaction.choices
                } == {letter: words(to_html(option.text)) for letter, option in letters.items()}
                assert all(
                    told[letter] == words(to_html(option.feedback))
                    for letter, option in letters.items()
                )
                assert sorted(declared.correct_values) == sorted(
                    key_of(item)
                ) and interaction.max_choices == (item.kind == "choice")
                for letter in letters:
                    alone = mark(item, letter if item.kind == "choice" else [letter]).points
                    assert max(declared.mapping[letter], 0) == pytest.approx(alone, abs=1e-3)
            case "number":
                assert interaction.kind == "textEntry" and [
                    float(value) for value in declared.correct_values
                ] == [item.key]
                assert (
                    "".join(item.unit.split()) in body
                    and told["right"] == words(to_html(item.feedback))
                    and told["hint"] == words(to_html(item.hint))
                )
                assert [told[f"error-{place}"] for place in range(1, len(item.errors) + 1)] == [
                    words(to_html(error.feedback)) for error in item.errors
                ]
            case "order":
                assert declared.cardinality == "ordered" and declared.correct_values == key_of(item)
                assert all(words(to_html(entry)) in body for entry in item.entries)
                assert (told["right"], told["hint"]) == (
                    words(to_html(item.feedback)),
                    words(to_html(item.hint)),
                )
            case "match":
                rows = {
                    choice.identifier: words(choice.html)
                    for choice in (*interaction.match_sources, *interaction.match_targets)
                }
                pairs = [
                    tuple(rows[end] for end in value.split()) for value in declared.correct_values
                ]
                assert pairs == [
                    (words(to_html(pair.left)), words(to_html(pair.right))) for pair in item.pairs
                ]
                assert all(
                    words(to_html(pair.feedback, inline=True)) in told["after"]
                    for pair in item.pairs
                )
                assert sum(declared.mapping.values()) == pytest.approx(item.points)
            case _:
                assert interaction.kind == "extendedText"
                for row in getattr(item, "rubric", []):
                    assert words(to_html(row.criterion)) in body
                if item.kind == "code":
                    assert "".join(item.solution.split()) in body
        if item.explanation:
            assert words(to_html(item.explanation)) in told["after"]


@each_chapter
def test_qti21_another_engine_gives_the_points_that_marking_gives(package, name, use):
    """pyslet runs the response processing of each item for the full key, a blank, and answers that
    are partly right.
    """
    with zipfile.ZipFile(package("qti21", name, use)) as archive:
        for item in BANKS[name].used_for(use):
            if item.kind in ("code", "text"):
                continue
            session = session_of(archive.read(f"items/{item.id}.xml"))
            for answer in (key_of(item), None, *partly_right(item)):
                got = points_of(session, item, answer)
                assert got == pytest.approx(mark(item, answer).points, abs=1e-3), (item.id, answer)


def test_qti21_a_tolerance_is_two_comparisons_which_every_runtime_knows(package):
    """Some runtimes read `equal` without its tolerance, and then mark a rounded number wrong."""
    [item] = [item for item in BANKS["04-risk"].used_for("check") if item.kind == "number"][:1]
    with zipfile.ZipFile(package("qti21", "04-risk", "check")) as archive:
        root = ET.fromstring(archive.read(f"items/{item.id}.xml"))
    name = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
    assert not list(root.iter(f"{name}equal"))
    [low, *_], [high, *_] = (
        [float(bound.findtext(f"{name}baseValue")) for bound in root.iter(f"{name}{side}")]
        for side in ("gte", "lte")
    )
    assert (low, high) == pytest.approx((item.key - item.allowed, item.key + item.allowed))


def session_of(data):
    import pyslet.qtiv2.variables as variables
    import pyslet.qtiv2.xml as qti

    document = qti.QTIDocument()
    logging.disable(logging.ERROR)
    try:
        document.read(src=io.BytesIO(data))
    finally:
        logging.disable(logging.NOTSET)
    session = variables.ItemSessionState(document.root)
    session.begin_session()
    return session


def points_of(session, item, answer):
    if item.kind == "match" and answer is not None:
        answer = [f"row-{place} {letter}" for place, letter in enumerate(answer, 1)]
    session["RESPONSE"].set_value(answer)
    session.end_attempt()
    return session["SCORE"].value


def partly_right(item):
    key = key_of(item)
    letters = [letter for letter, _ in shown(item)] if item.kind != "number" else []
    match item.kind:
        case "choice":
            return [letter for letter in letters if letter != key]
        case "choices":
            return [
                letters,
                key[:1],
                [*key[1:], next(letter for letter in letters if letter not in key)],
            ]
        case "number":
            return [
                key + 0.9 * item.allowed,
                key - 0.9 * item.allowed,
                key + 1.2 * item.allowed + 1e-6,
                *(error.value for error in item.errors),
            ]
        case "order":
            return [key[::-1], [*key[1:], key[0]]]
    return [key[::-1], [key[0]] * len(key)]


@each_chapter
def test_blackboard_another_parser_finds_each_choice_with_its_key_and_all_else_as_a_text_with_its_answer(
    package, tmp_path, name, use
):
    from onyx2moodle.parser import parse_item

    with zipfile.ZipFile(package("blackboard", name, use)) as archive:
        archive.extractall(tmp_path)
    for item in BANKS[name].used_for(use):
        read = parse_item(tmp_path / "items" / f"{item.id}.xml")
        data, [declared], [interaction] = (
            read.raw_xml.decode(),
            read.response_decls.values(),
            read.interactions,
        )
        assert not read.feedback and not declared.mapping and "setOutcomeValue" not in data
        body = "".join("".join(read.body_xml.itertext()).split())
        assert words(to_html(item.stem)) in body
        if item.kind in ("choice", "choices"):
            texts = {choice.identifier: words(choice.html) for choice in interaction.choices}
            assert sorted(texts[letter] for letter in declared.correct_values) == sorted(
                words(to_html(option.text)) for option in item.options if option.correct
            )
            assert len(texts) == len(item.options) and "rptemplates/match_correct" in data
        else:
            assert interaction.kind == "extendedText" and "responseProcessing" not in data
            answers = {
                "number": lambda: [f"{item.key:.4g}"],
                "order": lambda: item.entries,
                "match": lambda: [pair.right for pair in item.pairs],
                "text": lambda: [row.criterion for row in item.rubric],
            }
            for answer in answers.get(item.kind, list)():
                assert words(to_html(answer)) in body


@pytest.mark.parametrize("form", ["qti12", "qti21", "blackboard"])
@each_chapter
def test_a_checker_of_packages_finds_no_loose_end(package, form, name, use):
    from qti_package_maker.common.package_integrity import check_package

    assert check_package(str(package(form, name, use))) == []


def test_the_checker_of_packages_can_fail(package, tmp_path):
    from qti_package_maker.common.package_integrity import check_package

    broken = tmp_path / "broken.zip"
    with (
        zipfile.ZipFile(package("qti21", *CHAPTERS[0])) as archive,
        zipfile.ZipFile(broken, "w") as target,
    ):
        for name in archive.namelist()[:-1]:
            target.writestr(
                name, archive.read(name).replace(b"<value>a</value>", b"<value>x</value>")
            )
    assert len(check_package(str(broken))) > 1


@each_chapter
def test_qti21_every_element_is_one_of_the_standard_and_the_test_lists_every_item(
    package, name, use
):
    """pyslet knows the elements and attributes of QTI 2.1; what it does not know it reads as a
    nameless one.
    """
    import pyslet.qtiv2.xml as qti
    from pyslet.xml.namespace import XMLNSElement

    with zipfile.ZipFile(package("qti21", name, use)) as archive:
        document = qti.QTIDocument()
        document.read(src=io.BytesIO(archive.read(f"kratom-and-harm-reduction-{name}.xml")))
        listed = [
            str(reference.href)
            for reference in document.root.find_children_depth_first(qti.tests.AssessmentItemRef)
        ]
        items = BANKS[name].used_for(use)
        assert listed == [f"items/{item.id}.xml" for item in items]
        for kind in {item.kind for item in items}:
            item = next(item for item in items if item.kind == kind)
            root = session_of(archive.read(f"items/{item.id}.xml")).item
            assert not [
                node
                for node in root.find_children_depth_first(XMLNSElement)
                if type(node) is XMLNSElement
            ], item.id


# Canvas, QTI 1.2


@each_chapter
def test_canvas_feedback_of_every_option_row_and_kind_is_in_the_package(package, name, use):
    with zipfile.ZipFile(package("qti12", name, use)) as archive:
        root = ET.fromstring(
            archive.read(f"kratom-and-harm-reduction-{name}/kratom-and-harm-reduction-{name}.xml")
        )
    found = {node.get("ident"): node for node in root.iter(f"{QTI12}item")}
    items = BANKS[name].used_for(use)
    assert found.keys() == {item.id for item in items}
    for item in items:
        told = {
            node.get("ident"): words("".join(node.itertext()))
            for node in found[item.id].iter(f"{QTI12}itemfeedback")
        }
        everything = " ".join(told.values())
        assert words(to_html(item.stem)) in words(
            found[item.id].find(f"{QTI12}presentation/{QTI12}material/{QTI12}mattext").text
        )
        for letter, index in shown(item) if item.kind in ("choice", "choices") else ():
            assert told[f"{letter}_fb"] == words(to_html(item.options[index].feedback))
        if item.kind == "number":
            assert (
                told["correct_fb"] == words(to_html(item.feedback))
                and words(to_html(item.hint)) in everything
            )
        for part in (*getattr(item, "errors", ()), *getattr(item, "pairs", ())):
            assert words(to_html(part.feedback, inline=True)) in everything, item.id
        for row in getattr(item, "rubric", ()):
            assert words(to_html(row.criterion)) in everything
        if item.explanation:
            assert words(to_html(item.explanation)) in everything


QTI12 = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"


# Moodle


@each_chapter
def test_moodle_another_parser_reads_every_choice_with_shares_points_and_feedback(
    package, name, use
):
    from moodle_xml_parser.parser import parse_file

    read = {
        question.name: question
        for question in parse_file(str(package("moodle", name, use)))["multichoice"]
    }
    items = {
        item.id: item for item in BANKS[name].used_for(use) if item.kind in ("choice", "choices")
    }
    assert read.keys() == items.keys()
    for item_id, item in items.items():
        question = read[item_id]
        assert (question.default_grade, question.penalty, question.single) == (
            item.points,
            0,
            item.kind == "choice",
        )
        assert words(to_html(item.stem)) == words(question.text_pre_parse)
        assert {words(option.answer): words(option.feedback) for option in question.options} == {
            words(to_html(option.text)): words(to_html(option.feedback)) for option in item.options
        }
        for letter, index in shown(item):
            [option] = [
                option
                for option in question.options
                if words(option.answer) == words(to_html(item.options[index].text))
            ]
            alone = mark(item, letter if item.kind == "choice" else [letter]).points
            assert max(option.score_fraction, 0) / 100 * item.points == pytest.approx(
                alone, abs=1e-3
            )


# Anki


def test_anki_itself_imports_every_check_item_and_every_term_and_a_second_import_doubles_none(
    tmp_path,
):
    """Into a collection of Anki's own program, all chapters one after the other."""
    from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest

    collection = Collection(str(tmp_path / "collection.anki2"))
    try:
        for name in [*BANKS, next(iter(BANKS))]:
            path = export_quiz("anki", name, "check", tmp_path, GLOSSARY).path
            collection.import_anki_package(
                ImportAnkiPackageRequest(package_path=str(path), options=ImportAnkiPackageOptions())
            )
        notes = [collection.get_note(number) for number in collection.find_notes("")]
        read = {note["Id"]: note for note in notes}
        assert len(read) == len(notes) == collection.card_count()
        items = {item.id: item for bank in BANKS.values() for item in bank.used_for("check")}
        terms = read_glossary(GLOSSARY)
        assert read.keys() == items.keys() | {f"glossary.{term.lower()}" for term in terms}
        for item_id, item in items.items():
            note = read[item_id]
            assert words(to_html(item.stem)) in words(note["Front"]) and item.level in note.tags
            for option in getattr(item, "options", ()):
                assert words(to_html(option.text)) in words(note["Front"]) and words(
                    to_html(option.feedback)
                ) in words(note["Back"])
                assert words(option.feedback) not in words(note["Front"])
            for part in (
                *getattr(item, "entries", ()),
                *(text for pair in getattr(item, "pairs", ()) for text in (pair.left, pair.right)),
            ):
                assert words(to_html(part)) in words(note["Front"])
            if item.kind == "number":
                assert f"{item.key:.4g}" in note["Back"]
            if item.explanation:
                assert words(to_html(item.explanation)) in words(note["Back"])
        assert all(
            words(to_html(meaning)) == words(read[f"glossary.{term.lower()}"]["Back"])
            for term, meaning in terms.items()
        )
        assert {deck.name.partition("::")[2] for deck in collection.decks.all_names_and_ids()} >= {
            bank.title for bank in BANKS.values()
        }
    finally:
        collection.close()


# Pictures

PIXELS = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGP4TwCMHFKDCQAtFj/BrhUgBwAAAABJRU5ErkJggg=="
)


def test_a_picture_of_an_item_becomes_a_file_of_the_package():
    bank = BANKS["02-pharmacology"]
    item = next(item for item in bank.items if item.kind == "choice")
    pictured = item.model_copy(
        update={
            "stem": "Look at this curve.\n\n![A rising curve](data:image/png;"
            f"base64,{base64.b64encode(PIXELS).decode()})"
        }
    )
    for files, prefix in (
        (qti21_files(bank.chapter, bank.title, [pictured]), "items/"),
        (
            qti12_files(bank.chapter, bank.title, [pictured]),
            "kratom-and-harm-reduction-02-pharmacology/",
        ),
    ):
        [picture] = [name for name in files if name.endswith(".png")]
        assert files[picture] == PIXELS and picture.startswith(prefix)
        assert any(
            picture.removeprefix(prefix).encode() in data and b"A rising curve" in data
            for name, data in files.items()
            if name.endswith(".xml")
        )
        assert picture.encode() in files["imsmanifest.xml"] and not any(
            b"base64" in data for data in files.values()
        )
