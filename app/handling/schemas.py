"""Answers of the handling room."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from app.findings import FileReport
from app.schema import Schema

QueueName = Literal["999", "101"]


class TypeSpan(Schema):
    """What a file holds of one call type of a queue."""

    queue: QueueName
    call_type: str
    first: AwareDatetime = Field(description="Start of the first interval, UTC.")
    last: AwareDatetime = Field(description="Start of the last interval, UTC.")
    calls: int = Field(description="Answered calls.")


class HandlingReport(FileReport):
    """Quality of a file of handling times. Nothing may be stored unless `issues_total` is 0."""

    types: list[TypeSpan]


class TypeOut(TypeSpan):
    """What is stored of one call type of a queue."""

    share: float = Field(description="Share of the queue's answered calls, 0 to 1.")
    mean_handling_s: float | None = Field(description="Talk plus wrap-up per answered call [s].")
    mean_wrap_s: float | None = Field(description="Wrap-up's part of it [s]; null where it is not known.")


class HandlingOut(Schema):
    types: list[TypeOut] = Field(description="By queue, the most frequent first.")
