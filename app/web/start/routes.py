"""The start page: straight to one's force, or the forces to choose from."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.access import ANY_KEY, Installing, Visible, Work, needing, work_of
from app.edge.routing import Router
from app.errors import Forbidden
from app.forces import repository, service
from app.web.shell import html, sections_for

router = Router(include_in_schema=False)


@router.get("/")
def start(request: Request, desk: Visible) -> Response:
    """The force of whoever asks; all forces for the installation's administrators."""
    if desk.actor.force_id is not None:
        return RedirectResponse(f"/forces/{repository.by_id(desk.session, desk.actor.force_id).slug}", 303)
    forces = service.visible(desk.session)
    return html(request, "start/forces.html", title="Forces", actor=desk.actor, forces=forces, may_add=False)


@router.get("/forces")
def every_force(request: Request, desk: Installing) -> Response:
    """All forces, and a form to add one."""
    forces = service.visible(desk.session)
    return html(request, "start/forces.html", title="Forces", actor=desk.actor, forces=forces, may_add=True)


@needing(ANY_KEY)
async def _own_force(request: Request) -> Work:
    return await work_of(request)


@router.get("/forces/{force}")
def first_section(work: Annotated[Work, Depends(_own_force)]) -> Response:
    """The first page that whoever asks may see. Raises `Forbidden` for whoever may see none."""
    sections = sections_for(work.actor)
    if not sections:
        raise Forbidden("your account has no role that may see a page: ask your administrator")
    return RedirectResponse(f"/forces/{work.force.slug}/{sections[0].slug}", 303)


@router.get("/accessibility")
def accessibility(request: Request) -> Response:
    """The statement that the regulations of 2018 ask for."""
    return html(request, "start/accessibility.html", title="Accessibility")
