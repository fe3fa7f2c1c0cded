"""The page of fairness between groups."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from app.access import Comparing
from app.edge.routing import Router
from app.fairness import service
from app.rosters.borne import BURDENS as BORNE
from app.web.shell import page
from app.web.words import BURDENS

router = Router(include_in_schema=False)


@router.get("/forces/{force}/fairness")
def fairness(request: Request, work: Comparing, weeks: Annotated[int, Query(ge=1, le=52)] = 13) -> Response:
    """Nights, weekends, bank holidays and short notice by group; who may see whom the room decides."""
    return page(
        request, work, "fairness/page.html", title="Fairness", section="fairness",
        ledger=service.of_groups(work, weeks, None), burdens={name: BURDENS[name] for name in BORNE},
    )  # fmt: skip
