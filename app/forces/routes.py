"""Forces and their settings over HTTP."""

from __future__ import annotations

from fastapi import APIRouter

from app.access import Installing, Managing, Reading, Visible
from app.forces import service
from app.forces.schemas import ForceIn, ForceOut, ForceSettings, SettingsOut

router = APIRouter(prefix="/v1/forces", tags=["forces"])


@router.post("", status_code=201)
def create_force(body: ForceIn, desk: Installing) -> ForceOut:
    """Add a force. Only an administrator of the installation may."""
    return service.create(desk.session, desk.actor, body)


@router.get("")
def list_forces(desk: Visible) -> list[ForceOut]:
    """The forces that this key may see."""
    return service.visible(desk.session)


@router.put("/{force}/settings")
def put_settings(body: ForceSettings, work: Managing) -> SettingsOut:
    """Store a new version of the settings; what was made with an older one keeps naming that one."""
    return service.change_settings(work.session, work.actor, work.force.id, body)


@router.get("/{force}/settings")
def get_settings(work: Reading) -> SettingsOut:
    """The settings in force."""
    return service.current_settings(work.session, work.force.id)
