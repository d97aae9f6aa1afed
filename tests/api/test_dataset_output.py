"""Data sets written to disk are read back as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.io.dataset import read_dataset
from api.io.dataset_output import write_dataset
from api.io.output import FileFormat, OutputError
from planning.checks import validate

EXAMPLES = Path(__file__).parents[2] / "examples"


def data_of(folder):
    raw = read_dataset(folder)
    return validate(raw.tables, raw.settings, problems=raw.problems).data


@pytest.mark.parametrize("form", FileFormat)
@pytest.mark.parametrize("name", ["tiny", "adventureworks"])
def test_written_data_set_is_read_back_as_it_was(name, form, tmp_path):
    data = data_of(EXAMPLES / name)
    write_dataset(tmp_path / "out", data, form)
    assert data_of(tmp_path / "out").fingerprint() == data.fingerprint()


def test_settings_and_custom_columns_survive(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/items.csv").write_text("item_id,colour\n007,red\n")
    (tmp_path / "in/settings.toml").write_text(
        "as_of = 2026-01-05\nhorizon_end = 2026-12-31\nholding_rate_per_year = 0.2\n[mrp]\ngrid_anchor = 2026-01-01\n"
    )
    data = data_of(tmp_path / "in")
    write_dataset(tmp_path / "out", data)
    written = data_of(tmp_path / "out")
    assert written.settings == data.settings
    assert written.table("items").rows() == [("007", "red")]


def test_folder_that_holds_something_is_not_written_to(tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds something"):
        write_dataset(tmp_path, data_of(EXAMPLES / "tiny"))
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]
