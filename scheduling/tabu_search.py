"""Tabu search with path relinking for job shops and flexible job shops, in slices: the caller keeps the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from scheduling.kernels.critical_moves import CHOICE_SIZE, Moves
from scheduling.kernels.disjunctive_graph import Codes, Graph, Shop, Words
from scheduling.kernels.tabu_search import (
    BEST,
    ITERATION,
    PROGRESS_SIZE,
    SearchStatus,
    dispatch_order,
    merge_orders,
    search_slice,
    start_search,
)

TABU_SLOTS = 1 << 16
SAME = 0.9


@dataclass(frozen=True, slots=True)
class TabuSearchOptions:
    """How the search goes about it.

    Parameters
    ----------
    population
        Schedules kept for relinking.
    patience
        A tabu search ends after so many moves without a better schedule.
    reach
        A critical operation moves by at most so many places of its block.
    tenure
        A reversed precedence is tabu for this many moves, and up to as many again; 0: from the shop's size.
    noise_percent
        How far the first schedules differ from "most work remaining".
    stall
        The population is begun anew, from the best schedule, after so many tabu searches that did not better it.
    """

    population: int = 16
    patience: int = 12_000
    reach: int = 1_000_000
    tenure: int = 0
    noise_percent: int = 60
    stall: int = 100


@dataclass(frozen=True, slots=True, eq=False)
class ShopSequence:
    """A schedule of a shop, as an order of its operations.

    Parameters
    ----------
    makespan
        Its length.
    order, machine
        int32, shape (n_operations + 1,): operations so that each follows its predecessors on the job and on the
        machine; the machine of each.
    neighbours
        int32, shape (n_operations + 1,): the operation before on the machine.
    """

    makespan: int
    order: Codes
    machine: Codes
    neighbours: Codes

    def likeness(self, other: ShopSequence) -> float:
        """Return the fraction of operations that have the same machine and the same operation before them there."""
        same = (self.neighbours == other.neighbours) & (self.machine == other.machine)
        return int(np.count_nonzero(same)) / int(same.shape[0])


def empty_graph(shop: Shop) -> Graph:
    """Return a graph without arcs."""
    size = shop.job_predecessor.shape[0]
    none = size - 1

    def filled(length: int, value: int) -> Codes:
        return np.full(length, value, dtype=np.int32)

    return Graph(
        machine=filled(size, 0),
        duration=filled(size, 0),
        machine_predecessor=filled(size, none),
        machine_successor=filled(size, none),
        machine_first=filled(shop.n_machines, none),
        machine_last=filled(shop.n_machines, none),
        order=filled(size, none),
        position=filled(size, 0),
        finish=filled(size, 0),
        tail=filled(size, 0),
        marked=np.zeros(size, dtype=np.uint8),
        buffer=filled(size, 0),
    )


def empty_moves(shop: Shop, seed: int) -> Moves:
    """Return scratch, an empty tabu list and a source of random numbers."""
    size = shop.job_predecessor.shape[0]
    mixed = (seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % (1 << 61) + 1
    return Moves(
        path=np.zeros(size, dtype=np.int32),
        stretch=np.zeros(size, dtype=np.int32),
        stretch_finish=np.zeros(size, dtype=np.int32),
        choice=np.zeros(CHOICE_SIZE, dtype=np.int64),
        forbidden_choice=np.zeros(CHOICE_SIZE, dtype=np.int64),
        tabu_until=np.zeros(TABU_SLOTS, dtype=np.int64),
        random_state=np.array([mixed], dtype=np.int64),
    )


def lower_bound(shop: Shop) -> int:
    """Return the longest job, or machine with what comes before and after it at least; no schedule is shorter.

    Only operations with one machine count for the machine.
    """
    none = shop.job_predecessor.shape[0] - 1
    shortest = np.append(np.minimum.reduceat(shop.alternative_duration, shop.alternative_indptr[:-1]), 0)
    before, after = shop.release.astype(np.int64), shop.delivery.astype(np.int64)
    longest = 0
    for x in range(none):
        by_job = shop.job_predecessor[x]
        if by_job != none:
            before[x] = max(before[x], before[by_job] + shortest[by_job])
    for x in range(none - 1, -1, -1):
        to_job = shop.job_successor[x]
        if to_job != none:
            after[x] = max(after[x], after[to_job] + shortest[to_job])
        longest = max(longest, int(before[x] + shortest[x] + after[x]))
    single = np.flatnonzero(np.diff(shop.alternative_indptr) == 1)
    machine = shop.alternative_machine[shop.alternative_indptr[single]]
    for m in np.unique(machine):
        on = single[machine == m]
        longest = max(longest, int(before[on].min() + shortest[on].sum() + after[on].min()))
    return longest


@dataclass(slots=True)
class Population:
    """Good schedules that differ, which searches on several threads fill and relink together.

    Parameters
    ----------
    options
        How many there are, and when they are begun anew.

    Attributes
    ----------
    members
        The schedules.
    best
        The best schedule that was ever admitted.
    """

    options: TabuSearchOptions = TabuSearchOptions()
    members: list[ShopSequence] = field(init=False, default_factory=list)
    best: ShopSequence | None = field(init=False, default=None)
    _n_started: int = field(init=False, default=0)
    _n_fruitless: int = field(init=False, default=0)
    _lock: Lock = field(init=False, default_factory=Lock)

    def next_number(self) -> int:
        """Return how many tabu searches were begun before, and count one more."""
        with self._lock:
            self._n_started += 1
            return self._n_started - 1

    def pair(self, draw: Callable[[int], int]) -> tuple[ShopSequence, ShopSequence] | None:
        """Return two schedules to relink; ``None`` as long as there are too few."""
        with self._lock:
            n_members = len(self.members)
            if n_members < max(2, self.options.population):
                return None
            first = draw(n_members)
            second = (first + 1 + draw(n_members - 1)) % n_members
            return self.members[first], self.members[second]

    def admit(self, found: ShopSequence) -> None:
        """Take a schedule in: in the place of one like it, or of the longest."""
        with self._lock:
            self._n_fruitless += 1
            if self.best is None or found.makespan < self.best.makespan:
                self.best = found
            members = self.members
            alike = [member for member in members if member.likeness(found) >= SAME]
            if not alike and len(members) < self.options.population:
                members.append(found)
                self._n_fruitless = 0
                return
            rival = max(alike or members, key=lambda member: member.makespan)
            if found.makespan < rival.makespan or (not alike and found.makespan == rival.makespan):
                self._n_fruitless *= found.makespan == rival.makespan
                members[members.index(rival)] = found
            if self._n_fruitless >= self.options.stall:
                members[:] = [self.best]
                self._n_fruitless = 0


@dataclass(slots=True)
class TabuSearch:
    """A search that goes on by a number of moves at a time; the same seed and moves give the same schedule.

    Parameters
    ----------
    shop
        The jobs and machines.
    seed
        Of the random numbers.
    options
        How the search goes about it.
    start
        Schedules to begin with, such as a dispatched one; else each begins from a rule with noise.

    Attributes
    ----------
    best
        The best schedule so far.
    population
        The schedules that are relinked.
    bound
        No schedule is shorter.
    moves_made
        Moves so far.
    """

    shop: Shop
    seed: int = 0
    options: TabuSearchOptions = TabuSearchOptions()
    start: tuple[tuple[Codes, Codes], ...] = ()
    bound: int = 0
    best: ShopSequence | None = field(init=False, default=None)
    population: Population = field(init=False)
    moves_made: int = field(init=False, default=0)
    _graph: Graph = field(init=False)
    _moves: Moves = field(init=False)
    _progress: Words = field(init=False)
    _order: Codes = field(init=False)
    _machine: Codes = field(init=False)

    def __post_init__(self) -> None:
        """Begin the first tabu search."""
        self.bound = max(self.bound, lower_bound(self.shop))
        self._graph = empty_graph(self.shop)
        self._moves = empty_moves(self.shop, self.seed)
        self._progress = np.zeros(PROGRESS_SIZE, dtype=np.int64)
        self.population = Population(self.options)
        self._order, self._machine = self._graph.order.copy(), self._graph.machine.copy()
        self._begin()

    @property
    def is_optimal(self) -> bool:
        """The best schedule is as short as the bound."""
        return self.best is not None and self.best.makespan <= self.bound

    def join(self, other: TabuSearch) -> None:
        """Begin anew as one of the searches that fill and relink another's population."""
        self.population = other.population
        self._begin()

    def advance(self, n_moves: int) -> None:
        """Make a number of moves, or fewer when the best schedule is proven to be optimal."""
        shop, options = self.shop, self.options
        tenure = options.tenure or 8 + shop.job_last.shape[0] // (4 * shop.n_machines)
        left = n_moves
        while left > 0 and not self.is_optimal:
            before = int(self._progress[ITERATION])
            status = search_slice(
                shop,
                self._graph,
                self._moves,
                self._progress,
                self._order,
                self._machine,
                self.bound,
                tenure,
                options.reach,
                options.patience,
                left,
            )
            made = int(self._progress[ITERATION]) - before
            self.moves_made += made
            left -= max(made, 1)
            self._keep_best()
            if status == SearchStatus.PATIENCE:
                self.population.admit(self._found())
                self._begin()

    def _found(self) -> ShopSequence:
        """Return the best schedule of the tabu search that runs."""
        return ShopSequence(
            int(self._progress[BEST]),
            self._order.copy(),
            self._machine.copy(),
            sequence_neighbours(self._order, self._machine),
        )

    def _keep_best(self) -> None:
        """Keep the best schedule of the tabu search that runs when it is the best of all."""
        if self.best is None or self._progress[BEST] < self.best.makespan:
            self.best = self._found()

    def _draw(self, limit: int) -> int:
        """Return a whole number from 0 up to, not including, a limit."""
        x = int(self._moves.random_state[0])
        x = (x * 6364136223846793005 + 1442695040888963407) % (1 << 62)
        self._moves.random_state[0] = x or 1
        return (x >> 20) % limit

    def _begin(self) -> None:
        """Begin a tabu search: from a given schedule, from a rule with noise, or between two of the population."""
        graph, state = self._graph, self._moves.random_state
        n = self.population.next_number()
        pair = self.population.pair(self._draw) if n >= len(self.start) else None
        if n < len(self.start):
            graph.order[:], graph.machine[:] = self.start[n]
        elif pair is None:
            noise = 0 if n == 0 else self.options.noise_percent
            dispatch_order(self.shop, 100 if n % 2 == 0 else 0, noise, state, graph.order, graph.machine)
        else:
            self._relink(*pair)
        start_search(self.shop, graph, self._moves, self._progress)
        self._order[:], self._machine[:] = graph.order, graph.machine
        self._keep_best()

    def _relink(self, one: ShopSequence, other: ShopSequence) -> None:
        """Write a schedule between two others into the graph's order."""
        graph, percent = self._graph, 30 + self._draw(41)
        state = self._moves.random_state
        merge_orders(one.order, one.machine, other.order, other.machine, percent, state, graph.order, graph.machine)


def prepare_tabu_search(shop: Shop) -> None:
    """Compile all that a search calls, on a small shop: its beginning, moves without an end at the bound, relinking."""
    search = TabuSearch(shop)
    search.bound = 0
    search.advance(2)
    search._relink(search._found(), search._found())


def sequence_neighbours(order: Codes, machine: Codes) -> Codes:
    """Return the operation before each on its machine; the number of operations where there is none."""
    n_operations = order.shape[0] - 1
    inside = order[:n_operations]
    by_machine = inside[np.argsort(machine[inside], kind="stable")]
    neighbours = np.full(n_operations + 1, n_operations, dtype=np.int32)
    same = machine[by_machine[1:]] == machine[by_machine[:-1]]
    neighbours[by_machine[1:][same]] = by_machine[:-1][same]
    return neighbours
