"""Exports read back: what a learning-management system would find in the file is what the bank
says.
"""

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from html import unescape
from pathlib import Path

import pytest
from conftest import ROOT

from kratomcourse.errors import CourseError
from kratomcourse.exports import export_quiz, exporters
from kratomcourse.exports.formats import anki, cartridge, gift, moodle, qti12, qti21
from kratomcourse.exports.glossary_terms import read_glossary
from kratomcourse.exports.grades import (
    ClassGrades,
    StudentGrades,
    grades_of_csv,
    grades_of_gradebook,
    grades_table,
)
from kratomcourse.exports.package import write_beside
from kratomcourse.exports.quizzes import export_grades, write_quiz
from kratomcourse.exports.registry import ALL_KINDS, ExportedQuiz, guide_table
from kratomcourse.quiz import load_bank, load_banks, mark
from kratomcourse.quiz.bank import key_of, shown
from kratomcourse.quiz.item_text import to_html, with_facts

GLOSSARY = ROOT / "book" / "glossary.md"
BANKS = load_banks()
CHAPTERS = [(chapter, use) for chapter in BANKS for use in ("check", "graded")]
QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"


@pytest.fixture(params=CHAPTERS, ids=lambda param: f"{param[0]}-{param[1]}")
def chapter(request):
    return request.param


def test_moodle_finds_every_item_with_its_key_points_and_feedback(chapter, tmp_path):
    name, use = chapter
    export = export_quiz("moodle", name, use, tmp_path, GLOSSARY)
    path, count = export.path, export.count
    items = {item.id: item for item in BANKS[name].used_for(use)}
    questions = {
        node.findtext("name/text"): node
        for node in ET.parse(path).getroot()
        if node.get("type") != "category"
    }
    assert questions.keys() == items.keys() and count == len(items)
    for item_id, node in questions.items():
        item = items[item_id]
        assert float(node.findtext("defaultgrade")) == item.points
        assert to_html(item.stem).split("\n")[0] in node.findtext("questiontext/text")
        if item.kind in ("choice", "choices"):
            answers = {answer.findtext("text"): answer for answer in node.findall("answer")}
            assert len(answers) == len(item.options)
            for option in item.options:
                answer = answers[to_html(option.text)]
                assert (float(answer.get("fraction")) > 0) == option.correct
                assert answer.findtext("feedback/text") == to_html(option.feedback)
            assert sum(
                max(float(answer.get("fraction")), 0) for answer in answers.values()
            ) == pytest.approx(100, abs=1e-3)
        elif item.kind == "number":
            right = next(
                answer for answer in node.findall("answer") if answer.get("fraction") == "100"
            )
            assert float(right.findtext("text")) == item.key and float(
                right.findtext("tolerance")
            ) == pytest.approx(item.allowed)
            assert len(node.findall("answer")) == len(item.errors) + 2
        elif item.kind in ("order", "match"):
            told = [part.findtext("answer/text") for part in node.findall("subquestion")]
            rights = item.entries if item.kind == "order" else [pair.right for pair in item.pairs]
            assert told == [with_facts(right) for right in rights]
        else:
            assert node.get("type") == "essay" and len(node.findtext("graderinfo/text")) > 40


def test_canvas_finds_every_item_and_gives_the_key_full_score(chapter, tmp_path):
    name, use = chapter
    path = export_quiz("qti12", name, use, tmp_path, GLOSSARY).path
    items = {item.id: item for item in BANKS[name].used_for(use)}
    with zipfile.ZipFile(path) as package:
        listed = [
            node.get("href")
            for node in ET.fromstring(package.read("imsmanifest.xml")).iter()
            if node.tag.endswith("}file")
        ]
        assert set(listed) == set(package.namelist()) - {"imsmanifest.xml"}
        root = ET.fromstring(
            package.read(f"kratom-and-harm-reduction-{name}/kratom-and-harm-reduction-{name}.xml")
        )
    found = {node.get("ident"): node for node in root.iter(f"{QTI}item")}
    assert found.keys() == items.keys()
    for item_id, node in found.items():
        item = items[item_id]
        fields = {
            field.findtext(f"{QTI}fieldlabel"): field.findtext(f"{QTI}fieldentry")
            for field in node.iter(f"{QTI}qtimetadatafield")
        }
        assert float(fields["points_possible"]) == item.points
        links = {link.get("linkrefid") for link in node.iter(f"{QTI}displayfeedback")}
        assert links <= {part.get("ident") for part in node.iter(f"{QTI}itemfeedback")}
        if item.kind in ("choice", "choices", "number", "order", "match"):
            assert qti_score(node, item) == pytest.approx(100, abs=0.1), item_id


def qti_score(node, item):
    """Score of the full key under the rules that stand in the file; a reading of QTI of our own
    test's, not the exporter's.
    """
    texts = {
        label.get("ident"): label.find(f".//{QTI}mattext").text
        for label in node.iter(f"{QTI}response_label")
        if label.find(f".//{QTI}mattext") is not None
    }
    if item.kind in ("choice", "choices"):
        picked = {
            ident
            for ident, text in texts.items()
            if text in {to_html(option.text) for option in item.options if option.correct}
        }
        given = {"response1": picked}
    elif item.kind == "number":
        given = {"response1": key_of(item)}
    else:
        rights = item.entries if item.kind == "order" else [pair.right for pair in item.pairs]
        idents = {text: ident for ident, text in texts.items()}
        given = {
            f"response_{place}": {idents[to_html(right, inline=True)]}
            for place, right in enumerate(rights, 1)
        }
    score = 0.0
    for rule in node.iter(f"{QTI}respcondition"):
        if all(holds(part, given) for part in rule.find(f"{QTI}conditionvar")):
            for change in rule.findall(f"{QTI}setvar"):
                score = float(change.text) + (score if change.get("action") == "Add" else 0)
    return score


def holds(part, given):
    name, answer = part.tag.removeprefix(QTI), given.get(part.get("respident"))
    match name:
        case "and":
            return all(holds(inner, given) for inner in part)
        case "not":
            return not holds(part[0], given)
        case "varequal":
            return part.text in answer
        case "vargte":
            return answer >= float(part.text)
        case "varlte":
            return answer <= float(part.text)
    raise AssertionError(f"the file uses {name}, which this test does not know")


def test_cards_hold_no_graded_item_and_every_check_item_and_term(tmp_path):
    chapter = next(iter(BANKS))
    export = export_quiz("anki", chapter, "graded", tmp_path, GLOSSARY)
    path, count = export.path, export.count
    with zipfile.ZipFile(path) as package:
        package.extract("collection.anki2", tmp_path)
    with sqlite3.connect(tmp_path / "collection.anki2") as database:
        ids = {fields.split("\x1f")[2] for (fields,) in database.execute("select flds from notes")}
    bank = BANKS[chapter]
    assert len(ids) == count
    assert {item.id for item in bank.used_for("check")} <= ids
    assert not ids & {item.id for item in bank.used_for("graded")}
    assert {f"glossary.{term.lower()}" for term in read_glossary(GLOSSARY)} <= ids


def test_an_export_that_fails_leaves_the_old_file_and_no_half_of_a_new_one(tmp_path):
    target = tmp_path / "quiz.xml"
    target.write_text("the old one")

    def breaks(path):
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError):
        write_beside(target, breaks)
    assert [path.name for path in tmp_path.iterdir()] == [
        "quiz.xml"
    ] and target.read_text() == "the old one"


def test_an_assignment_can_be_exported_like_a_chapter(tmp_path):
    done = export_quiz("moodle", "04-risk-short", "graded", tmp_path, GLOSSARY)
    assert done.count == 11 and done.path.name == "04-risk-short-graded-moodle.xml"
    with pytest.raises(CourseError, match="04-risk-short has no check items, which are what anki"):
        export_quiz("anki", "04-risk-short", "check", tmp_path, GLOSSARY)


@pytest.mark.parametrize(
    "form, chapter, message",
    [
        ("moddle", "02-pharmacology", "did you mean 'moodle'"),
        ("moodle", "02-farmacology", "did you mean '02-pharmacology'"),
    ],
)
def test_an_unknown_format_or_chapter_is_named(tmp_path, form, chapter, message):
    with pytest.raises(CourseError, match=message):
        export_quiz(form, chapter, "graded", tmp_path, GLOSSARY)


GRADES = """assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score
02-pharmacology,,,ada,Lovelace,Ada,ada@example.org,61,0,61,70
02-pharmacology,,,bo,,,,12.5,0,12.5,70
03-more,,,ada,Lovelace,Ada,ada@example.org,5,0,5,40
"""


@pytest.mark.parametrize(
    "shape, head, ada",
    [
        (
            "moodle",
            ["Email address", "ID number", "02-pharmacology", "03-more"],
            ["ada@example.org", "ada", "61", "5"],
        ),
        (
            "canvas",
            [
                "Student",
                "ID",
                "SIS User ID",
                "SIS Login ID",
                "Section",
                "02-pharmacology",
                "03-more",
            ],
            ["Lovelace, Ada", "", "ada", "ada", "", "61", "5"],
        ),
        (
            "blackboard",
            [
                "Last Name",
                "First Name",
                "Username",
                "Student ID",
                "02-pharmacology [Total Pts: 70 Score]",
                "03-more [Total Pts: 40 Score]",
            ],
            ["Lovelace", "Ada", "ada", "", "61", "5"],
        ),
        (
            "plain",
            ["student", "last_name", "first_name", "email", "assignment", "score", "max_score"],
            ["ada", "Lovelace", "Ada", "ada@example.org", "02-pharmacology", "61", "70"],
        ),
    ],
)
def test_grades_have_the_columns_that_a_system_imports(tmp_path, shape, head, ada):
    source = tmp_path / "grades.csv"
    source.write_text(GRADES)
    path, count = export_grades(grades_of_csv(source), shape, tmp_path / "out.csv")
    rows = list(csv.reader(path.open()))
    assert rows[0] == head and ada in rows and len(rows) == count + 1
    empty = -2 if shape == "plain" else -1
    assert any("bo" in row and row[empty] == "" for row in rows), "no score is no zero"


NAMES = [
    ("ada", "Ada", "O'Brien, Jr."),
    ("bea", 'B. "Bea"', "=HYPERLINK(1)"),
    ("cal", "Çağrı", "Ñandú"),
    ("dot", "Ada", "O'Brien, Jr."),
]


@pytest.mark.parametrize("form", ["canvas", "moodle", "blackboard", "plain"])
def test_grades_of_the_gradebook_survive_names_with_commas_quotes_and_formulas(
    tmp_path, form, monkeypatch
):
    from nbgrader.api import Gradebook

    # nbgrader starts alembic, which is beside Python
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("q1")
        gradebook.add_notebook("q1", "q1")
        gradebook.add_grade_cell("c", "q1", "q1", max_score=59, cell_type="code")
        for number, (student, first, last) in enumerate(NAMES):
            gradebook.add_student(student, first_name=first, last_name=last, email="a@b.c")
            if student != "dot":
                gradebook.add_submission("q1", student)
                gradebook.find_grade("c", "q1", "q1", student).auto_score = 21.5 + number
                gradebook.db.commit()
    path, count = export_grades(grades_of_gradebook(url, ""), form, tmp_path / "out.csv")
    rows = list(csv.reader(path.open(encoding="utf-8", newline="")))
    assert {len(row) for row in rows} == {len(rows[0])} and count == len(rows) - 1
    person = {"plain": 0, "moodle": 1}.get(form, 2)
    score = -2 if form == "plain" else -1
    scores = {row[person]: row[score] for row in rows[1:]}
    scores.pop("", None)
    assert scores == {"ada": "21.5", "bea": "22.5", "cal": "23.5", "dot": ""}
    if form == "canvas":
        assert rows[1][-1] == "59" and rows[2][0] == "O'Brien, Jr., Ada"
    if form != "moodle":
        assert any("O'Brien, Jr." in cell for row in rows for cell in row)
        assert not any(cell.startswith("=") for row in rows for cell in row)


@pytest.mark.parametrize(
    "student, score", [("=cmd", 1.0), ("a\nb", 1.0), ("ada", float("nan")), ("ada", -1.0)]
)
def test_a_grade_that_cannot_be_written_rightly_is_refused(student, score):
    grades = ClassGrades("gradebook", {"q": 2.0})
    grades.students[student] = StudentGrades(student, scores={"q": score})
    with pytest.raises(CourseError):
        grades_table(grades, "canvas")


BROKEN_GRADES = {
    "01-other-columns": "has no column assignment, max_score, score, student_id. Fix: leave the file out",
    "02-empty": "holds no grades. Fix: grade a quiz first",
    "03-head-alone": "holds no grades. Fix: grade a quiz first",
    "05-comma-in-a-name": "has 12 fields where its head has 11",
    "06-two-scores-for-one": "contradicts an earlier row",
    "04-a-spreadsheet": "is no table in text .CSV, UTF-8.. Fix: leave the file out",
}


def test_every_broken_table_of_grades_has_its_message():
    assert set(BROKEN_GRADES) == {
        path.stem for path in (ROOT / "tests" / "data" / "broken" / "grades").glob("*.csv")
    }


@pytest.mark.parametrize("name", BROKEN_GRADES)
def test_a_file_that_is_no_export_of_grades_is_refused(tmp_path, name):
    target = tmp_path / "out.csv"
    target.write_text("the old one")
    with pytest.raises(
        CourseError, match=rf"{name}.csv:([0-9]+:)?( .[a-z]+.)? {BROKEN_GRADES[name]}"
    ):
        source = ROOT / "tests" / "data" / "broken" / "grades" / f"{name}.csv"
        export_grades(grades_of_csv(source), "canvas", target)
    assert target.read_text() == "the old one" and [path.name for path in tmp_path.iterdir()] == [
        "out.csv"
    ]


def test_a_folder_that_can_not_be_made_is_named(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(
        CourseError,
        match=r"taken: can.t be used as the folder for the files .*Fix: name another folder with "
        r"--to",
    ):
        export_quiz("moodle", "04", "graded", tmp_path / "taken", GLOSSARY)


@pytest.mark.parametrize("form", exporters())
def test_a_format_that_fails_half_way_leaves_the_old_file(tmp_path, form, monkeypatch):
    path = export_quiz(form, "04", "check", tmp_path, GLOSSARY).path
    old = path.read_bytes()

    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr("kratomcourse.exports.package.Path.replace", full)
    with pytest.raises(OSError):
        export_quiz(form, "04", "check", tmp_path, GLOSSARY)
    assert path.read_bytes() == old and list(tmp_path.iterdir()) == [path]


GIFT_READER = """
const read = require("gift-pegjs").parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(read));
"""


@pytest.mark.skipif(
    not (ROOT / "tests" / "html" / "node_modules" / "gift-pegjs").is_dir(),
    reason="the parser of GIFT isn't installed (npm ci in tests/html)",
)
def test_gift_is_read_by_another_parser_with_every_question_key_and_feedback(chapter, tmp_path):
    name, use = chapter
    export = export_quiz("gift", name, use, tmp_path, GLOSSARY)
    items = {item.id: item for item in BANKS[name].used_for(use)}
    read = subprocess.run(
        ["node", "-e", GIFT_READER],
        input=export.path.read_text(encoding="utf-8"),
        cwd=ROOT / "tests" / "html",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = {one["title"]: one for one in json.loads(read.stdout) if one["type"] != "Category"}
    assert found.keys() == items.keys() and export.count == len(items) and not export.skipped
    for item_id, question in found.items():
        item = items[item_id]
        assert words(to_html(item.stem)) in words(question["stem"]["text"])
        if item.kind == "choice":
            read = {words(row["text"]["text"]): row for row in question["choices"]}
            for option in item.options:
                row = read[words(to_html(option.text, inline=True))]
                assert row["isCorrect"] == option.correct
                assert words(row["feedback"]["text"]) == words(to_html(option.feedback))
        elif item.kind == "choices":
            read = {words(row["text"]["text"]): row for row in question["choices"]}
            for option in item.options:
                row = read[words(to_html(option.text, inline=True))]
                assert (row["weight"] > 0) == option.correct
        elif item.kind == "number":
            right = question["choices"][0]
            assert right["text"]["number"] == pytest.approx(item.key)
            assert words(right["feedback"]["text"]) == words(to_html(item.feedback))
            assert len(question["choices"]) == len(item.errors) + 1
        elif item.kind in ("order", "match"):
            # The parser leaves its own mark for an escaped colon in the right side of a pair.
            rights = [row["subanswer"].replace("&&058;", ":") for row in question["matchPairs"]]
            expected = item.entries if item.kind == "order" else [row.right for row in item.pairs]
            assert rights == [with_facts(right) for right in expected]
        else:
            assert question["type"] == "Essay"


def words(html):
    """The letters of some HTML, without its tags and blanks."""
    return "".join(unescape(re.sub(r"<[^>]+>", "", html)).replace("\\", "").split())


def test_an_item_of_a_kind_that_a_format_lacks_is_reported_and_not_counted(tmp_path):
    class ChoicesAlone:
        name, title, suffix, uses, lossy = "few", "Few", ".txt", ("graded",), {}
        kinds = frozenset({"choice"})

        def write(self, quiz, path):
            path.write_text("".join(item.id for item in quiz.items))
            return len(quiz.items)

    items = BANKS["04-risk"].used_for("graded")
    export = write_quiz(
        ChoicesAlone(), ExportedQuiz("04-risk", "Risk", items), tmp_path / "few.txt"
    )
    choices = [item.id for item in items if item.kind == "choice"]
    assert export.count == len(choices) and export.path.read_text() == "".join(choices)
    assert [item_id for item_id, _ in export.skipped] == [
        item.id for item in items if item.kind != "choice"
    ]


def test_the_guide_lists_every_format_with_what_changes():
    assert guide_table() in (ROOT / "book" / "for-instructors.md").read_text(encoding="utf-8")
    for exporter in exporters().values():
        assert exporter.kinds <= ALL_KINDS and set(exporter.uses) <= {"check", "graded"}


# One item of each kind, as each format writes it

SAMPLE = load_bank(ROOT / "tests" / "data" / "bank" / "99-sample.yml")
ONE = {item.id.removeprefix("sample."): item for item in SAMPLE.items}


def test_gift_writes_each_kind_of_answer():
    # The options stand in the order of the bank's own shuffle.
    assert gift.answers(ONE["one"]) == [
        "~That the drug is safe#<p>Ki says nothing of harm.</p>",
        "=That the drug binds tightly#<p>Ki is a concentration; the lower the tighter.</p>",
        "~That the drug has a large effect#<p>Binding is not effect. A blocker binds too.</p>",
    ]
    assert [line.partition("#")[0] for line in gift.answers(ONE["many"])] == [
        "~%-50.00000%Emax",
        "~%-50.00000%Intrinsic activity",
        "~%50.00000%Ki",
        "~%50.00000%Occupancy",
    ]
    assert gift.answers(ONE["num"]) == [
        "#=0.5:0.01#<p>At the Ki half of the receptors are bound, by definition.</p>",
        "=%0%1.0:0.02#<p>Full occupancy needs far more than Ki.</p>",
    ]
    assert gift.answers(ONE["order"])[::3] == [
        "=Position 1 -> Swallow",
        "=Position 4 -> Excrete",
    ]
    assert gift.answers(ONE["match"])[1] == (
        r"=Efficacy -> how much \{effect\} one bound receptor gives"
    )
    assert gift.answers(ONE["code"]) == gift.answers(ONE["text"]) == []
    assert gift.question(ONE["match"]).count("\n") == 4 and "####" not in gift.question(
        ONE["match"]
    )
    assert gift.question(ONE["text"]).endswith("?</p>{}")
    assert gift.question(ONE["code"]).endswith(
        "{####<p>The share bound grows towards one and never reaches it.</p>}"
    )
    assert gift.question(ONE["order"]).endswith(
        "\n    ####<p>This is the order of the journey of a drug.</p>\n}"
    )


def test_gift_escapes_its_signs_and_knows_no_exponent():
    assert gift.escape("a\\b ~c =d #e {f}: g\nh") == r"a\\b \~c \=d \#e \{f\}\: g h"
    assert gift.decimal(1e-7) == "0.0000001" and gift.decimal(2.5e20) == "250000000000000000000"


def told(node):
    """{tag: text} of the plain fields of a question."""
    return {child.tag: child.text for child in node if not len(child)}


def test_moodle_writes_each_kind_of_question():
    made = {name: moodle.QUESTIONS[item.kind](item) for name, item in ONE.items()}
    assert {name: node.get("type") for name, node in made.items()} == {
        "one": "multichoice",
        "many": "multichoice",
        "num": "numerical",
        "fact": "numerical",
        "order": "matching",
        "match": "matching",
        "code": "essay",
        "text": "essay",
    }
    fields = {"penalty": "0", "idnumber": "sample.one", "defaultgrade": "1", "single": "true"}
    assert told(made["one"]) == fields | {"shuffleanswers": "true", "answernumbering": "abc"}
    assert told(made["many"])["single"] == "false"
    shares = {
        answer.findtext("text"): answer.get("fraction") for answer in made["many"].iter("answer")
    }
    assert shares == {
        "<p>Ki</p>": "50",
        "<p>Occupancy</p>": "50",
        "<p>Emax</p>": "-50",
        "<p>Intrinsic activity</p>": "-50",
    }
    assert [
        (
            answer.get("fraction"),
            answer.get("format"),
            answer.findtext("text"),
            answer.findtext("tolerance"),
            answer.findtext("feedback/text"),
        )
        for answer in made["num"].iter("answer")
    ] == [
        ("100", "moodle_auto_format", "0.5", "0.01", to_html(ONE["num"].feedback)),
        ("0", "moodle_auto_format", "1.0", "0.02", to_html(ONE["num"].errors[0].feedback)),
        ("0", "moodle_auto_format", "*", None, to_html(ONE["num"].hint)),
    ]
    assert [
        (part.findtext("text"), part.findtext("answer/text"))
        for part in made["order"].iter("subquestion")
    ] == [(f"<p>Place {place}</p>", entry) for place, entry in enumerate(ONE["order"].entries, 1)]
    for name, form in (("code", "monospaced"), ("text", "editor")):
        assert told(made[name])["responseformat"] == form
        assert told(made[name])["responserequired"] == "1"
    assert made["code"].findtext("responsetemplate/text") == ONE["code"].starter
    assert not made["text"].findtext("responsetemplate/text")
    assert made["text"].findtext("generalfeedback/text") == ""


def test_moodle_keeps_pictures_as_files_of_the_question():
    pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
    item = ONE["text"].model_copy(update={"stem": f"Look.\n\n![A dot]({pixel})"})
    node = moodle.essay(item).find("questiontext")
    [picture] = node.iter("file")
    assert picture.text == pixel.partition(",")[2] and picture.get("encoding") == "base64"
    assert picture.get("path") == "/" and f"@@PLUGINFILE@@/{picture.get('name')}" in (
        node.findtext("text")
    )


def canvas(name):
    """A question for Canvas as nested tuples, and what it says whatever and whenever."""
    node = qti12.one_item(ONE[name])
    fields = {
        field.findtext("fieldlabel"): field.findtext("fieldentry")
        for field in node.iter("qtimetadatafield")
    }
    said = {one.get("ident"): "".join(one.itertext()) for one in node.iter("itemfeedback")}
    return node, fields, said


@pytest.mark.parametrize(
    "name, kind, points, feedback",
    [
        ("one", "multiple_choice_question", "1", {"a_fb", "b_fb", "c_fb"}),
        ("many", "multiple_answers_question", "3", {"a_fb", "b_fb", "c_fb", "d_fb"}),
        ("num", "numerical_question", "2", {"correct_fb", "general_incorrect_fb", "general_fb"}),
        ("order", "matching_question", "3", {"general_fb"}),
        ("match", "matching_question", "3", {"general_incorrect_fb"}),
        ("code", "essay_question", "4", {"general_fb"}),
        ("text", "essay_question", "3", {"general_fb"}),
    ],
)
def test_canvas_gets_the_kind_the_points_and_the_feedback(name, kind, points, feedback):
    node, fields, said = canvas(name)
    assert fields == {"question_type": kind, "points_possible": points}
    assert set(said) == feedback
    [outcome] = node.iter("decvar")
    assert (outcome.get("minvalue"), outcome.get("maxvalue")) == ("0", "100")
    rules = [rule.get("continue") for rule in node.iter("respcondition")]
    last = [] if name in ("order", "match") else ["No"]
    assert rules == ["Yes"] * (len(rules) - len(last)) + last


def test_canvas_adds_up_rows_and_wants_every_right_tick_and_no_wrong_one():
    node, _, said = canvas("match")
    assert [
        (
            rule.find("conditionvar/varequal").get("respident"),
            rule.findtext("conditionvar/varequal"),
        )
        for rule in node.iter("respcondition")
    ] == [(f"response_{place}", f"r{place}") for place in (1, 2, 3)]
    assert {(one.get("action"), one.text) for one in node.iter("setvar")} == {("Add", "33.33")}
    assert said["general_incorrect_fb"].count("<li>") == 3
    node, _, said = canvas("many")
    *rules, right = node.iter("respcondition")
    assert [rule.find("displayfeedback").get("linkrefid") for rule in rules] == sorted(said)
    conditions = right.find("conditionvar/and")
    assert [(one.tag, "".join(one.itertext())) for one in conditions] == [
        ("not", "a"),
        ("not", "b"),
        ("varequal", "c"),
        ("varequal", "d"),
    ]
    assert right.find("setvar").text == "100" and right.find("setvar").get("action") == "Set"
    node, _, _ = canvas("num")
    [low], [high] = node.iter("vargte"), node.iter("varlte")
    assert (low.text, high.text) == ("0.49", "0.51")
    node, _, _ = canvas("one")
    right = list(node.iter("respcondition"))[-1]
    assert [one.text for one in right.iter("varequal")] == ["b"]


def test_canvas_finds_the_quiz_its_points_and_its_files():
    files = qti12.qti12_files("99-sample", "A sample", SAMPLE.items)
    name = "kratom-and-harm-reduction-99-sample"
    meta = told(ET.fromstring(files[f"{name}/assessment_meta.xml"]))
    assert {tag.rpartition("}")[2]: text for tag, text in meta.items()} == {
        "title": "A sample",
        "points_possible": "20",
        "quiz_type": "assignment",
        "shuffle_answers": "true",
    }
    assert list(files) == [
        "imsmanifest.xml",
        f"{name}/{name}.xml",
        f"{name}/assessment_meta.xml",
    ]
    [quiz, about] = ET.fromstring(files["imsmanifest.xml"])[0]
    assert quiz[1].get("identifierref") == about.get("identifier")
    assert about.get("href") == about[0].get("href") == f"{name}/assessment_meta.xml"


@pytest.mark.parametrize("points, weight", [(3, "3"), (2.5, None)])
def test_a_cartridge_weighs_questions_where_their_points_are_whole(points, weight):
    item = ONE["text"].model_copy(update={"points": points})
    node = cartridge.one_item(item)
    fields = {
        field.findtext("fieldlabel"): field.findtext("fieldentry")
        for field in node.iter("qtimetadatafield")
    }
    assert fields.get("cc_weighting") == weight and fields["cc_profile"] == "cc.essay.v0p1"
    assert fields["qmd_scoringpermitted"] == "Yes" and fields["qmd_computerscored"] == "No"
    [rule] = node.iter("respcondition")
    assert rule.get("continue") == "Yes"
    assert rule.find("displayfeedback").get("linkrefid") == cartridge.GENERAL
    assert "A full answer" in "".join(node.find("itemfeedback").itertext())


def test_a_cartridge_says_nothing_where_an_item_has_no_general_feedback():
    node = cartridge.one_item(ONE["many"])
    assert cartridge.GENERAL not in {one.get("ident") for one in node.iter("itemfeedback")}
    assert [child.tag for child in node][:3] == ["itemmetadata", "presentation", "resprocessing"]
    assert "qmd_scoringpermitted" not in ET.tostring(node, encoding="unicode")
    with_words = ONE["many"].model_copy(update={"explanation": "Binding comes first."})
    node = cartridge.one_item(with_words)
    first = next(node.iter("respcondition"))
    assert first.find("conditionvar/other") is not None
    assert first.find("displayfeedback").get("linkrefid") == cartridge.GENERAL


def test_cards_show_what_there_is_to_choose_from_and_never_in_the_order_of_the_key():
    front = anki.front(ONE["order"])
    assert re.findall("<li>(.*?)</li>", front) == ["Absorb", "Distribute", "Excrete", "Swallow"]
    assert re.findall("<li>(.*?)</li>", anki.back(ONE["order"])) == ONE["order"].entries
    front = anki.front(ONE["match"])
    assert re.findall("<li>(.*?)</li>", front.partition("<p>with</p>")[0]) == [
        "Affinity",
        "Efficacy",
        "Potency",
    ]
    assert re.findall("<li>(.*?)</li>", front.partition("<p>with</p>")[2]) == sorted(
        pair.right for pair in ONE["match"].pairs
    )
    back = anki.back(ONE["one"])
    assert re.findall("<b>Right.</b> (.*?)<br", back) == ["That the drug binds tightly"]
    assert "<b>81.9 nM</b>" in anki.back(ONE["fact"])
    assert "One solution" in anki.back(ONE["code"]) and "A full answer" in anki.back(ONE["text"])
    explained = ONE["num"].model_copy(update={"explanation": "Half is half."})
    assert anki.back(explained) == f"{anki.back(ONE['num'])}<p>Half is half.</p>"


# Grades at their edges


def table_of(tmp_path, *rows, head="assignment,student_id,score,max_score"):
    path = tmp_path / "grades.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8-sig")
    return path


def test_a_table_of_grades_is_read_as_it_stands(tmp_path):
    grades = grades_of_csv(table_of(tmp_path, "q,ada,,4", "", "q,bo,0.1234567890123,4", "r,bo,1,2"))
    assert grades.most == {"q": 4, "r": 2} and list(grades.students) == ["ada", "bo"]
    assert grades.students["ada"].scores == {"q": 0}, "an empty score is what nbgrader writes for 0"
    rows = grades_table(grades, "plain")[1:]
    assert rows == [
        ["ada", "", "", "", "q", "0", "4"],
        ["ada", "", "", "", "r", "", "2"],
        ["bo", "", "", "", "q", "0.123456789", "4"],
        ["bo", "", "", "", "r", "1", "2"],
    ]


@pytest.mark.parametrize(
    "rows, message",
    [
        (["q,ada,1,4", "q,bo,1,5"], r"grades.csv:3: \[bo\] contradicts an earlier row on q"),
        (["q,ada,1,4", "q,ada,1,4"], r"grades.csv:3: \[ada\] contradicts an earlier row on q"),
        (["q,ada,1,4", "q,bo,x,4"], "grades.csv:3: has a score that is no number"),
        (["q,ada,1,"], "grades.csv:2: has a score that is no number"),
        (["q,ada,1"], "grades.csv:2: has 3 fields where its head has 4"),
    ],
)
def test_a_row_of_grades_that_cannot_be_right_is_named(tmp_path, rows, message):
    with pytest.raises(CourseError, match=message):
        grades_of_csv(table_of(tmp_path, *rows))


def test_a_missing_column_is_named_with_the_line_of_the_head(tmp_path):
    with pytest.raises(CourseError, match="grades.csv:1: has no column max_score"):
        grades_of_csv(table_of(tmp_path, "q,ada,1", head="assignment,student_id,score"))


def graded(score=1.0, most=2.0, quiz="q", **fields):
    one = StudentGrades(**({"student": "ada", "scores": {quiz: score}} | fields))
    return ClassGrades("gradebook", {quiz: most}, {one.student: one})


@pytest.mark.parametrize(
    "grades",
    [
        graded(score=float("inf")),
        graded(score=-0.1),
        graded(most=float("nan")),
        graded(quiz="=q"),
        graded(quiz="q\u200b"),
        graded(student="@ada"),
        graded(student="a\x07"),
        ClassGrades("gradebook", {"q": 1.0}),
        ClassGrades("gradebook", {}, {"ada": StudentGrades("ada")}),
    ],
)
def test_grades_that_a_system_would_read_wrongly_are_not_written(grades):
    with pytest.raises(CourseError):
        grades_table(grades, "plain")


def test_every_wrong_grade_is_named_at_once():
    grades = graded(score=-1.0, most=float("inf"))
    grades.students["=b"] = StudentGrades("=b")
    with pytest.raises(CourseError) as caught:
        grades_table(grades, "canvas")
    assert [one.item for one in caught.value.diagnostics] == ["q", "ada", "'=b'"]


@pytest.mark.parametrize("score", [0.0, 3.5])
def test_nought_and_more_than_full_marks_can_be_written(score):
    assert grades_table(graded(score=score), "moodle")[1] == ["", "ada", f"{score:g}"]


@pytest.mark.parametrize(
    "form, row",
    [
        ("moodle", ["'=m@example.org", "ada", "1"]),
        ("canvas", ["'-Lovelace, 'Ada", "'+7", "ada", "ada", "", "1"]),
        ("blackboard", ["'-Lovelace", "Ada", "ada", "'+7", "1"]),
    ],
)
def test_names_and_addresses_are_no_formulas_and_have_one_line(form, row):
    grades = graded(
        last_name="-Love\nlace", first_name="A\x00da", email="=m@example.org", lms_id="+7"
    )
    made = grades_table(grades, form)[-1]
    assert made == [cell.replace("'Ada", "Ada") if form == "canvas" else cell for cell in row]


def test_canvas_gets_the_points_of_each_quiz_and_a_name_for_everyone():
    grades = graded()
    grades.most["a"] = 2.5
    grades.students["bo"] = StudentGrades("bo", first_name="Bo")
    rows = grades_table(grades, "canvas")
    assert rows[0][-2:] == ["a", "q"] and rows[1] == ["    Points Possible", *[""] * 4, "2.5", "2"]
    assert [row[0] for row in rows[2:]] == ["ada", "Bo"]
    assert rows[2][-2:] == ["", "1"] and rows[3][-2:] == ["", ""]


def test_the_gradebook_gives_scores_less_penalties_and_says_what_waits(tmp_path, monkeypatch):
    from nbgrader.api import Gradebook

    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("q1")
        gradebook.add_notebook("q1", "q1")
        gradebook.add_grade_cell("c", "q1", "q1", max_score=10, cell_type="code")
        for student, penalty in (("ada", 1.5), ("bo", 99), ("cy", 0)):
            gradebook.add_student(student, lms_user_id=f"id-{student}")
            submission = gradebook.add_submission("q1", student)
            submission.notebooks[0].late_submission_penalty = penalty
            grade = gradebook.find_grade("c", "q1", "q1", student)
            grade.auto_score, grade.needs_manual_grade = 4, student == "cy"
        gradebook.add_student("dee")
        gradebook.db.commit()
    grades = grades_of_gradebook(url, "")
    assert grades.most == {"q1": 10} and grades.place == url
    assert {name: one.scores for name, one in grades.students.items()} == {
        "ada": {"q1": 2.5},
        "bo": {"q1": 0.0},
        "cy": {"q1": 4.0},
        "dee": {},
    }
    assert {name for name, one in grades.students.items() if one.unread} == {"cy"}
    assert grades.students["ada"].lms_id == "id-ada" and grades.students["dee"].lms_id == ""
    assert grades.students["ada"].email == grades.students["ada"].last_name == ""


def bare(node):
    """An element without the name space, so that short paths find what is in it."""
    for each in node.iter():
        each.tag = each.tag.rpartition("}")[2]
    return node


def qti(name):
    """A question in QTI 2.1: the element, its attributes of note, and its feedback."""
    node = bare(qti21.one_item(ONE[name]))
    said = {
        (one.get("outcomeIdentifier"), one.get("identifier")): "".join(one.itertext())
        for one in node.iter("modalFeedback")
    }
    assert {one.get("showHide") for one in node.iter("modalFeedback")} <= {"show"}
    return node, said


@pytest.mark.parametrize(
    "name, cardinality, base, most, feedback",
    [
        ("one", "single", "identifier", "1", ["a", "b", "c"]),
        ("many", "multiple", "identifier", "3", ["a", "b", "c", "d"]),
        ("num", "single", "float", "2", ["right", "error-1", "hint"]),
        ("order", "ordered", "identifier", "3", ["right", "hint"]),
        ("match", "multiple", "directedPair", "3", []),
        ("code", "single", "string", "4", []),
        ("text", "single", "string", "3", []),
    ],
)
def test_qti21_declares_response_points_and_feedback(name, cardinality, base, most, feedback):
    node, said = qti(name)
    declared = node.find("responseDeclaration")
    assert (declared.get("cardinality"), declared.get("baseType")) == (cardinality, base)
    outcomes = {one.get("identifier"): one for one in node.iter("outcomeDeclaration")}
    assert list(outcomes) == ["SCORE", "MAXSCORE", "FEEDBACK", "AFTER"]
    assert outcomes["SCORE"].get("normalMaximum") == most
    assert outcomes["SCORE"].findtext("defaultValue/value") == "0"
    assert outcomes["MAXSCORE"].findtext("defaultValue/value") == most
    several = "multiple" if name == "many" else "single"
    assert outcomes["FEEDBACK"].get("cardinality") == several
    assert [ident for outcome, ident in said if outcome == "FEEDBACK"] == feedback
    sets_after = [one for one in node.iter("setOutcomeValue") if one.get("identifier") == "AFTER"]
    assert len(sets_after) == (("AFTER", "after") in said) == (name in ("match", "code"))
    assert [child.tag for child in node][-len(said) - 2 :][:2] == ["itemBody", "responseProcessing"]


def test_qti21_says_what_is_shown_afterwards_once():
    explained = {
        name: item.model_copy(update={"explanation": "Because of this."})
        for name, item in ONE.items()
    }
    for item in explained.values():
        node = bare(qti21.one_item(item))
        [after] = [
            "".join(one.itertext())
            for one in node.iter("modalFeedback")
            if one.get("identifier") == "after"
        ]
        assert after.endswith("Because of this.")
        text = "".join(node.itertext())
        if item.kind in ("number", "order", "code"):
            assert text.count(item.feedback) == 1


@pytest.mark.parametrize(
    "name, most, mapped",
    [
        ("one", "1", {"a": 0, "b": 1, "c": 0}),
        ("many", "0", {"a": -1.5, "b": -1.5, "c": 1.5, "d": 1.5}),
    ],
)
def test_qti21_gives_each_option_its_share(name, most, mapped):
    node, _ = qti(name)
    [interaction] = node.iter("choiceInteraction")
    assert (interaction.get("maxChoices"), interaction.get("shuffle")) == (most, "true")
    mapping = node.find("responseDeclaration/mapping")
    assert {one.get("mapKey"): float(one.get("mappedValue")) for one in mapping} == mapped
    bounds = (mapping.get("lowerBound"), mapping.get("upperBound"), mapping.get("defaultValue"))
    assert bounds == ("0", repr(float(ONE[name].points)), "0")


def test_qti21_takes_a_number_as_exactly_as_our_marking():
    node, _ = qti("num")
    lows, highs = (
        [float(one.findtext("baseValue")) for one in node.iter(side)] for side in ("gte", "lte")
    )
    assert lows[0] <= 0.49 < 0.51 <= highs[0] and mark(ONE["num"], 0.51).points == 2
    assert (lows[0], highs[0]) == pytest.approx((0.49, 0.51), abs=1e-9)
    assert (lows[1], highs[1]) == pytest.approx((0.98, 1.02))
    score, *feedback = [one.findtext("baseValue") for one in node.iter("setOutcomeValue")]
    assert score == "2.0" and feedback == ["right", "error-1", "hint"]
    body = bare(qti21.one_item(ONE["fact"])).find("itemBody")
    assert body.find(".//textEntryInteraction").tail == " nM"
    assert not qti("num")[0].find(".//textEntryInteraction").tail


def test_qti21_gives_each_pair_and_each_row_its_share():
    node, _ = qti("order")
    shares = [one.findtext("baseValue") for one in node.iter("sum")]
    assert shares == ["1.0"] * 3
    places = [one.get("n") for one in node.iter("index")]
    assert places == ["1", "2", "2", "3", "3", "4"] * 3
    key = key_of(ONE["order"])
    assert [one.findtext("baseValue") for one in node.iter("member")] == key
    node, _ = qti("match")
    mapping = node.find("responseDeclaration/mapping")
    assert {one.get("mapKey"): one.get("mappedValue") for one in mapping} == {
        f"row-{place} {letter}": "1.0" for place, letter in enumerate(key_of(ONE["match"]), 1)
    }
    assert node.find(".//matchInteraction").get("maxAssociations") == "3"
    lefts, rights = node.iter("simpleMatchSet")
    assert [(one.get("identifier"), one.get("matchMax")) for one in lefts] == [
        ("row-1", "1"),
        ("row-2", "1"),
        ("row-3", "1"),
    ]
    assert {one.get("matchMax") for one in rights} == {"3"}
    assert len(list(node.iter("responseIf"))) == 1


def test_qti21_leaves_what_a_person_marks_to_a_person():
    for name, lines, words in (("code", "12", "One solution"), ("text", "8", "A full answer")):
        node, _ = qti(name)
        [interaction], [rubric] = node.iter("extendedTextInteraction"), node.iter("rubricBlock")
        assert interaction.get("expectedLines") == lines and rubric.get("view") == "scorer"
        assert words in "".join(rubric.itertext())
        assert not [one for one in node.iter("setOutcomeValue") if one.get("identifier") == "SCORE"]
    named = ONE["text"].model_copy(update={"id": "9.text"})
    assert qti21.identifier(named) == "i-9.text" and qti21.identifier(ONE["text"]) == "sample.text"


def test_blackboard_gets_choices_with_a_key_and_texts_with_an_answer():
    node = bare(qti21.plain_item(ONE["many"]))
    assert [one.text for one in node.find("responseDeclaration/correctResponse")] == ["c", "d"]
    assert node.find("responseDeclaration/mapping") is None and not list(node.iter("modalFeedback"))
    assert node.find("responseProcessing").get("template").endswith("/match_correct")
    node = bare(qti21.plain_item(ONE["order"]))
    assert node.find("responseProcessing") is None
    assert "Swallow" in "".join(node.find("itemBody/ul").itertext())
    assert "Swallow" in "".join(node.find("itemBody/rubricBlock").itertext())
    points = {
        one.get("identifier"): one.findtext("defaultValue/value")
        for one in node.iter("outcomeDeclaration")
    }
    assert points == {"SCORE": "0", "MAXSCORE": "3"}


def test_qti21_lists_its_items_in_a_test_and_a_manifest():
    files = qti21.qti21_files("99-sample", "A sample", SAMPLE.items)
    name = "kratom-and-harm-reduction-99-sample"
    assert set(files) == {
        *("imsmanifest.xml", f"{name}.xml"),
        *(f"items/{item.id}.xml" for item in SAMPLE.items),
    }
    whole = bare(ET.fromstring(files[f"{name}.xml"]))
    listed = [(one.get("href"), one.get("category")) for one in whole.iter("assessmentItemRef")]
    assert listed == [
        (f"items/{item.id}.xml", f"{item.objective} {item.level}") for item in SAMPLE.items
    ]
    assert whole.findtext("outcomeDeclaration/defaultValue/value") == "0"
    assert whole.find("outcomeProcessing/setOutcomeValue/sum/testVariables") is not None
    manifest = bare(ET.fromstring(files["imsmanifest.xml"]))
    assert manifest.findtext("metadata/schema") == "QTIv2.1 Package"
    assert manifest.findtext("metadata/schemaversion") == "1.0.0"
    first, *rest = manifest.find("resources")
    assert [one.get("identifierref") for one in first.iter("dependency")] == [
        one.get("identifier") for one in rest
    ]
    assert [one.get("href") for one in first.iter("file")] == [f"{name}.xml"]
    assert [[file.get("href") for file in one] for one in rest] == [
        [f"items/{item.id}.xml"] for item in SAMPLE.items
    ]


def test_qti21_keeps_of_html_what_the_standard_knows():
    node = ET.Element("body")
    qti21.flow(node, '<p class="a" style="b">x <a href="c" id="d">e</a><img src="f" alt="g"/></p>')
    assert ET.tostring(node, encoding="unicode") == (
        '<body><p>x <a href="c">e</a><img src="f" alt="g" /></p></body>'
    )


def test_canvas_asks_every_row_and_shows_every_place():
    node, _, _ = canvas("match")
    asked = [one.findtext("material/mattext") for one in node.iter("response_lid")]
    assert asked == [to_html(pair.left) for pair in ONE["match"].pairs]
    for response in node.iter("response_lid"):
        assert {
            label.get("ident"): label.findtext("material/mattext")
            for label in response.iter("response_label")
        } == {f"r{place}": pair.right for place, pair in enumerate(ONE["match"].pairs, 1)}
    node, _, said = canvas("order")
    assert [one.findtext("material/mattext") for one in node.iter("response_lid")] == [
        f"<p>Place {place}</p>" for place in (1, 2, 3, 4)
    ]
    assert {one.text for one in node.iter("setvar")} == {"25"}
    for name, kind in (("one", "Single"), ("many", "Multiple")):
        [response] = canvas(name)[0].iter("response_lid")
        assert response.get("rcardinality") == kind
        labels = [
            (one.get("ident"), one.findtext("material/mattext"))
            for one in response.iter("response_label")
        ]
        assert labels == [
            (letter, to_html(ONE[name].options[index].text)) for letter, index in shown(ONE[name])
        ]
    for name in ("num", "code"):
        [response] = canvas(name)[0].iter("response_str")
        assert response.find("render_fib/response_label").get("ident") == "answer1"
    [rule] = canvas("text")[0].iter("respcondition")
    assert rule.find("conditionvar/other") is not None and rule.find("setvar") is None
    node, _, said = canvas("num")
    [rule] = node.iter("respcondition")
    assert rule.find("displayfeedback").get("linkrefid") == "correct_fb"
    assert said["general_incorrect_fb"] == (
        f"{to_html(ONE['num'].hint)}<ul><li>1: {ONE['num'].errors[0].feedback}</li></ul>"
    )
    rows = "".join(f"<li>{pair.left}: {pair.feedback}</li>" for pair in ONE["match"].pairs)
    assert canvas("match")[2]["general_incorrect_fb"] == f"<ul>{rows}</ul>"
    assert canvas("many")[2]["a_fb"] == to_html(ONE["many"].options[2].feedback)


def test_canvas_finds_the_question_the_picture_and_the_words_of_each_item():
    pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
    item = ONE["text"].model_copy(update={"stem": f"Look.\n\n![A dot]({pixel})"})
    files = qti12.qti12_files("99-sample", "A sample", [item, ONE["one"]])
    name = "kratom-and-harm-reduction-99-sample"
    root = bare(ET.fromstring(files[f"{name}/{name}.xml"]))
    assert [one.get("ident") for one in root.iter("item")] == ["sample.text", "sample.one"]
    [picture] = [file for file in files if file.endswith(".gif")]
    stem = root.findtext(".//presentation/material/mattext")
    assert f"$IMS-CC-FILEBASE$/{picture}" in stem or picture.partition("/")[2] in stem
    resources = bare(ET.fromstring(files["imsmanifest.xml"])).find("resources")
    assert resources[2].get("identifier") == f"{name}-picture-1"
    assert resources[2].get("href") == resources[2][0].get("href") == picture
    assert all(one.text for one in root.iter("mattext"))


def test_a_cartridge_of_a_quiz_says_how_it_may_be_taken(tmp_path):
    made = cartridge.new_cartridge("A sample", "99-sample")
    items = [ONE["one"], ONE["many"], ONE["text"]]
    resource = cartridge.add_quiz(made, "99-sample", "A sample", items)
    assert (
        cartridge.CartridgeQuiz().write(ExportedQuiz("99", "A", items), tmp_path / "a.imscc") == 3
    )
    with zipfile.ZipFile(tmp_path / "a.imscc") as archive:
        [place] = [name for name in archive.namelist() if b"questestinterop" in archive.read(name)]
        root = bare(ET.fromstring(archive.read(place)))
        outline = archive.read("imsmanifest.xml").decode()
    assert ">A</" in outline
    fields = {
        one.findtext("fieldlabel"): one.findtext("fieldentry")
        for one in root.find("assessment/qtimetadata")
    }
    assert fields == {
        "cc_profile": "cc.exam.v0p1",
        "qmd_assessmenttype": "Examination",
        "qmd_scoretype": "Percentage",
        "qmd_feedbackpermitted": "Yes",
        "cc_maxattempts": "unlimited",
    }
    assert [one.get("ident") for one in root.find("assessment/section")] == [
        item.id for item in items
    ]
    assert resource


def test_a_table_with_a_broken_quotation_mark_is_refused(tmp_path):
    path = table_of(tmp_path, '"q"x,ada,1,4')
    with pytest.raises(CourseError, match="is no table in text"):
        grades_of_csv(path)
