"""A young queue follows an old one: at its own level, with the uncertainty of its few calls."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forecasting import scores
from forecasting.demand import forecast
from forecasting.errors import HistoryTooShort
from forecasting.events import Event, mask, occurrences
from forecasting.series import IntervalSeries
from tests.forecasting.synthetic import LONDON, synthetic_history

DAY = 96


@pytest.fixture(scope="module")
def old() -> IntervalSeries:
    return synthetic_history(30, seed=1, per_day=(900.0,), day_cv=0.05)["999"]


def young(old: IntervalSeries, days: int, share: float, *, seed: int = 2) -> IntervalSeries:
    """A queue that has had ``share`` of the old one's calls for ``days`` now."""
    calls = np.random.default_rng(seed).poisson(share * old.values[-days * DAY :]).astype(float)
    return IntervalSeries(old.end - timedelta(days=days), 900, calls)


def test_it_takes_the_others_shape_at_its_own_level(old):
    made = forecast({"101": young(old, 3, 0.5), "999": old}, LONDON, weeks=1, n_paths=400, seed=1)
    alone = forecast({"999": old}, LONDON, weeks=1, n_paths=2, seed=1)
    assert (made.mean[1] == alone.mean[0]).all(), "the old queue is forecast as if it were alone"
    ratio = made.mean[0] / made.mean[1]
    assert np.ptp(ratio) < 1e-9
    # Three days of 450 and 900 calls: the ratio is known to sqrt(1/1350 + 1/2700) = 3%.
    assert ratio[0] == pytest.approx(0.5, abs=4 * 0.5 * (1 / 1350 + 1 / 2700) ** 0.5)
    assert (made.day_cv[0] > made.day_cv[1]).all()
    assert any("too few to learn from" in note and "999" in note for note in made.notes)


def test_the_fewer_its_calls_the_wider_its_total(old):
    def spread(share: float) -> float:
        made = forecast({"101": young(old, 2, share), "999": old}, LONDON, weeks=1, n_paths=400, seed=1)
        return float(made.day_cv[0].mean())

    assert spread(0.01) > spread(0.1) > spread(1.0)


def test_two_weeks_later_it_is_learned_by_itself(old):
    for days, is_learned in ((13, False), (14, True)):
        made = forecast({"101": young(old, days, 0.5), "999": old}, LONDON, weeks=1, n_paths=2, seed=1)
        assert any("too few to learn from" in note for note in made.notes) != is_learned
        assert scores.wape(0.5 * made.mean[1], made.mean[0]) < 0.15


def test_less_than_a_day_or_nobody_to_follow_is_refused(old):
    part = young(old, 1, 0.5)
    shorter = IntervalSeries(part.start + timedelta(minutes=15), 900, part.values[1:])
    with pytest.raises(HistoryTooShort, match="queue 101"):
        forecast({"101": shorter, "999": old}, LONDON, weeks=1, seed=1)
    assert forecast({"101": part, "999": old}, LONDON, weeks=1, n_paths=2, seed=1).mean[0].sum() > 0
    with pytest.raises(HistoryTooShort, match="queue 101"):
        forecast({"101": part}, LONDON, weeks=1, seed=1)
    silent = IntervalSeries(old.start, 900, np.zeros(old.values.size))
    with pytest.raises(HistoryTooShort, match="queue 101"):
        forecast({"101": part, "999": silent}, LONDON, weeks=1, seed=1)


def test_its_events_are_its_own(old):
    """A planner's value for it counts, one for the other queue does not, and what both learn is shared."""
    history = {"101": young(old, 5, 0.5), "999": old}
    evening = old.end.astimezone(ZoneInfo("Europe/London")).replace(hour=18) + timedelta(days=2)

    def made(**more):
        event = Event("match", evening, evening + timedelta(hours=3), **more)
        return forecast(history, LONDON, weeks=1, n_paths=2, seed=1, events=[event])

    plain = forecast(history, LONDON, weeks=1, n_paths=2, seed=1)
    its_own, others = made(queues=("101",), multiplier=3.0), made(queues=("999",), multiplier=3.0)
    of_both = made(multiplier=2.0)
    for forecast_, factors in ((its_own, (3, 1)), (others, (1, 3)), (of_both, (2, 2))):
        for queue, factor in enumerate(factors):
            ratio = (forecast_.mean[queue] / plain.mean[queue]).round(9)
            assert sorted(set(ratio.tolist())) == sorted({1.0, float(factor)})
            assert (ratio == factor).sum() == (12 if factor != 1 else ratio.size)
    assert [(e.queue, e.planner, e.applied) for e in its_own.effects] == [("101", 3.0, 3.0)]
    first = evening - timedelta(weeks=4)
    past = Event("match", first, first + timedelta(hours=3), "FREQ=WEEKLY;INTERVAL=2")
    busy = IntervalSeries(old.start, 900, np.where(mask_of(past, old), 2 * old.values, old.values))
    learned = forecast({"101": young(old, 5, 0.5), "999": busy}, LONDON, weeks=1, n_paths=2, seed=1, events=[past])
    ratio = learned.mean[0] / learned.mean[1]
    assert np.ptp(ratio) < 1e-9, "what the other has learned of an event of both holds for it too"
    of_101, of_999 = learned.effects
    assert of_101.applied == of_999.applied > 1.5
    assert (of_101.n_occurrences, of_101.learned) == (0, None)


def mask_of(event: Event, series: IntervalSeries) -> np.ndarray:
    found = occurrences([event], series.start, series.end, "Europe/London")
    return mask(found, LONDON.grid(series.start, 900, series.values.size))
