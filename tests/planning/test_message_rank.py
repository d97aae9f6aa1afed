"""The rank of messages, against its formula in plain Python."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planning.message_kinds.rank import KINDS_BY_SEVERITY
from planning.mrp import run_mrp
from planning.options import MrpOptions
from planning.plan_tables import MESSAGES
from tests.reference.cases import generate
from tests.reference.compare import data_of

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "messages.md"


def key(message):
    """Return what the page on messages sorts by; the sort is stable, which leaves the place in the table."""
    days = max(abs(message["days"] or 0), 1)
    texts = [message[name] for name in ("item_id", "site_id", "order_id", "current_date", "suggested_date")]
    return (
        message["is_damped"],
        KINDS_BY_SEVERITY.index(message["kind"]),
        -message["value"] * days,
        [("" if text is None else str(text)) for text in texts],
    )


@pytest.mark.parametrize("seeds", [range(0, 40), range(40, 80)])
def test_messages_rank_by_damping_severity_and_value_times_days(seeds):
    """The tolerances damp some of them."""
    options = MrpOptions(expedite_tolerance_days=3, defer_tolerance_days=4)
    tables = [run_mrp(data_of(generate(seed)), options).table("messages").rows(named=True) for seed in seeds]
    assert any(message["is_damped"] for messages in tables for message in messages)
    for messages in tables:
        assert [message["rank"] for message in sorted(messages, key=key)] == list(range(1, len(messages) + 1))


def test_every_kind_of_message_has_a_severity_and_the_page_lists_them_in_that_order():
    assert sorted(KINDS_BY_SEVERITY) == sorted(MESSAGES.column("kind").choices)
    listed = re.search(r"<!-- severity -->\n(.*?)\n\n", PAGE.read_text(), re.DOTALL)
    assert listed is not None
    assert tuple(re.findall(r"[a-z_]{4,}", listed[1])) == KINDS_BY_SEVERITY
