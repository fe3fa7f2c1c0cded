"""Forces, their settings and their keys over HTTP."""

from __future__ import annotations

from fastapi import APIRouter

from app.access import AnyDesk, Managing, Reading, require, visible_force
from app.audit.repository import add_line
from app.database import work_for
from app.errors import Forbidden
from app.forces import service
from app.forces.schemas import ForceIn, ForceOut, ForceSettings, SettingsOut
from app.identity import service as identity
from app.identity.roles import Permission, Role
from app.identity.schemas import KeyIn, KeyOut

router = APIRouter(prefix="/v1/forces", tags=["forces"])


@router.post("", status_code=201)
def create_force(body: ForceIn, desk: AnyDesk) -> ForceOut:
    """Add a force. Only an administrator of the installation may."""
    require(desk.actor, Permission.ADMINISTER)
    if desk.actor.force_id is not None:
        raise Forbidden("a force's own administrator can't add forces")
    return service.create(desk.session, desk.actor, body)


@router.get("")
def list_forces(desk: AnyDesk) -> list[ForceOut]:
    """The forces that this key may see."""
    work_for(desk.session, visible_force(desk.actor))
    return service.visible(desk.session)


@router.put("/{force}/settings")
def put_settings(body: ForceSettings, work: Managing) -> SettingsOut:
    """Store a new version of the settings; what was made with an older one keeps naming that one."""
    return service.change_settings(work.session, work.actor, work.force.id, body)


@router.get("/{force}/settings")
def get_settings(work: Reading) -> SettingsOut:
    """The settings in force."""
    return service.current_settings(work.session, work.force.id)


@router.post("/{force}/keys", status_code=201)
def create_key(body: KeyIn, work: Managing) -> KeyOut:
    """Make an API key for this force. It is shown once; roles beyond the maker's own are refused."""
    if Role.ADMIN in body.roles and Role.ADMIN not in work.actor.roles:
        raise Forbidden("only an administrator may make an administrator's key")
    key_id, key = identity.make_key(
        work.session,
        name=body.name,
        roles=body.roles,
        force_id=work.force.id,
        expires_at=body.expires_at,
        handler_ref=body.handler_ref,
    )
    add_line(
        work.session,
        force_id=work.force.id,
        actor_id=work.actor.id,
        action="key made",
        subject=str(key_id),
        name=body.name,
        roles=[str(role) for role in body.roles],
        handler_ref=body.handler_ref,
    )
    return KeyOut(
        id=key_id, name=body.name, roles=body.roles, key=key, expires_at=body.expires_at, handler_ref=body.handler_ref
    )
