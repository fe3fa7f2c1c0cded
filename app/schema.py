"""What every schema at the HTTP edge shares."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")


def _not_a_number(value: object) -> object:
    """A bare number would be taken for seconds, or milliseconds, since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value.strip())):
        raise ValueError("expected a date or time such as 2026-06-01 or 2026-06-01T06:00:00Z, not a number")
    return value


Written = BeforeValidator(_not_a_number)

# Within what a planner can mean; at the ends of the calendar sums of dates overflow.
Day = Annotated[date, Written, Field(ge=date(1990, 1, 1), le=date(2100, 12, 31))]
Instant = Annotated[
    AwareDatetime, Written, Field(ge=datetime(1990, 1, 1, tzinfo=UTC), lt=datetime(2101, 1, 1, tzinfo=UTC))
]


class Schema(BaseModel):
    """A body or answer: unknown fields are refused, so that a misspelt one is never silently ignored; and `true` is no
    number, though Python takes it for 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _true_is_no_number(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for name, value in data.items():
                if (value is True or value is False) and name in _numbers(cls):
                    wrong = PydanticCustomError("number_expected", "expected a number")
                    # Raised as pydantic's own, it keeps the place of the field.
                    raise ValidationError.from_exception_data(
                        cls.__name__, [InitErrorDetails(type=wrong, loc=(name,), input=value)]
                    )
        return data


@cache
def _numbers(model: type[BaseModel]) -> frozenset[str]:
    """Fields that take a number and no truth value, by their names outside and inside."""
    found = set[str]()
    for name, field in model.model_fields.items():
        kinds = _kinds(field.annotation)
        if kinds & {int, float} and bool not in kinds:
            found |= {name, field.alias or name}
    return frozenset(found)


def _kinds(annotation: Any) -> set[Any]:
    """The types that a value itself may have: what stands in a union, not what a list holds."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return set[Any]().union(*(_kinds(part) for part in get_args(annotation)))
    return {annotation}
