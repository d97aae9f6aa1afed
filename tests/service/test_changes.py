"""Messages of changes: all or none, once each, in the sender's order."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.dataset_changes import GROUPS, TableChange, change_table
from api.dataset_diff import diff_tables
from bom.errors import DataError
from planning.tables import INPUT_TABLES
from tests.service.test_every_route import DATASET


@pytest.fixture
def path(service) -> str:
    """A data set."""
    return service.client().post("/v1/datasets", json=DATASET).headers["Location"]


def message(number: int, *changes, sender: str = "erp", **more) -> dict:
    return {"sender": sender, "sequence_number": number, "changes": list(changes), **more}


def quantity(value: float, demand_id: str = "D1") -> dict:
    return {"table": "demands", "upserts": [{"demand_id": demand_id, "quantity": value}]}


def table(service, path: str, name: str) -> list[dict]:
    newest = service.client().get(path).json()["newest_version"]
    content = service.client().get(f"{path}/versions/{newest}/tables/{name}").content
    return pl.read_parquet(io.BytesIO(content)).to_dicts()


def test_message_makes_a_version(service, path):
    answer = service.client().post(f"{path}/changes", json=message(7, quantity(12), settings={"as_of": "2026-11-23"}))
    assert (answer.status_code, answer.json()["version"], answer.headers["ETag"]) == (201, 2, '"v2"')
    assert answer.json()["tables"] == [{"table": "demands", "inserted": 0, "updated": 1, "deleted": 0, "absent": 0}]
    row = {"demand_id": "D1", "item_id": "BIKE", "due_date": date(2027, 1, 15), "quantity": 12.0}
    assert table(service, path, "demands") == [row]
    assert service.client().get(f"{path}/versions/2").json()["settings"]["as_of"] == "2026-11-23"


def test_repeated_message_does_no_harm(service, path):
    first, again = (service.client().post(f"{path}/changes", json=message(1, quantity(12))) for _ in range(2))
    assert (first.json()["version"], again.json()["version"]) == (2, 2)
    assert (again.status_code, again.json()["is_repeated"]) == (200, True)
    other = service.client().post(f"{path}/changes", json=message(1, quantity(13)))
    assert (other.status_code, other.json()["code"]) == (409, "sequence_number_reused")


def test_message_that_overtook_another_is_refused_and_sent_again(service, path):
    caller = service.client()
    caller.post(f"{path}/changes", json=message(1, quantity(11)))
    early = caller.post(f"{path}/changes", json=message(3, quantity(13)))
    assert (early.status_code, early.json()["expected_sequence_number"]) == (409, 2)
    for number in (2, 3, 2, 1):  # late copies of messages that came before change nothing
        assert caller.post(f"{path}/changes", json=message(number, quantity(10 + number))).status_code in (200, 201)
    assert table(service, path, "demands")[0]["quantity"] == 13
    assert caller.post(f"{path}/changes", json=message(1, quantity(5), sender="mes")).status_code == 201


def test_message_with_an_error_changes_nothing(service, path):
    bad = {
        "table": "demands",
        "upserts": [{"demand_id": "D2", "item_id": "NONE", "due_date": "2027-01-01", "quantity": 1}],
    }
    answer = service.client().post(
        f"{path}/changes", json=message(1, {"table": "items", "upserts": [{"item_id": "NEW"}]}, bad)
    )
    assert (answer.status_code, answer.json()["findings"][0]["value"]) == (422, "NONE")
    assert service.client().get(path).json()["newest_version"] == 1
    assert service.client().post(f"{path}/changes", json=message(1, quantity(12))).status_code == 201


def test_senders_at_the_same_time_lose_nothing(service, path):
    key = service.key()

    def send(sender: int) -> list[int]:
        row = {"demand_id": f"S{sender}", "item_id": "BIKE", "due_date": "2027-01-15", "quantity": 1}
        with service.caller(key) as caller:
            statuses = []
            for number in range(3):
                body = message(
                    number, {"table": "demands", "upserts": [{**row, "quantity": number + 1}]}, sender=f"s{sender}"
                )
                while True:
                    answer = caller.post(f"{path}/changes", json=body)
                    statuses.append(answer.status_code)
                    if answer.status_code != 409:
                        break
            return statuses

    with ThreadPoolExecutor(4) as threads:
        statuses = [status for each in threads.map(send, range(4)) for status in each]
    assert set(statuses) <= {201, 409}
    assert service.client().get(path).json()["newest_version"] == 13
    rows = {row["demand_id"]: row["quantity"] for row in table(service, path, "demands")}
    assert rows == {"D1": 10, **{f"S{sender}": 3 for sender in range(4)}}


def test_same_message_at_the_same_time_is_applied_once(service, path):
    key = service.key()

    def send(_: int) -> tuple[int, int]:
        with service.caller(key) as caller:
            answer = caller.post(f"{path}/changes", json=message(1, quantity(12)))
            return answer.status_code, answer.json()["version"]

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(send, range(4)))
    assert answers == [(200, 2), (200, 2), (200, 2), (201, 2)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (message(1, {"table": "nothing"}), 422),
        (message(1, quantity(1), quantity(2)), 422),  # a table twice
        (message(1, {"table": "demands", "upserts": [{"quantity": 1}]}), 422),  # a row without a key
        (message(1, {"table": "demands", "upserts": [{"demand_id": "D1"}] * 2}), 422),  # a row twice
        (message(1, quantity("many")), 422),
        (message(-1), 422),
        (message(1, {"table": "demands", "deletes": [{"demand_id": str(n)} for n in range(51)]}), 413),
        (message(1, sender="a b"), 422),
    ],
)
def test_wrong_messages_are_refused(service, path, body, status):
    assert service.client().post(f"{path}/changes", json=body).status_code == status


def test_tables_without_a_key_are_replaced_by_groups():
    stock = pl.DataFrame({"item_id": ["A", "A", "B"], "site_id": ["1", "1", None], "quantity": [1.0, 2.0, 3.0]})
    rows = [{"item_id": "A", "site_id": "1", "quantity": 9}, {"item_id": "B", "quantity": 4}]
    changed = change_table(stock, TableChange("on_hand", rows))
    assert sorted(changed.frame.rows()) == [("A", "1", 9.0), ("B", None, 4.0)]


def test_null_empties_a_cell_and_an_absent_one_stays():
    items = pl.DataFrame({"item_id": ["A", "B"], "lead_time_days": [1, 2], "unit_cost": [1.0, 2.0]})
    rows = [
        {"item_id": "A", "unit_cost": None},
        {"item_id": "B", "lead_time_days": 5},
        {"item_id": "C", "lead_time_days": 9},
    ]
    assert change_table(items, TableChange("items", rows)).frame.rows() == [
        ("A", 1, None),
        ("B", 5, 2.0),
        ("C", 9, None),
    ]


def test_every_table_can_be_changed():
    for name, declared in INPUT_TABLES.items():
        assert declared.key or set(GROUPS[name]) <= set(declared.column_names)


def test_unreadable_cell_is_a_finding():
    with pytest.raises(DataError, match="lead_time_days"):
        change_table(None, TableChange("items", [{"item_id": "A", "lead_time_days": "soon"}]))


_ROWS = st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 3), max_size=5)


@settings(max_examples=60, deadline=None)
@given(before=_ROWS, upserts=_ROWS, deletes=st.sets(st.sampled_from("ABCDE")))
def test_changes_and_differences_agree_with_dictionaries(before, upserts, deletes):
    schema = {"item_id": pl.String, "lead_time_days": pl.Int64}
    deletes -= upserts.keys()  # a message that deletes and puts in one row is refused
    frame = pl.DataFrame(list(before.items()), schema=schema, orient="row")
    rows = [{"item_id": item, "lead_time_days": days} for item, days in upserts.items()]
    changed = change_table(frame, TableChange("items", rows, [{"item_id": item} for item in sorted(deletes)]))
    expected = {**{item: days for item, days in before.items() if item not in deletes}, **upserts}
    assert dict(changed.frame.rows()) == expected
    assert changed.deleted == len(deletes & before.keys())
    diff = diff_tables(frame, changed.frame, INPUT_TABLES["items"])
    assert set(diff.added["item_id"]) == expected.keys() - before.keys()
    assert set(diff.removed["item_id"]) == before.keys() - expected.keys()
    moved = {item for item in expected.keys() & before.keys() if expected[item] != before[item]}
    assert {row["after"]["item_id"] for row in diff.rows() if row["change"] == "changed"} == moved
