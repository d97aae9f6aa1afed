"""Where compiled kernels are kept."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from api import kernel_cache
from api.kernel_cache import prepare_kernels, threads_asked


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """Return the folder of a package of kernels that stands for the engine's."""
    folder = tmp_path / "engine"
    (folder / "kernels").mkdir(parents=True)
    (folder / "kernels/one.py").write_text("a = 1\n")
    (folder / "kernels/two.py").write_text("b = 2\n")
    spec = SimpleNamespace(submodule_search_locations=[str(folder)])
    monkeypatch.setattr(kernel_cache, "find_spec", lambda package: spec if package == "planning" else None)
    return folder


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """Give an environment in which nothing about the kernels is set."""
    for name in ("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS"):
        monkeypatch.setenv(name, "")  # so that what the test sets is undone
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "lotwright"


def test_the_hash_changes_with_the_text_of_any_kernel(engine):
    before = kernel_cache._kernel_hash()
    assert kernel_cache._kernel_hash() == before
    (engine / "kernels/two.py").write_text("b = 3\n")
    assert kernel_cache._kernel_hash() != before


def test_the_hash_changes_when_a_kernel_comes_or_goes(engine):
    before = kernel_cache._kernel_hash()
    (engine / "kernels/three.py").write_text("")
    with_three = kernel_cache._kernel_hash()
    (engine / "kernels/three.py").unlink()
    assert (with_three != before, kernel_cache._kernel_hash()) == (True, before)


def test_the_hash_does_not_look_at_other_files(engine):
    before = kernel_cache._kernel_hash()
    (engine / "mrp.py").write_text("c = 1\n")
    (engine / "kernels/notes.txt").write_text("c")
    assert kernel_cache._kernel_hash() == before


def test_the_same_kernels_in_another_place_are_compiled_anew(engine, monkeypatch):
    before = kernel_cache._kernel_hash()
    moved = engine.rename(engine.with_name("moved"))
    spec = SimpleNamespace(submodule_search_locations=[str(moved)])
    monkeypatch.setattr(kernel_cache, "find_spec", lambda package: spec if package == "planning" else None)
    assert kernel_cache._kernel_hash() != before


def test_the_folder_is_the_users_cache_and_the_hash(engine, environment):
    assert prepare_kernels()
    assert os.environ["NUMBA_CACHE_DIR"] == str(environment / kernel_cache._kernel_hash())


def test_without_a_cache_folder_the_home_is_used(engine, environment, monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    prepare_kernels()
    assert os.environ["NUMBA_CACHE_DIR"].startswith(str(tmp_path / ".cache/lotwright"))


def test_kernels_that_are_compiled_are_not_compiled_again(engine, environment):
    compiled = environment / kernel_cache._kernel_hash() / "kernels_1"
    compiled.mkdir(parents=True)
    (compiled / "net_level.net_level-57.py311.1.nbc").write_text("")
    assert not prepare_kernels()


def test_a_folder_that_the_user_has_set_stays(engine, environment, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert prepare_kernels()
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "mine")


def test_more_threads_than_cores_are_made_room_for(engine, environment):
    prepare_kernels(["plan", "data", "--threads", "1"])
    assert "NUMBA_NUM_THREADS" not in os.environ
    prepare_kernels(["plan", "data", "--threads", "999"])
    assert os.environ["NUMBA_NUM_THREADS"] == "999"


@pytest.mark.parametrize(
    ("arguments", "threads"),
    [
        ([], 0),
        (["plan", "data"], 0),
        (["plan", "--threads", "4", "data"], 4),
        (["plan", "--threads=3"], 3),
        (["plan", "--threads"], 0),  # the command line itself says what is wrong
        (["plan", "--threads", "many"], 0),
        (["plan", "--threads", "-1"], 0),
        (["plan", "--threads="], 0),
        (["plan", "--threadsafe", "4"], 0),
    ],
)
def test_threads_asked(arguments, threads):
    assert threads_asked(arguments) == threads


def test_kernels_are_prepared_without_importing_numba():
    code = (
        "import sys; from api.kernel_cache import prepare_kernels; prepare_kernels(); sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
