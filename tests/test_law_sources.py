"""Each row of law lists its sources one by one, and is called official only where the law's own
text was read.
"""

from datetime import date

import pytest

from kratomcourse.evidence import load_references, load_table

ROWS = {
    "us_states": "code",
    "us_local": "id",
    "countries": "iso3",
    "us_federal_timeline": "id",
    "international": "id",
}
FROM_THE_LAW = {"statute", "bill text", "legislature", "agency"}
PLACES = ("us_states", "us_local", "countries")


@pytest.fixture(scope="module")
def sources():
    return load_table("law_sources")


@pytest.mark.parametrize("table", ROWS)
def test_every_row_of_law_has_its_sources_and_every_source_its_row(sources, table):
    rows = load_table(table)
    identity = ROWS[table]
    told = rows[rows["source_key"] != ""]
    listed = sources[sources["place_table"] == table]
    assert set(listed["place_id"]) == set(told[identity])
    for row in told.itertuples():
        keys = set(listed.loc[listed["place_id"] == getattr(row, identity), "source_key"])
        assert {key for key in (row.source_key, getattr(row, "confirm_key", "")) if key} <= keys


def test_official_means_that_the_text_of_the_law_or_of_its_maker_was_read(sources):
    official = sources[sources["official"] == "yes"]
    assert len(official)
    assert set(official["kind"]) <= FROM_THE_LAW
    assert set(official["verified"]) == {"seen"}


def test_every_source_names_a_known_work_or_an_address_and_when_it_speaks(sources):
    references = load_references()
    for row in sources.itertuples():
        assert (
            (row.source_key in references) if row.source_key else row.url.startswith("https://")
        ), row.id
        assert row.via == "" or row.via in references, row.id
        assert row.date and row.date[:4].isdigit(), row.id


@pytest.mark.parametrize("table", PLACES)
def test_a_dispute_says_who_says_what_and_has_two_sources(sources, table):
    rows = load_table(table)
    for row in rows[rows["disputed"] != "no"].itertuples():
        assert row.dispute
        if table != "us_local":  # there one report contradicts itself
            assert (sources["place_id"] == getattr(row, ROWS[table])).sum() >= 2
    assert (rows.loc[rows["disputed"] == "no", "dispute"] == "").all()


@pytest.mark.parametrize("table", PLACES)
def test_what_a_person_may_do_agrees_with_the_status_and_the_day_of_review_with_the_sources(table):
    rows = load_table(table)
    status = rows["status_leaf"] if "status_leaf" in rows else rows["status"]
    banned = rows[status == "banned"]
    if table == "us_states":
        assert (
            banned[["possess_leaf", "sell_leaf", "possess_7oh", "sell_7oh"]] == "forbidden"
        ).all(axis=None)
    assert not (
        rows.loc[
            status == "unknown", [f"{act}_leaf" for act in ("possess", "carry", "buy", "sell")]
        ]
        == "forbidden"
    ).any(axis=None)
    for row in rows[rows["as_of"] != ""].itertuples():
        newest = max(row.as_of, getattr(row, "confirm_as_of", "") or "")
        assert (date.fromisoformat(row.review_by) - date.fromisoformat(newest)).days <= 180
        assert row.looked_on and row.look_result
