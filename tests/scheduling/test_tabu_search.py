"""Tabu search: estimates against full evaluation, optima of small shops, the same seed gives the same schedule."""

from __future__ import annotations

import numpy as np
import pytest

from scheduling.finite.make import problem_from_jobs
from scheduling.kernels.critical_moves import estimate_earlier, estimate_later
from scheduling.kernels.disjunctive_graph import Graph, Shop, build_graph, longest_path, relocate
from scheduling.kernels.tabu_search import dispatch_order, merge_orders, search_slice, start_search
from scheduling.local_search import LocalSearchOptions, run_local_search
from scheduling.tabu_search import (
    TabuSearch,
    TabuSearchOptions,
    empty_graph,
    empty_moves,
    prepare_tabu_search,
)
from tests.scheduling.shop_cases import FT06, FT10, jobs_of, random_jobs, shop_of, shortest_makespan

NO_LIMIT = 1 << 60


def started(shop: Shop, seed: int) -> Graph:
    """Return the graph of a schedule drawn at random."""
    graph = empty_graph(shop)
    dispatch_order(shop, 0, 100, empty_moves(shop, seed).random_state, graph.order, graph.machine)
    build_graph(shop, graph)
    return graph


def rebuilt(shop: Shop, graph: Graph) -> Graph:
    """Return the graph of the same order, worked out from nothing."""
    other = empty_graph(shop)
    other.order[:], other.machine[:] = graph.order, graph.machine
    build_graph(shop, other)
    return other


def assert_whole(shop: Shop, graph: Graph) -> None:
    """Assert that the order keeps every arc and that finishes and tails are what a full evaluation gives."""
    none = graph.order.shape[0] - 1
    assert sorted(graph.order[:none].tolist()) == list(range(none))
    for before in (shop.job_predecessor, graph.machine_predecessor):
        has = np.flatnonzero(before[:none] != none)
        assert (graph.position[before[has]] < graph.position[has]).all()
    other = rebuilt(shop, graph)
    assert (other.finish == graph.finish).all()
    assert (other.tail == graph.tail).all()
    assert (other.machine_predecessor == graph.machine_predecessor).all()
    assert (other.machine_successor == graph.machine_successor).all()


@pytest.mark.parametrize("seed", range(6))
def test_after_random_moves_everything_is_what_a_full_evaluation_gives(seed):
    rng = np.random.default_rng(seed)
    shop = shop_of(random_jobs(rng, 6, 4, is_flexible=seed % 2 == 1))
    graph = started(shop, seed)
    none = graph.order.shape[0] - 1
    made = 0
    for _ in range(300):
        x = int(rng.integers(none))
        choice = int(rng.integers(shop.alternative_indptr[x], shop.alternative_indptr[x + 1]))
        machine, duration = int(shop.alternative_machine[choice]), int(shop.alternative_duration[choice])
        others = [none] + [y for y in range(none) if y != x and graph.machine[y] == machine]
        before = others[int(rng.integers(len(others)))]
        if machine == graph.machine[x] and before == graph.machine_predecessor[x]:
            continue
        kept = rebuilt(shop, graph)
        if relocate(shop, graph, x, machine, duration, before):
            made += 1
        else:
            assert (kept.order == graph.order).all()
            assert (kept.machine == graph.machine).all()
        assert_whole(shop, graph)
    assert made > 50


@pytest.mark.parametrize("seed", range(4))
def test_the_estimate_of_neighbours_that_change_places_is_the_longest_path_through_them(seed):
    shop = shop_of(random_jobs(np.random.default_rng(seed), 8, 5, is_flexible=False))
    moves = empty_moves(shop, seed)
    none = shop.job_predecessor.shape[0] - 1
    compared = 0
    for u in range(none):
        graph = started(shop, seed)
        v = int(graph.machine_successor[u])
        if v == none or graph.tail[v] < graph.tail[shop.job_successor[u]]:
            continue
        estimate = estimate_later(shop, graph, moves, u, v, NO_LIMIT)
        assert estimate == estimate_earlier(shop, graph, moves, u, v, NO_LIMIT)
        assert relocate(shop, graph, u, int(graph.machine[u]), int(graph.duration[u]), v)
        through = [int(graph.finish[x] + graph.tail[x] - graph.duration[x]) for x in (u, v)]
        assert estimate == max(through) <= longest_path(shop, graph)
        compared += 1
    assert compared > 10


@pytest.mark.parametrize("seed", range(4))
def test_the_estimate_of_an_insertion_is_exact_when_nothing_outside_the_stretch_changes(seed):
    shop = shop_of(random_jobs(np.random.default_rng(10 + seed), 10, 4, is_flexible=False))
    moves = empty_moves(shop, seed)
    none = shop.job_predecessor.shape[0] - 1
    compared = 0
    for u in range(none):
        graph = started(shop, seed)
        first, second = int(graph.machine_successor[u]), none
        if first != none:
            second = int(graph.machine_successor[first])
        if second == none or graph.tail[second] < graph.tail[shop.job_successor[u]]:
            continue
        stretch = [u, first, second]
        around = shop.job_predecessor[stretch], shop.job_successor[stretch]
        heads, tails = graph.finish[around[0]].copy(), graph.tail[around[1]].copy()
        estimate = estimate_later(shop, graph, moves, u, second, NO_LIMIT)
        assert relocate(shop, graph, u, int(graph.machine[u]), int(graph.duration[u]), second)
        if (heads == graph.finish[around[0]]).all() and (tails == graph.tail[around[1]]).all():
            assert estimate == max(int(graph.finish[x] + graph.tail[x] - graph.duration[x]) for x in stretch)
            compared += 1
    assert compared > 5


@pytest.mark.parametrize("is_flexible", [False, True])
def test_tiny_shops_are_solved_to_the_optimum_of_all_schedules(is_flexible):
    for seed in range(12):
        jobs = random_jobs(np.random.default_rng(seed), 3, 2, is_flexible)
        search = TabuSearch(shop_of(jobs), seed)
        search.advance(2_000)
        assert search.best.makespan == shortest_makespan(jobs)
        assert search.bound <= search.best.makespan


def test_fisher_and_thompson_6_x_6_takes_55():
    search = TabuSearch(shop_of(jobs_of(FT06)), seed=1)
    search.advance(5_000)
    assert search.best.makespan == 55


def test_fisher_and_thompson_10_x_10_comes_within_one_percent_of_930():
    search = TabuSearch(shop_of(jobs_of(FT10)), seed=1)
    search.advance(200_000)
    assert 930 <= search.best.makespan <= 939


def test_a_shop_whose_bound_is_reached_ends_the_search():
    search = TabuSearch(shop_of([[[(0, 3)], [(1, 2)]], [[(0, 4)], [(1, 1)]]]))
    search.advance(1_000)
    assert search.is_optimal
    assert search.best.makespan == search.bound


def test_the_same_seed_and_moves_give_the_same_schedule_in_slices_of_any_length():
    shop = shop_of(jobs_of(FT10))
    whole = TabuSearch(shop, 7, TabuSearchOptions(patience=500))
    whole.advance(20_000)
    sliced = TabuSearch(shop, 7, TabuSearchOptions(patience=500))
    for n_moves in (1, 999, 4_000, 15_000):
        sliced.advance(n_moves)
    assert sliced.moves_made == whole.moves_made
    assert (sliced.best.order == whole.best.order).all()
    assert TabuSearch(shop, 8).best.makespan > 0


def test_the_search_begins_from_a_schedule_that_it_is_given():
    shop = shop_of(jobs_of(FT10))
    first = TabuSearch(shop, 3)
    first.advance(50_000)
    second = TabuSearch(shop, 4, start=((first.best.order, first.best.machine),))
    assert second.best.makespan == first.best.makespan


def test_searches_with_one_population_relink_each_others_schedules():
    shop, options = shop_of(jobs_of(FT10)), TabuSearchOptions(population=4, patience=200)
    one, other = (TabuSearch(shop, seed, options) for seed in (1, 2))
    other.join(one)
    population = one.population
    for _ in range(20):
        one.advance(200)
        other.advance(200)
    assert population.next_number() > 4
    assert len(population.members) <= 4
    assert population.best.makespan == min(member.makespan for member in population.members)
    assert min(one.best.makespan, other.best.makespan) <= population.best.makespan


def test_what_a_search_calls_is_compiled_beforehand():
    kernels = (start_search, search_slice, merge_orders, dispatch_order)
    prepare_tabu_search(shop_of(random_jobs(np.random.default_rng(0), 2, 2, is_flexible=True)))
    before = [len(getattr(kernel, "signatures", "x")) for kernel in kernels]
    found = run_local_search(problem_from_jobs(jobs_of(FT10)), None, lambda: 0.0, LocalSearchOptions(n_moves=60_000))
    run_local_search(problem_from_jobs(jobs_of(FT10)), found.schedule, lambda: 0.0, LocalSearchOptions(n_moves=100))
    assert min(before) == 1
    assert [len(getattr(kernel, "signatures", "x")) for kernel in kernels] == before
