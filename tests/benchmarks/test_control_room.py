"""The control-room benchmark: its solution keeps the instance's rules, its figures are those of the solution."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks import control_room

DAYS = 7


def instance() -> dict[str, Any]:
    """Three people, one without 999, and a need that nobody reaches at its beginning."""
    need = [1 if 40 <= t < 160 else 0 for t in range(96 * DAYS)]
    skills = (["999", "101"], ["999", "101"], ["101"])
    people = [
        {
            "id": f"P{n}",
            "skills": own,
            "preferred_offset_min": 30 * n,
            "target_min": 1020,
            "duties": [{"day": day, "nominal_start_min": 840, "consent_min": 120} for day in (0, 1)],
        }
        for n, own in enumerate(skills)
    ]
    return {
        "name": "tiny",
        "interval_min": 15,
        "days": DAYS,
        "requirement": {"999": need, "total": [2 * heads for heads in need]},
        "rules": {
            "lengths_min": [480, 510, 540, 570, 600],
            "start_step_min": 30,
            "rest_min": 660,
            "meal_min": 45,
            "meal_start_after_min": 180,
            "meal_end_before_end_min": 180,
        },
        "costs": {
            "short_999": 40,
            "short_total_first": 8,
            "short_total_rest": 20,
            "over_total": 1,
            "offset_per_30min": 1,
            "hours_per_15min": 1,
        },
        "people": people,
    }


def cost(given: dict[str, Any], duties: list[dict[str, Any]]) -> int:
    """The instance's cost of ``duties``, counted by itself; its rules are asserted."""
    n, total, nines, own = 96 * DAYS, {}, {}, 0
    for person in given["people"]:
        mine = sorted((duty for duty in duties if duty["id"] == person["id"]), key=lambda duty: duty["day"])
        assert [duty["day"] for duty in mine] == [duty["day"] for duty in person["duties"]]
        before = -10_000
        for duty, asked in zip(mine, person["duties"], strict=True):
            offset, start = duty["start_min"] - asked["nominal_start_min"], duty["day"] * 1440 + duty["start_min"]
            meal, end = duty["day"] * 1440 + duty["meal_start_min"], start + duty["length_min"]
            assert abs(offset) <= 120
            assert offset % 30 == 0
            assert duty["length_min"] in given["rules"]["lengths_min"]
            assert start + 180 <= meal <= end - 225
            assert start - before >= 660
            before, own = end, own + abs(offset - person["preferred_offset_min"]) // 30
            for t in (*range(start // 15, meal // 15), *range(meal // 15 + 3, end // 15)):
                total[t] = total.get(t, 0) + 1
                nines[t] = nines.get(t, 0) + ("999" in person["skills"])
        own += abs(sum(duty["length_min"] for duty in mine) - person["target_min"]) // 15
    cover = 0
    for t in range(n):
        need_999, need = (given["requirement"][name][t] for name in ("999", "total"))
        short = max(need - total.get(t, 0), 0)
        cover += 40 * max(need_999 - nines.get(t, 0), 0) + 8 * min(short, 1) + 20 * max(short - 1, 0)
        cover += max(total.get(t, 0) - need, 0)
    return cover + own


def test_the_figures_are_those_of_the_solution(tmp_path: Path, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    given, out = instance(), tmp_path / "solution.json"
    (tmp_path / "tiny.json").write_text(json.dumps(given))
    monkeypatch.setattr("sys.argv", ["control_room", str(tmp_path / "tiny.json"), "--seconds", "3", "--out", str(out)])
    control_room.main()
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    solution = json.loads(out.read_text())
    assert told["objective"] == cost(given, solution["duties"])
    unavoidable = 28 * (8 + 40)  # before noon of Monday, and from 02:00 to noon of Tuesday, nobody can be there
    assert unavoidable < told["bound"] <= told["objective"]
    assert told["net_gap"] == round((told["objective"] - told["bound"]) / (told["objective"] - unavoidable), 5)
    assert all(0 <= price <= 40 for price in solution["prices"]["999"])
