"""What comes on top of seats: shrinkage by reason and local time, and fixed posts that count once."""

import numpy as np
import pytest

from rostering.staffing.seats.posts import FixedPost, heads_by_skill, lending
from rostering.staffing.seats.shrinkage import ShrinkagePart, shrinkage_at

LEAVE = ShrinkagePart("leave", 0.10, on_the_day=False)
SICKNESS = ShrinkagePart("sickness", 0.05, on_the_day=True)


def test_reasons_follow_each_other_and_add_up():
    found = shrinkage_at([LEAVE, SICKNESS], [0, 6], [3, 23], on_the_day_only=False)
    assert found.total == pytest.approx([0.145, 0.145])
    assert found.parts["leave"] == pytest.approx([0.10, 0.10])
    assert found.parts["sickness"] == pytest.approx([0.045, 0.045])


def test_a_weekly_roster_loses_only_what_is_lost_on_the_day():
    found = shrinkage_at([LEAVE, SICKNESS], [0], [3], on_the_day_only=True)
    assert found.total == pytest.approx([0.05])
    assert list(found.parts) == ["sickness"]
    assert shrinkage_at([], [0], [3], on_the_day_only=True).total == pytest.approx([0.0])


def test_a_share_by_weekday_and_quarter_hour_holds_there_alone():
    late = np.zeros((7, 96))
    late[5, 91] = 0.2
    part = ShrinkagePart("unplanned", late, on_the_day=True)
    found = shrinkage_at([part], [5, 5, 4], [91, 90, 91], on_the_day_only=True)
    assert found.total == pytest.approx([0.2, 0.0, 0.0])


@pytest.mark.parametrize("share", [1.0, -0.1, np.nan, [0.1, 0.2]])
def test_a_share_out_of_range_is_named(share):
    with pytest.raises(ValueError, match="sickness: share must be"):
        ShrinkagePart("sickness", share, on_the_day=True)


@pytest.mark.parametrize(
    ("weekday", "quarter", "named"), [([7], [0], "weekday"), ([0], [96], "quarter"), ([-1], [0], "week")]
)
def test_a_time_out_of_range_is_named(weekday, quarter, named):
    with pytest.raises(ValueError, match=named):
        shrinkage_at([SICKNESS], weekday, quarter, on_the_day_only=True)


def test_two_reasons_of_one_name_are_refused():
    with pytest.raises(ValueError, match="each name once"):
        shrinkage_at([SICKNESS, SICKNESS], [0], [0], on_the_day_only=True)


def test_everybody_counts_once():
    on_999, on_101 = np.array([7, 8]), np.array([3, 3])
    posts = [
        FixedPost("supervisor", "supervisor", np.array([1, 1])),
        FixedPost("digital", "digital", np.array([2, 0]), lends=True),
        FixedPost("crime line", "101", np.array([1, 0])),
    ]
    found = heads_by_skill(on_999, on_101, posts)
    assert {skill: heads.tolist() for skill, heads in found.items()} == {
        "999": [7, 8],
        "101": [4, 3],
        "supervisor": [1, 1],
        "digital": [2, 0],
    }
    assert sum(heads.sum() for heads in found.values()) == on_999.sum() + on_101.sum() + 2 + 2 + 1
    assert lending(posts, 2).tolist() == [2, 0]


def test_posts_are_checked():
    with pytest.raises(ValueError, match="dispatch: heads must be"):
        FixedPost("dispatch", "dispatch", np.array([-1]))
    with pytest.raises(ValueError, match=r"dispatch: heads must be \(2,\)"):
        lending([FixedPost("dispatch", "dispatch", np.array([1]), lends=True)], 2)
