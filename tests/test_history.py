"""The list of changes: made from the tables, kept in order, and told to a returning reader."""

import csv
import datetime as dt
import json
from dataclasses import astuple
from types import SimpleNamespace

import pytest
from conftest import course
from test_checks import check, edit_table

from kratomcourse.errors import CourseError
from kratomcourse.evidence import history, tables


def changes_of(root):
    with open(
        root / "evidence" / "history" / "changes.csv", encoding="utf-8", newline=""
    ) as handle:
        return list(csv.DictReader(handle))


def ban(rows):
    for row in rows:
        if row["code"] == "TN":
            row["status_leaf"] = "other" if row["status_leaf"] != "other" else "banned"
    return rows


def test_a_changed_law_is_found_told_and_recorded_once(unbuilt_mini):
    edit_table(unbuilt_mini, "us_states", ban)
    assert "course changes --record" in check(unbuilt_mini).stdout
    said = course("changes", cwd=unbuilt_mini).stdout
    assert "us_states" in said and "TN" in said and "status_leaf" in said
    before = len(changes_of(unbuilt_mini))
    course("changes", "--record", cwd=unbuilt_mini)
    newest = changes_of(unbuilt_mini)[0]
    assert (newest["table"], newest["row"], newest["name"], newest["change"], newest["field"]) == (
        "us_states",
        "TN",
        "Tennessee",
        "changed",
        "status_leaf",
    )
    assert newest["after"] in ("other", "banned") and newest["before"] != newest["after"]
    course("changes", "--record", cwd=unbuilt_mini)
    assert len(changes_of(unbuilt_mini)) == before + 1


def test_a_fact_that_came_and_one_that_went_are_recorded(unbuilt_mini):
    path = unbuilt_mini / "evidence" / "history" / "watched.json"
    known = json.loads(path.read_text())
    del known["rows"]["facts"]["ph001"]
    known["rows"]["facts"]["zz999"] = {"number": "12", "wording": "x"}
    path.write_text(json.dumps(known))
    course("changes", "--record", cwd=unbuilt_mini)
    assert {(row["row"], row["change"]) for row in changes_of(unbuilt_mini)[:2]} == {
        ("ph001", "added"),
        ("zz999", "removed"),
    }


def test_a_broken_list_is_refused_with_its_line(unbuilt_mini):
    path = unbuilt_mini / "evidence" / "history" / "changes.csv"
    edit_table(unbuilt_mini, "us_states", ban)
    path.write_text(
        "date,table,row,name,change,field,before,after\nyesterday,us_states,TN,Tennessee,added,,,\n"
    )
    said = course("changes", "--record", cwd=unbuilt_mini, check=False)
    assert said.returncode == 1 and "changes.csv:2" in said.stderr
    assert "yesterday" in path.read_text(), "nothing was overwritten"


# The list over a small evidence folder


RESOURCES = [
    {
        "name": "towns",
        "path": "towns.csv",
        "schema": {
            "fields": [
                {"name": "letter", "type": "string"},
                {"name": "town", "type": "string"},
                {"name": "law", "type": "string"},
                {"name": "age", "type": "integer"},
            ],
            "primaryKey": ["letter"],
        },
        "watched": {"kind": "law", "label": "town", "columns": ["law", "age"]},
    },
    {
        "name": "unwatched",
        "path": "unwatched.csv",
        "schema": {"fields": [{"name": "id", "type": "string"}], "primaryKey": ["id"]},
    },
]
HEAD = "date,table,row,name,change,field,before,after"
FACT = SimpleNamespace(id="ab1", statement="One of ten.", full_text=lambda: "10%")
TOWNS = {
    "a": {"name": "Aix", "law": "legal", "age": ""},
    "b": {"name": "Bex", "law": "banned", "age": "21"},
}
FACTS = {"ab1": {"number": "10%", "wording": "One of ten."}}
TODAY = dt.date(2026, 5, 4)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """An evidence folder with one fact and one watched table, all of it recorded."""

    def forget():
        history.load_changes.cache_clear()
        tables.datapackage.cache_clear()

    (tmp_path / "history").mkdir()
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": RESOURCES}))
    (tmp_path / "towns.csv").write_text("letter,town,law,age\na,Aix,legal,\nb,Bex,banned,21\n")
    (tmp_path / "unwatched.csv").write_text("id\nx\n")
    write_list(tmp_path)
    remembered(tmp_path, {"facts": FACTS, "towns": TOWNS})
    monkeypatch.setattr(history, "evidence_dir", lambda: tmp_path)
    monkeypatch.setattr(tables, "evidence_dir", lambda: tmp_path)
    monkeypatch.setattr(history, "load_facts", lambda: {"ab1": FACT})
    forget()
    yield tmp_path
    forget()


def write_list(folder, *rows, head=HEAD):
    text = "".join(f"{line}\n" for line in (head, *rows))
    (folder / "history" / "changes.csv").write_text(text, encoding="utf-8")


def remembered(folder, rows):
    (folder / "history" / "watched.json").write_text(
        json.dumps({"since": "2026-01-02", "rows": rows}), encoding="utf-8"
    )


def found():
    """What nobody has recorded: (table, row, name, change, field, before, after) of each."""
    return [astuple(change)[1:] for change in history.unrecorded(TODAY)]


def test_the_tables_stand_as_the_descriptor_watches_them(small):
    assert history.watched_tables() == {"towns": RESOURCES[0]["watched"]}
    assert history.kinds() == {"facts": "fact", "towns": "law"}
    assert history.current() == {"facts": FACTS, "towns": TOWNS}
    assert history.first_day() == "2026-01-02"
    assert found() == []


def test_the_real_tables_are_told_apart_by_their_own_keys():
    rows = history.current()
    assert rows["us_states"]["TN"]["name"] == "Tennessee"
    assert rows["countries"]["THA"]["name"] == "Thailand"
    assert set(rows) == set(history.kinds())


def test_every_kind_of_change_is_told_with_what_it_was_and_is(small):
    old = {
        "facts": {
            "ab1": {"number": "9%", "wording": "another"},
            "zz9": {"number": "1", "wording": "One was seen."},
        },
        "towns": {
            "b": {"name": "Old Bex", "law": "legal"},
            "c": {"name": "Cox", "law": "legal", "age": ""},
        },
    }
    remembered(small, old)
    assert found() == [
        ("facts", "ab1", "One of ten.", "changed", "number", "9%", "10%"),
        ("facts", "ab1", "One of ten.", "changed", "wording", "", ""),
        ("facts", "zz9", "One was seen.", "removed", "", "", ""),
        ("towns", "a", "Aix", "added", "", "", ""),
        ("towns", "b", "Bex", "changed", "law", "legal", "banned"),
        ("towns", "b", "Bex", "changed", "age", "", "21"),
        ("towns", "c", "Cox", "removed", "", "", ""),
    ]
    assert {change.date for change in history.unrecorded(TODAY)} == {"2026-05-04"}
    assert {change.date for change in history.unrecorded()} == {dt.date.today().isoformat()}


def test_a_table_that_is_watched_anew_is_all_added(small):
    remembered(small, {"facts": FACTS})
    assert [(row[1], row[3]) for row in found()] == [("a", "added"), ("b", "added")]


def test_another_name_alone_is_no_change(small):
    (small / "towns.csv").write_text("letter,town,law,age\na,Aachen,legal,\nb,Bex,banned,21\n")
    assert found() == []


def test_what_is_recorded_stands_first_and_what_was_there_stays(small):
    write_list(small, "2026-02-01,towns,b,Bex,added,,,")
    remembered(small, {"facts": FACTS, "towns": TOWNS | {"b": {"name": "Bex", "age": "21"}}})
    assert len(history.load_changes()) == 1
    [made] = history.record(TODAY)
    assert (made.row, made.field, made.after, made.kind) == ("b", "law", "banned", "law")
    text = (small / "history" / "changes.csv").read_text(encoding="utf-8")
    assert text.splitlines() == [
        HEAD,
        "2026-05-04,towns,b,Bex,changed,law,,banned",
        "2026-02-01,towns,b,Bex,added,,,",
    ]
    assert [change.date for change in history.load_changes()] == ["2026-05-04", "2026-02-01"]
    assert found() == [] and history.first_day() == "2026-01-02"


def test_where_nothing_changed_the_list_is_not_touched(small):
    write_list(small, "2026-02-01,towns,b,Bex,added,,,", head="as it was")
    assert history.record(TODAY) == []
    assert (small / "history" / "changes.csv").read_text().startswith("as it was\n")


def test_what_is_remembered_has_a_line_for_each_row(small):
    (small / "towns.csv").write_text(
        "letter,town,law,age\na,Besan\u00e7on,legal,\nb,Bex,banned,21\n", encoding="utf-8"
    )
    history.remember("2026-03-04")
    text = (small / "history" / "watched.json").read_text(encoding="utf-8")
    told = TOWNS | {"a": TOWNS["a"] | {"name": "Besan\u00e7on"}}
    assert json.loads(text) == {"since": "2026-03-04", "rows": {"facts": FACTS, "towns": told}}
    rows = [line.rstrip(",") for line in text.splitlines() if line.startswith(('"a"', '"b"'))]
    assert rows == [
        f'"{letter}": {json.dumps(row, ensure_ascii=False)}' for letter, row in told.items()
    ]


def test_changes_are_read_with_the_newest_first_and_days_in_their_order(small):
    days = ["2026-01-05", "2026-03-01", "2026-01-05"]
    rows = [f"{day},towns,{row},T,added,,," for day, row in zip(days, "abc", strict=True)]
    write_list(small, *rows)
    assert [change.row for change in history.load_changes()] == ["b", "a", "c"]


@pytest.mark.parametrize(
    "rows, head, lines",
    [
        ([], "date,table", [1]),
        (["2026-01-05,towns,a,Aix,added,,"], HEAD, [2]),
        (["2026-01-05,unwatched,a,Aix,added,,,"], HEAD, [2]),
        (["2026-01-05,facts,a,Aix,added,,,", "2026-13-05,towns,a,Aix,added,,,"], HEAD, [3]),
        (["x,towns,a,Aix,added,,,", "y,towns,a,Aix,added,,,"], "date", [1, 2, 3]),
    ],
)
def test_each_line_of_the_list_that_is_no_change_is_named(small, rows, head, lines):
    write_list(small, *rows, head=head)
    with pytest.raises(CourseError) as caught:
        history.load_changes()
    assert [problem.line for problem in caught.value.diagnostics] == lines
    assert {problem.file for problem in caught.value.diagnostics} == {
        "evidence/history/changes.csv"
    }
