"""Forecasts in the database: written once, read often."""

from __future__ import annotations

import io
from collections import OrderedDict
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.tables import ForecastRow
from forecasting.forecast import Forecast


def add(session: Session, row: ForecastRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, forecast_id: UUID | None) -> ForecastRow | None:
    """The forecast with this identifier, or the newest; its arrays are loaded only when touched."""
    query = select(ForecastRow).where(ForecastRow.force_id == force_id).options(defer(ForecastRow.arrays))
    if forecast_id is not None:
        query = query.where(ForecastRow.id == forecast_id)
    return session.scalars(query.order_by(ForecastRow.created_at.desc(), ForecastRow.id.desc()).limit(1)).one_or_none()


def packed(forecast: Forecast, handling_s: NDArray[np.float64]) -> bytes:
    """The forecast's arrays as a compressed archive; `handling_s` (queues, intervals) [s]."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        mean=forecast.mean.astype(np.float32),
        rate_cv=forecast.rate_cv.astype(np.float32),
        day_cv=forecast.day_cv.astype(np.float32),
        intraday_strength=forecast.intraday_strength,
        paths=forecast.paths.astype(np.uint16 if forecast.paths.max(initial=0) < 2**16 else np.int32),
        handling_s=handling_s.astype(np.float32),
    )
    return buffer.getvalue()


_cached: OrderedDict[UUID, tuple[Forecast, NDArray[np.float64]]] = OrderedDict()
_CACHE_SIZE = 4  # forecasts, of about 20 MB each


def unpacked(row: ForecastRow) -> tuple[Forecast, NDArray[np.float64]]:
    """The forecast and its handling times (queues, intervals) [s]; kept in memory, since a forecast never changes."""
    found = _cached.get(row.id)
    if found is not None:
        return found
    with np.load(io.BytesIO(row.arrays)) as arrays:
        forecast = Forecast(
            origin=row.origin,
            start=row.starts_at,
            interval_s=row.description["interval_s"],
            timezone=row.description["timezone"],
            queues=tuple(row.description["queues"]),
            mean=arrays["mean"].astype(np.float64),
            rate_cv=arrays["rate_cv"].astype(np.float64),
            day_cv=arrays["day_cv"].astype(np.float64),
            intraday_strength=arrays["intraday_strength"],
            paths=arrays["paths"].astype(np.int32),
        )
        handling_s = arrays["handling_s"].astype(np.float64)
    _cached[row.id] = forecast, handling_s
    while len(_cached) > _CACHE_SIZE:
        _cached.popitem(last=False)
    return forecast, handling_s
