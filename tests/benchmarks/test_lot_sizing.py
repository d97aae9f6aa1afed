from __future__ import annotations

from benchmarks.lot_sizing import line, main, measure
from tests.api.test_lot_sizing_files import TRIGEIRO


def test_an_instance_is_measured(tmp_path):
    (tmp_path / "trigeiro").mkdir()
    (tmp_path / "trigeiro" / "tiny.DAT").write_text(TRIGEIRO)
    found = measure(tmp_path, "tiny", 5.0, 1)
    assert (found["objective"], found["gap_percent"]) == (48.0, 0.0)
    assert "tiny" in line(found)


def test_a_folder_that_is_not_there_is_said(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.argv", ["lot_sizing", "--data", str(tmp_path / "none")])
    main()
    assert "is not there" in capsys.readouterr().out
