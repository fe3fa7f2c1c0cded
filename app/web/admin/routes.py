"""Pages of administration, each with the one right that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from app.access import Administering, Auditing, Managing, Planning, Reading, Work
from app.audit import service as audit
from app.audit.repository import Filters
from app.edge.routing import Router
from app.events import service as events
from app.forces import service as forces
from app.identity import keys
from app.identity.roles import MEANING, Permission, Role
from app.identity.service import Actor
from app.runs import service as runs
from app.runs.schemas import RunStatus
from app.sign_in import accounts
from app.web.admin import rules_view, settings_view, view
from app.web.roster_life import terms
from app.web.shell import page
from app.webhooks import service as webhooks
from app.webhooks.events import WebhookEvent

router = Router(include_in_schema=False, prefix="/forces/{force}/admin")

_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class _Page:
    slug: str
    label: str
    permission: Permission


_PAGES: Final = (
    _Page("settings", "Settings", Permission.MANAGE),
    _Page("rules", "Rules", Permission.MANAGE),
    _Page("events", "Events", Permission.PLAN),
    _Page("accounts", "Accounts", Permission.ADMINISTER),
    _Page("keys", "Keys", Permission.ADMINISTER),
    _Page("webhooks", "Webhooks", Permission.ADMINISTER),
    _Page("runs", "Runs", Permission.READ),
    _Page("audit", "Audit", Permission.AUDIT),
)

OfPage = UUID | None
Text = Annotated[str | None, Query(max_length=200)]


def _pages_for(actor: Actor) -> list[_Page]:
    return [one for one in _PAGES if actor.may(one.permission)]


def _shown(request: Request, work: Work, slug: str, title: str, **context: Any) -> Response:
    pages, template = _pages_for(work.actor), f"admin/{slug}.html"
    return page(request, work, template, title=title, section="admin", pages=pages, at=slug, **context)


@router.get("")
def first(work: Reading) -> Response:
    """The first of these pages that whoever asks may see; else wherever they may go."""
    pages = _pages_for(work.actor)
    here = f"/forces/{work.force.slug}"
    return RedirectResponse(f"{here}/admin/{pages[0].slug}" if pages else here, 303)


@router.get("/settings")
def settings_page(request: Request, work: Managing) -> Response:
    """What holds, who set it, and forms to change it; with the register of what the newest requirement assumed."""
    versions = forces.every_version(work.session, work.force.id)
    return _shown(
        request, work, "settings", "Settings", groups=settings_view.groups(versions), newest=versions[-1],
        etag=forces.tag(versions[-1].version), body=view.as_json(versions[-1].settings),
        register=view.register(work), versions=list(reversed(versions)),
    )  # fmt: skip


@router.get("/rules")
def rules_page(request: Request, work: Managing, before: Text = None, after: Text = None) -> Response:
    """The rules that hold, forms to change their values, and what differs between two sides."""
    versions = forces.every_version(work.session, work.force.id)
    sides, newest = rules_view.sides(versions), versions[-1]
    right = rules_view.chosen(sides, after, sides[0])
    left = rules_view.chosen(sides, before, sides[1] if len(versions) > 1 else sides[-len(rules_view.NAMES)])
    return _shown(
        request, work, "rules", "Rules", rules=rules_view.holding(newest.settings), sides=sides, left=left,
        right=right, differences=rules_view.differences(left, right), names=rules_view.NAMES, newest=newest,
        etag=forces.tag(newest.version), body=view.as_json(newest.settings),
    )  # fmt: skip


@router.get("/events")
def events_page(request: Request, work: Planning) -> Response:
    """What changes demand: the force's own events, each to be changed or withdrawn, and a form for another."""
    zone = forces.current_settings(work.session, work.force.id).settings.zone
    standing = events.standing(work.session, work.force.id)
    return _shown(request, work, "events", "Events", events=view.events(standing, zone))


@router.get("/accounts")
def accounts_page(request: Request, work: Administering) -> Response:
    """Who signs in with a password kept here."""
    return _shown(request, work, "accounts", "Accounts", accounts=accounts.listed(work).accounts, roles=list(Role))


@router.get("/keys")
def keys_page(request: Request, work: Administering, ended: bool = False) -> Response:
    """Keys of systems, without their secrets."""
    listed = keys.listed(work.session, work.force.id, include_ended=ended).keys
    return _shown(
        request, work, "keys", "Keys", keys=listed, ended=ended, roles=list(Role), permissions=list(Permission),
        meaning=MEANING,
    )  # fmt: skip


@router.get("/webhooks")
def webhooks_page(
    request: Request, work: Administering, of: UUID | None = None, cursor: UUID | None = None
) -> Response:
    """Addresses that are told of events; of one of them also its messages."""
    found = None if of is None else webhooks.get(work, of)
    sent = None if of is None else webhooks.deliveries(work, of, None, cursor, _ROWS)
    kinds = [event for event in WebhookEvent if event is not WebhookEvent.TEST]
    return _shown(
        request, work, "webhooks", "Webhooks", webhooks=webhooks.listed(work).webhooks, kinds=kinds, of=found, sent=sent
    )


@router.get("/runs")
def runs_page(
    request: Request, work: Reading, status: RunStatus | Literal[""] = "", kind: Text = None, cursor: OfPage = None
) -> Response:
    """What the service computes and has computed, newest first, each with why it ended where it failed."""
    found = runs.page(
        work.session, force=work.force.slug, kind=kind or None, status=status or None, cursor=cursor, size=_ROWS
    )
    return _shown(
        request, work, "runs", "Runs", runs=view.runs(work, found.runs), next=found.next, state=status,
        statuses=terms.RUN_STATUSES, kinds=terms.KINDS, kind=kind or "",
    )  # fmt: skip


@router.get("/audit")
def audit_page(
    request: Request, work: Auditing, action: Text = None, subject: Text = None, cursor: Text = None,
    verify: bool = False,
) -> Response:  # fmt: skip
    """Who did what, page by page; and whether the chain is as it was written, where that is asked."""
    filters = Filters(action=action or None, subject=subject or None)
    found = audit.read(work.session, work.force.id, audit.Asked(filters, cursor or None, _ROWS, newest_first=True))
    verdict = audit.verified(work.session, work.force.id) if verify else None
    return _shown(
        request, work, "audit", "Audit", found=found, action=action or "", subject=subject or "", verdict=verdict
    )
