"""What every page shares: its frame, who looks at it, where else they may go, how it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

from app.access import Work
from app.errors import NotFound
from app.forces import service as forces
from app.identity.roles import Permission
from app.identity.service import Actor
from app.versions import PRODUCT
from app.web.assets import asset
from app.web.charts import Chart
from app.web.words import FILTERS

_LONDON: Final = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the navigation: below `/forces/{force}/`, for whoever has one of the permissions."""

    slug: str
    label: str
    permissions: frozenset[Permission]


_OWN: Final = Section("my-shifts", "My shifts", frozenset({Permission.EXPLAIN}))
SECTIONS: Final = (
    Section("today", "Today", frozenset({Permission.READ})),
    Section("demand", "Demand", frozenset({Permission.READ})),
    Section("cover", "Cover", frozenset({Permission.READ})),
    Section("rosters", "Rosters", frozenset({Permission.READ})),
    Section("what-if", "What if", frozenset({Permission.PLAN})),
    Section("team", "Team", frozenset({Permission.READ})),
    Section("fairness", "Fairness", frozenset({Permission.FAIRNESS})),
    _OWN,
    Section("admin", "Admin", frozenset({Permission.MANAGE, Permission.ADMINISTER, Permission.AUDIT})),
)

# The macros of GOV.UK Frontend ask for values that nobody gave; our own templates may not.
_components = Environment(
    loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}), autoescape=True
)


def component(name: str, /, **params: Any) -> Markup:
    """A component of GOV.UK Frontend by its name there, such as `button`, with its options by their names there; one
    that is None is as if it were not given."""
    macro = "govuk" + "".join(part.title() for part in name.split("-"))
    template = _components.get_template(f"govuk_frontend_jinja/components/{name}/macro.html")
    given = {option: value for option, value in params.items() if value is not None}
    return Markup(getattr(template.module, macro)(given))


_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters.update(FILTERS)
_pages.globals.update(govuk=component, asset=asset, product_version=PRODUCT)


def page(
    request: Request,
    work: Work,
    template: str,
    *,
    title: str,
    section: str,
    charts: Sequence[Chart] = (),
    status: int = 200,
    **context: Any,
) -> Response:
    """The page made of `template` (a path below this folder), for a force; or one of its charts as CSV, by `?csv=`.
    Raises `NotFound` for a chart that is not on it.

    section : slug of the entry of the navigation that it belongs to
    context : what the template works with, beside `charts` by name, `force`, `actor`, `may` and `zone`
    """
    drawn = {chart.name: chart for chart in charts}
    wanted = request.query_params.get("csv")
    if wanted is not None:
        if wanted not in drawn:
            there_are = " or ".join(drawn) or "none, as there is no chart"
            raise NotFound(f"chart {wanted!r} is not on this page: expected {there_are}")
        return _csv(drawn[wanted])
    zone = forces.current_settings(work.session, work.force.id).settings.zone
    values = _frame(work.actor, work) | {"section": section, "charts": drawn, "zone": zone} | context
    return html(request, template, title=title, status=status, **values)


def html(request: Request, template: str, *, title: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of any kind, with or without somebody who is signed in."""
    values: Mapping[str, Any] = _frame(None, None) | {"request": request, "title": title, "section": ""} | context
    return HTMLResponse(_pages.get_template(template).render(values), status)


def fragment(request: Request, work: Work, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A part of a page, for what asks for it from within the page."""
    zone = forces.current_settings(work.session, work.force.id).settings.zone
    values = _frame(work.actor, work) | {"request": request, "zone": zone} | context
    return HTMLResponse(_pages.get_template(template).render(values), status)


def sections_for(actor: Actor) -> list[Section]:
    """Where `actor` may go; to shifts of their own only who is a handler."""
    return [
        section
        for section in SECTIONS
        if any(actor.may(permission) for permission in section.permissions)
        and (section is not _OWN or actor.handler_ref is not None)
    ]


def _frame(actor: Actor | None, work: Work | None) -> dict[str, Any]:
    def may(permission: str) -> bool:
        return actor is not None and actor.may(Permission(permission))

    shown = [] if actor is None or work is None else sections_for(actor)
    return {
        "actor": actor,
        "force": None if work is None else work.force,
        "base": "" if work is None else f"/forces/{work.force.slug}",
        "api": "" if work is None else f"/v1/forces/{work.force.slug}",
        "sections": shown,
        "may": may,
        "zone": _LONDON,
        "charts": {},
    }


def _csv(chart: Chart) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{chart.name}.csv"'}
    return Response(chart.csv(), media_type="text/csv; charset=utf-8", headers=headers)
