"""Forecasts in the database: written once, read often."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session, defer

from app.database import quick
from app.forecasts.schemas import WHOLE, ForecastKind
from app.newest import Newest
from app.tables import ForecastRow
from forecasting.forecast import Forecast
from forecasting.handling_time import HandlingTime
from forecasting.workload import workload_paths

_NEWEST_FIRST = (ForecastRow.created_at.desc(), ForecastRow.id.desc())
_SHADOW = "shadow_"

Arrays = dict[str, NDArray[Any]]
Shadows = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Unpacked:
    """A stored forecast with what is stored beside it, see `unpack`."""

    forecast: Forecast
    handling_s: NDArray[np.float64]
    handling_cv: NDArray[np.float64]
    call_cv: NDArray[np.float64]
    shadows: Shadows


def add(session: Session, row: ForecastRow) -> None:
    session.add(row)
    session.flush()


def find(
    session: Session,
    force_id: UUID,
    forecast_id: UUID | None = None,
    *,
    kinds: Collection[ForecastKind] = WHOLE,
    known_by: datetime | None = None,
    covering: datetime | None = None,
    origin_by: datetime | None = None,
) -> ForecastRow | None:
    """The forecast with this identifier, or else the one of `kinds` that knows most: of the latest origin, and of those
    the newest; of those made by `known_by`, that knew nothing after `origin_by`, whose span holds `covering`.
    An old forecast that is adjusted today thus stays behind a newer one. Its arrays are loaded only when touched."""
    if forecast_id is not None:
        return session.scalars(_rows(force_id).where(ForecastRow.id == forecast_id)).one_or_none()
    query = _rows(force_id).where(ForecastRow.kind.in_(kinds))
    if known_by is not None:
        query = query.where(ForecastRow.created_at <= known_by)
    if covering is not None:
        query = query.where(ForecastRow.starts_at <= covering, ForecastRow.ends_at > covering)
    if origin_by is not None:
        query = query.where(ForecastRow.origin <= origin_by)
    knows_most_first = query.order_by(ForecastRow.origin.desc(), *_NEWEST_FIRST)
    return session.scalars(knows_most_first.limit(1)).one_or_none()


def page(
    session: Session,
    force_id: UUID,
    *,
    kinds: Collection[ForecastKind],
    known_by: datetime | None,
    after: ForecastRow | None,
    size: int,
) -> list[ForecastRow]:
    """At most `size` forecasts, newest first, that come `after` one."""
    query = _rows(force_id).where(ForecastRow.kind.in_(kinds)).options(defer(ForecastRow.description))
    if known_by is not None:
        query = query.where(ForecastRow.created_at <= known_by)
    if after is not None:
        query = query.where(tuple_(ForecastRow.created_at, ForecastRow.id) < tuple_(after.created_at, after.id))
    return list(session.scalars(query.order_by(*_NEWEST_FIRST).limit(size)))


def is_there(session: Session, force_id: UUID, forecast_id: UUID) -> bool:
    """Whether the force has this forecast, without reading it."""
    query = "select exists (select from forecasts where force_id = %s and id = %s)"
    row = quick(session, query, (force_id, forecast_id)).fetchone()
    return row is not None and bool(row[0])


def _rows(force_id: UUID) -> Select[ForecastRow]:
    return select(ForecastRow).where(ForecastRow.force_id == force_id).options(defer(ForecastRow.arrays))


def packed(forecast: Forecast, handling: Sequence[HandlingTime], shadows: Shadows) -> bytes:
    """The forecast's arrays as a compressed archive, with the handling time of each queue, and the mean calls
    (queues, intervals) of each model in its shadow."""
    beside = {
        "handling_s": np.array([one.mean_s for one in handling], dtype=np.float32),
        "handling_cv": np.array([one.mean_cv for one in handling], dtype=np.float32),
        "call_cv": np.array([np.nan if one.call_cv is None else one.call_cv for one in handling]),
    }
    return _written(_arrays_of(forecast, shadows) | beside)


def repacked(archive: bytes, start: datetime, forecast: Forecast, shadows: Mapping[str, NDArray[np.float64]]) -> bytes:
    """The archive of a forecast that began at `start`, cut to the span of `forecast`, with the arrays of `forecast` and
    further `shadows` (queues, intervals) in place of its own."""
    first = int((forecast.start - start).total_seconds()) // forecast.interval_s
    kept = np.s_[..., first : first + forecast.intervals]
    whole = _read(archive)
    n = whole["mean"].shape[-1]
    return _written(
        {name: a[kept] if a.shape[-1] == n else a for name, a in whole.items()} | _arrays_of(forecast, shadows)
    )


def unpack(archive: bytes, origin: datetime, start: datetime, description: Mapping[str, Any]) -> Unpacked:
    """The forecast; its handling times (queues, intervals) [s], with the coefficients of variation of their means
    (queues, intervals) and of single calls (queues,); its shadows' mean calls (queues, intervals)."""
    arrays = _read(archive)
    forecast = Forecast(
        origin=origin,
        start=start,
        interval_s=description["interval_s"],
        timezone=description["timezone"],
        queues=tuple(description["queues"]),
        mean=arrays["mean"].astype(np.float64),
        rate_cv=arrays["rate_cv"].astype(np.float64),
        # Absent of the oldest forecasts: no day of theirs is refreshed, or adjusted with its day factor.
        day_cv=arrays.get("day_cv", np.zeros_like(arrays["mean"])).astype(np.float64),
        intraday_strength=arrays.get("intraday_strength", np.zeros(arrays["mean"].shape[0])),
        carry_over=arrays.get("carry_over", np.zeros(arrays["mean"].shape[0])),
        paths=arrays["paths"].astype(np.int32),
    )
    shadows = {
        name.removeprefix(_SHADOW): array.astype(np.float64)
        for name, array in arrays.items()
        if name.startswith(_SHADOW)
    }
    return Unpacked(
        forecast,
        handling_s=arrays["handling_s"].astype(np.float64),
        # Absent of the oldest forecasts: their workload is as sure as their handling times seemed then.
        handling_cv=arrays.get("handling_cv", np.zeros_like(arrays["mean"])).astype(np.float64),
        call_cv=arrays.get("call_cv", np.full(len(forecast.queues), np.nan)),
        shadows=shadows,
    )


_CACHE_SIZE = 4  # forecasts, of about 20 MB each
_cached = Newest[UUID, Unpacked](_CACHE_SIZE)
_workloads = Newest[UUID, NDArray[np.float32]](_CACHE_SIZE)
_sorted = Newest[UUID, tuple[NDArray[np.int32], NDArray[np.float32]]](_CACHE_SIZE)


def opened(row: ForecastRow) -> Unpacked:
    """The row's arrays; kept in memory, since a forecast never changes."""
    return _cached.get(row.id, lambda: unpack(row.arrays, row.origin, row.starts_at, row.description))


def workload(row: ForecastRow) -> NDArray[np.float32]:
    """Paths (paths, queues, intervals) of the handling time of the row's own paths of calls [s]; drawn for the whole
    forecast, so that every span and sum of it tells of the same futures, and kept like it."""

    def drawn() -> NDArray[np.float32]:
        stored = opened(row)
        paths, seed = stored.forecast.paths, row.description["seed"]
        return workload_paths(paths, stored.handling_s, stored.handling_cv, stored.call_cv, seed=seed)

    return _workloads.get(row.id, drawn)


def ordered(row: ForecastRow) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The paths of calls and of handling time, each interval's in ascending order along the first axis: every quantile
    of single intervals is a row of them."""

    def made() -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        return np.sort(opened(row).forecast.paths.astype(np.int32), axis=0), np.sort(workload(row), axis=0)

    return _sorted.get(row.id, made)


def unpacked(row: ForecastRow) -> tuple[Forecast, NDArray[np.float64]]:
    """The forecast and its handling times (queues, intervals) [s]."""
    return opened(row).forecast, opened(row).handling_s


def _arrays_of(forecast: Forecast, shadows: Shadows) -> Arrays:
    own: Arrays = {
        "mean": forecast.mean.astype(np.float32),
        "rate_cv": forecast.rate_cv.astype(np.float32),
        "day_cv": forecast.day_cv.astype(np.float32),
        "intraday_strength": forecast.intraday_strength,
        "carry_over": forecast.carry_over,
        "paths": forecast.paths.astype(np.uint16 if forecast.paths.max(initial=0) < 2**16 else np.int32),
    }
    return own | {f"{_SHADOW}{name}": mean.astype(np.float32) for name, mean in shadows.items()}


def _written(arrays: Arrays) -> bytes:
    """A `.npz` archive like NumPy's, at the lowest compression: a tenth of the time for an eighth more bytes."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)
    return buffer.getvalue()


def _read(archive: bytes) -> Arrays:
    with np.load(io.BytesIO(archive)) as arrays:
        return dict(arrays)
