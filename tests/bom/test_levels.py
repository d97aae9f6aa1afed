"""Low-level codes and the counting sort, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.graph import CycleError, build_graph, check_for_cycles, find_cycles, name_cycles
from bom.kernels.levels import group_by, low_level_codes

N_NODES = 7
lines = st.lists(st.tuples(st.integers(0, N_NODES - 1), st.integers(0, N_NODES - 1)), max_size=14)
permutations = st.permutations(range(N_NODES))


def graph_of(pairs):
    parents = np.array([p for p, _ in pairs], np.int32)
    components = np.array([c for _, c in pairs], np.int32)
    return build_graph(N_NODES, parents, components)


def longest_path(pairs, node):
    """Return the most lines on any path that ends at the node, by trying all of them."""
    return max((1 + longest_path(pairs, p) for p, c in pairs if c == node), default=0)


def reached_from(pairs, starts):
    """Return the nodes at the end of at least one line from the start nodes."""
    reached: set[int] = set()
    frontier = set(starts)
    while frontier:
        frontier = {c for p, c in pairs if p in frontier} - reached
        reached |= frontier
    return reached


@settings(max_examples=150, deadline=None)
@given(lines, permutations)
def test_levels_are_the_longest_paths_when_there_is_no_cycle(pairs, names):
    pairs = [(names[min(pair)], names[max(pair)]) for pair in pairs if pair[0] != pair[1]]
    graph = graph_of(pairs)
    assert graph.item_to_level.tolist() == [longest_path(pairs, node) for node in range(N_NODES)]
    assert not graph.has_cycles
    assert graph.n_levels == max(graph.item_to_level) + 1


@settings(max_examples=150, deadline=None)
@given(lines)
def test_exactly_the_nodes_on_or_behind_a_cycle_have_no_level(pairs):
    on_cycle = {node for node in range(N_NODES) if node in reached_from(pairs, [node])}
    unlevelled = on_cycle | reached_from(pairs, on_cycle)
    graph = graph_of(pairs)
    assert set(np.flatnonzero(graph.item_to_level < 0).tolist()) == unlevelled
    out = np.empty(N_NODES, np.int32)
    assert low_level_codes(graph.component_indptr, graph.component_codes, out) == N_NODES - len(unlevelled)


@settings(max_examples=150, deadline=None)
@given(lines)
def test_every_tangle_of_cycles_is_named_by_one_real_cycle(pairs):
    cycles = find_cycles(graph_of(pairs))
    on_cycle = {node for node in range(N_NODES) if node in reached_from(pairs, [node])}
    for cycle in cycles:
        steps = [*zip(cycle, [*cycle[1:], cycle[0]], strict=True)]
        assert set(steps) <= set(pairs)
        assert len(set(cycle)) == len(cycle)
        assert cycle[0] == min(
            node
            for node in on_cycle
            if node in reached_from(pairs, [cycle[0]]) and cycle[0] in reached_from(pairs, [node])
        )
    tangles = {frozenset(n for n in reached_from(pairs, [o]) if o in reached_from(pairs, [n])) for o in on_cycle}
    assert len(cycles) == len(tangles)
    assert [len(cycle) for cycle in cycles] == sorted(len(cycle) for cycle in cycles)


@settings(max_examples=100, deadline=None)
@given(lines)
def test_both_directions_hold_every_line_once_in_row_order(pairs):
    graph = graph_of(pairs)
    for node in range(N_NODES):
        down = slice(graph.component_indptr[node], graph.component_indptr[node + 1])
        up = slice(graph.parent_indptr[node], graph.parent_indptr[node + 1])
        assert graph.component_lines[down].tolist() == [row for row, (p, _) in enumerate(pairs) if p == node]
        assert graph.component_codes[down].tolist() == [c for p, c in pairs if p == node]
        assert graph.parent_lines[up].tolist() == [row for row, (_, c) in enumerate(pairs) if c == node]
        assert graph.parent_codes[up].tolist() == [p for p, c in pairs if c == node]


@pytest.mark.parametrize("kernel", [group_by, group_by.py_func])
@pytest.mark.parametrize("codes", [[], [0], [2, 0, 2, 1, 0]])
def test_group_by_is_a_stable_sort(kernel, codes):
    indptr, order = np.empty(4, np.int64), np.empty(len(codes), np.int64)
    kernel(np.array(codes, np.int32), 3, indptr, order)
    assert order.tolist() == np.argsort(codes, kind="stable").tolist()
    assert indptr.tolist() == [sum(code < group for code in codes) for group in range(4)]


def test_the_compiled_levels_are_those_of_python():
    indptr, codes = np.array([0, 2, 3, 3, 3]), np.array([1, 2, 2], np.int32)
    compiled, interpreted = np.empty(4, np.int32), np.empty(4, np.int32)
    assert low_level_codes(indptr, codes, compiled) == low_level_codes.py_func(indptr, codes, interpreted) == 4
    assert compiled.tolist() == interpreted.tolist() == [0, 1, 2, 0]


def test_an_empty_bill_has_no_levels():
    graph = build_graph(0, np.empty(0, np.int32), np.empty(0, np.int32))
    assert (graph.n_levels, graph.has_cycles, find_cycles(graph)) == (0, False, [])


def test_a_cycle_error_names_each_cycle_in_full_and_shortest_first():
    graph = graph_of([(0, 1), (1, 2), (2, 0), (4, 4), (5, 6), (6, 5)])
    with pytest.raises(CycleError, match="e -> e, f -> g -> f, a -> b -> c -> a") as caught:
        check_for_cycles(graph, list("abcdefg"))
    assert caught.value.code == "cycle"
    assert caught.value.cycles == (("e",), ("f", "g"), ("a", "b", "c"))
    assert name_cycles([("e",)]) == ["e -> e"]


def test_no_cycle_is_no_error():
    check_for_cycles(graph_of([(0, 1)]), list("abcdefg"))
