"""The two-class room as an exact Markov chain with both handling rates, solved state by state: slow, and independent.

State (i, j, k, q1, q2): 999 and 101 calls at the 999 desk, 101 calls at the 101 desk, 999 and 101 calls waiting.
"""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import expm_multiply, spsolve

State = tuple[int, int, int, int, int]


def moves(state: State, room: "Room") -> list[tuple[State, float]]:
    """Every transition out of a state with its rate [1/s]."""
    i, j, k, q1, q2 = state
    found: list[tuple[State, float]] = []
    if i + j < room.d:
        found.append(((i + 1, j, k, q1, q2), room.per_s[0]))
    elif q1 < room.most[0]:
        found.append(((i, j, k, q1 + 1, q2), room.per_s[0] * (1 - room.balking[0])))
    if k < room.s:
        found.append(((i, j, k + 1, q1, q2), room.per_s[1]))
    elif room.d - i - j > room.reserve:
        found.append(((i, j + 1, k, q1, q2), room.per_s[1]))
    elif q2 < room.most[1]:
        found.append(((i, j, k, q1, q2 + 1), room.per_s[1] * (1 - room.balking[1])))
    for freed, rate in (((i - 1, j), i / room.aht_s[0]), ((i, j - 1), j / room.aht_s[1])):
        if rate > 0:
            found.append((room.next_at_999_desk(freed, k, q1, q2), rate))
    if k > 0:
        found.append(((i, j, k, q1, q2 - 1) if q2 else (i, j, k - 1, q1, q2), k / room.aht_s[1]))
    if q1:
        found.append(((i, j, k, q1 - 1, q2), q1 * room.gives_up[0]))
    if q2:
        found.append(((i, j, k, q1, q2 - 1), q2 * room.gives_up[1]))
    return [(target, rate) for target, rate in found if rate > 0]


class Room:
    """Rates and seats of one room, its chain and its measures."""

    def __init__(self, per_s, aht_s, patience_s, d, s, most, reserve=0, balking=(0, 0)):  # type: ignore[no-untyped-def]
        self.per_s, self.aht_s, self.d, self.s, self.most = per_s, aht_s, d, s, most
        self.reserve, self.balking = reserve, balking
        self.gives_up = [1 / p for p in patience_s]
        self.states: dict[State, int] = {}
        rows, cols, rates = [], [], []
        todo: list[State] = [(0, 0, 0, 0, 0)]
        self.states[todo[0]] = 0
        while todo:
            state = todo.pop()
            for target, rate in moves(state, self):
                if target not in self.states:
                    self.states[target] = len(self.states)
                    todo.append(target)
                rows.append(self.states[state])
                cols.append(self.states[target])
                rates.append(rate)
        n = len(self.states)
        generator = coo_matrix((rates, (rows, cols)), shape=(n, n)).tolil()
        generator.setdiag(-np.asarray(coo_matrix((rates, (rows, cols)), shape=(n, n)).sum(axis=1)).ravel())
        balance = generator.T.tolil()
        balance[0, :] = 1.0
        right = np.zeros(n)
        right[0] = 1.0
        self.p = spsolve(balance.tocsc(), right)

    def next_at_999_desk(self, freed: tuple[int, int], k: int, q1: int, q2: int) -> State:
        """A 999-desk handler takes the next call: 999 first, then 101 if more than the reserve are idle."""
        i, j = freed
        if q1:
            return i + 1, j, k, q1 - 1, q2
        if q2 and self.d - i - j > self.reserve:
            return i, j + 1, k, q1, q2 - 1
        return i, j, k, q1, q2

    def mean(self, value) -> float:  # type: ignore[no-untyped-def]
        """Stationary mean of a function of the state."""
        return float(sum(self.p[index] * value(*state) for state, index in self.states.items()))

    def service_level_999(self, threshold_s: float) -> float:
        """P(a 999 caller is answered within the threshold), following the caller's place and the mix in service."""
        places = {
            (i, a): n for n, (i, a) in enumerate((i, a) for i in range(self.d + 1) for a in range(self.most[0] + 1))
        }
        answered = len(places)
        rows, cols, rates = [], [], []

        def add(place: tuple[int, int], target: int | None, rate: float) -> None:
            rows.append(places[place])
            cols.append(places[place])
            rates.append(-rate)
            if target is not None:
                rows.append(places[place])
                cols.append(target)
                rates.append(rate)

        for i, ahead in places:
            for ended, rate in ((i - 1, i / self.aht_s[0]), (i, (self.d - i) / self.aht_s[1])):
                if rate > 0:
                    add((i, ahead), places[ended + 1, ahead - 1] if ahead else answered, rate)
            if ahead and self.gives_up[0]:
                add((i, ahead), places[i, ahead - 1], ahead * self.gives_up[0])
            add((i, ahead), None, self.gives_up[0])
        generator = coo_matrix((rates, (rows, cols)), shape=(answered + 1, answered + 1)).tocsc()
        goal = np.zeros(answered + 1)
        goal[answered] = 1.0
        reached = expm_multiply(generator * threshold_s, goal)
        joins = 1 - self.balking[0]
        return self.mean(
            lambda i, j, _k, q1, _q2: 1.0 if i + j < self.d else joins * reached[places[i, min(q1, self.most[0])]]
        )
