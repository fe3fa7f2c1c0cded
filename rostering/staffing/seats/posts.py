"""Fixed posts: heads that must be there whatever the calls do, by interval and skill, on top of seats on calls."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rostering.staffing.checks import Ints, frozen_copy


@dataclass(frozen=True, slots=True, eq=False)
class FixedPost:
    """A desk such as dispatch, supervisor, switchboard or digital.

    Whoever holds it counts there and nowhere else, whatever else that person could do: a supervisor who could take
    calls is no seat on calls.

    heads : people needed, (intervals,), >= 0
    lends : its people answer 999 when nobody on the 999 desk is idle, and so must hold that skill too
    """

    name: str
    skill: str
    heads: Ints
    lends: bool = False

    def __post_init__(self) -> None:
        heads = np.asarray(self.heads)
        if heads.ndim != 1 or not np.issubdtype(heads.dtype, np.integer) or (heads < 0).any():
            raise ValueError(f"{self.name}: heads must be (intervals,) whole numbers of at least 0, got {heads.shape}")
        object.__setattr__(self, "heads", frozen_copy(heads, np.int64))


def lending(posts: Sequence[FixedPost], intervals: int) -> Ints:
    """People who lend to 999, (intervals,), for ``SeatRules.lending``."""
    return _sum([post for post in posts if post.lends], intervals)


def heads_by_skill(rostered_999: Ints, rostered_101: Ints, posts: Sequence[FixedPost]) -> dict[str, Ints]:
    """Heads to roster by skill, (intervals,) each: those on calls, ``999`` and ``101``, and the holders of posts under
    the skill of their post.

    Each person counts once: a post that lends adds no head on calls, because the seats were found with it lending, and
    a post of skill 999 or 101 adds to the heads on calls without being one of the seats.
    """
    on_calls = {"999": rostered_999, "101": rostered_101}
    intervals = int(rostered_999.size)
    found: dict[str, Ints] = {}
    for skill in [*on_calls, *dict.fromkeys(post.skill for post in posts if post.skill not in on_calls)]:
        needed = _sum([post for post in posts if post.skill == skill], intervals)
        found[skill] = needed + on_calls[skill] if skill in on_calls else needed
    return found


def _sum(posts: Sequence[FixedPost], intervals: int) -> Ints:
    total = np.zeros(intervals, dtype=np.int64)
    for post in posts:
        if post.heads.shape != (intervals,):
            raise ValueError(f"{post.name}: heads must be ({intervals},), got {post.heads.shape}")
        total += post.heads
    return total
