"""A few results kept in memory for whoever asks for the same next."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


class Newest(Generic[Name, Value]):
    """The values asked for last, as many as `most` in size by `size_of`; only for what its name says completely.

    Threads may ask at the same time: two may then make the same value, of which one is kept.
    """

    def __init__(self, most: int, size_of: Callable[[Value], int] = lambda _: 1) -> None:
        self._most, self._size_of = most, size_of
        self._kept: OrderedDict[Name, Value] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, name: Name, make: Callable[[], Value]) -> Value:
        """The value of this name, made where it is not kept."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        value = make()
        with self._lock:
            if name not in self._kept:
                self._kept[name] = value
                self._size += self._size_of(value)
                while self._size > self._most:
                    self._size -= self._size_of(self._kept.popitem(last=False)[1])
        return value
