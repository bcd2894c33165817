"""The list of changes: made from the tables, kept in order, and told to a returning reader."""

import csv
import json

from conftest import course
from test_checks import check, edit_table


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
