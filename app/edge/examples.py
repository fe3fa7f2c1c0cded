"""A body for each operation that takes one, as the published document shows it."""

from __future__ import annotations

from typing import Any

_DUTY = {"start": "07:00", "length_min": 540}
_PATTERN = {"anchor": "2026-03-02", "days": [_DUTY, _DUTY, _DUTY, _DUTY, None, None, None]}
_HANDLER = {
    "ref": "H001", "contract": {"weekly_min": 1920, "cycle_weeks": 1}, "skills": ["999", "101"], "pattern": _PATTERN,
}  # fmt: skip
_EVENT = {"name": "Football final", "starts": "2026-05-30T12:00:00", "ends": "2026-05-30T23:00:00"}
_SWAP = {"give": {"handler": "H001", "date": "2026-06-30"}, "to": "H002"}
_REASON = {"reason": "Cover is above the requirement on all of these days"}

# By the name of the operation's function and, where rooms share one, its tag.
BODIES: dict[str, Any] = {
    "create_force": {"slug": "northshire", "name": "Northshire Police"},
    "put_settings": {"meals_paid": True, "queues": {"999": {"service_level": 0.9, "threshold_s": 10}}},
    "create_key": {"name": "Command and control interface", "roles": ["system"]},
    "create_installation_key": {"name": "Monitoring", "roles": ["auditor"], "scopes": ["read"]},
    "rotate_key": {"grace_h": 24},
    "rotate_installation_key": {"grace_h": 24},
    "create_account": {"name": "planner.one", "roles": ["planner"]},
    "put_handler_name": {"name": "Jo Bloggs"},
    "put_password": {"old": "the one of today", "new": "four words that nobody guesses"},
    "request_forecast": {"weeks": 3},
    "adjust_forecast": {
        "queue": "101", "from": "2026-06-29T12:00:00Z", "to": "2026-06-29T18:00:00Z", "multiplier": 1.2,
        "reason": "Road closures in the city, as in 2024",
    },
    "post_handlers": {"handlers": [_HANDLER]},
    "put_handler": _HANDLER,
    "patch_handler": {"skills": ["101"]},
    "put_records": {},
    "put_pattern_in_use": _PATTERN,
    "post_roll_out": {},
    "post_leave_request": {"handler": "H001", "first": "2026-07-06", "last": "2026-07-10"},
    "approve_leave_request": _REASON,
    "decline_leave_request": _REASON,
    "withdraw_leave_request": {},
    "post_event": _EVENT,
    "put_event": _EVENT,
    "post_covariate": {"rows": [{"date": "2026-06-29", "value": 21.5}]},
    "request_calibration": {},
    "request_requirement": {"from": "2026-06-28T23:00:00Z", "to": "2026-07-06T14:00:00Z"},
    "request_roster": {"week_start": "2026-06-29", "mode": "weekly", "seconds": 60, "seed": 1},
    "edit_roster": {
        "changes": [{"kind": "move", "handler": "H001", "date": "2026-06-30", "start": "2026-06-30T07:00:00Z"}],
        "reason": "Asked for by the handler",
    },
    "approve_roster": {},
    "publish_roster": {},
    "supersede_roster": {"reason": "Made from an old requirement"},
    "repair_roster": {"absent": [{"handler": "H001", "first": "2026-06-30", "last": "2026-07-01"}]},
    "ask_for_swap": _SWAP,
    "accept_swap": {},
    "decline_swap": {},
    "put_wish": {"band": "early", "weight": 3},
    "ask_colleague": {"date": "2026-06-30", "to": "H002", "take": "2026-07-02"},
    "answer_colleague": {"agree": True},
    "ask_what_would_help": {},
    "request_pattern": {"team_size": 5},
    "request_scenario": {
        "name": "Five per cent more 101 calls", "base": {},
        "changes": [{"kind": "demand", "queue": "101", "factor": 1.05}],
    },
    "request_assessment": {
        "kind": "leave", "roster_id": "01976b7c-3c1f-7a52-9d0e-5b6f2f1f0a11", "handler": "H001", "date": "2026-06-30",
    },
    "decide_assessment": {"decision": "accept", "reason": "The prediction shows no call answered later"},
    "ask_without": {"date": "2026-06-30"},
    "post_actuals": {
        "intervals": [{"queue": "999", "interval_start": "2026-06-29T06:00:00Z", "offered": 7}],
    },
    "tell_absence": {"handler": "H001", "date": "2026-06-29"},
    "ask_again": {},
    "end_absence": {"until": "2026-06-29T12:00:00Z"},
    "publish_option": {},
    "ask_for_options": {"queue": "101", "start": "2026-06-29T15:00:00Z", "end": "2026-06-29T19:00:00Z"},
    "publish_weak_option": {},
    "give_rest": {"start": "2026-07-02T06:00:00Z", "end": "2026-07-02T18:00:00Z"},
    "request_counterfactual": {"week_start": "2026-06-29"},
    "put_pay_table": {"rates": [{"grade": "handler", "first": "2026-04-01", "pay_per_h": 18.5}]},
    "create_webhook": {"url": "https://hooks.northshire.police.uk/pacesetter", "events": ["roster.published"]},
    "patch_webhook": {"enabled": True},
    "rotate_webhook": {"grace_h": 24},
    "post_action": {
        "text": "Move two meal breaks out of 18:00 to 19:00", "owner": "Duty manager, lates", "due": "2026-06-30",
    },
    "patch_action": {"state": "closed", "outcome": "Moved; 999 kept its target on the evening"},
    "calls.put_mapping": {
        "time": {"at": "Interval Start", "zone": "local"}, "split": "Queue", "splits": {"999 EMERG": {"queue": "999"}},
        "columns": {"offered": "Calls Offered"},
    },
    "people.put_mapping": {"kind": "leave"},
}  # fmt: skip
