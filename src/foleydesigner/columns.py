"""Long lists of small models, kept as columns of numbers.

A film has hundreds of thousands of points, and as objects each takes a kilobyte. In JSON such a list is a list of its
items; whatever is read from outside is validated as such, and an item is made when it is asked for.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, ClassVar, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

Item = TypeVar("Item", bound=BaseModel)


class Columns(Sequence[Item]):
    """An immutable, not empty sequence of one kind of model; a subclass says how an item is a row and a row an item."""

    __slots__ = ("_columns",)

    item: ClassVar[type[BaseModel]]
    width: ClassVar[int]

    def __init__(self, items: Iterable[Item]) -> None:
        rows = [self._row(item) for item in items]
        self._columns: NDArray[np.float64] = np.array(rows, dtype=np.float64).reshape(len(rows), self.width)

    @classmethod
    def of_columns(cls, columns: NDArray[np.float64]) -> Self:
        """From numbers of shape (items, width) that are known to be legal."""
        made = object.__new__(cls)
        made._columns = columns
        return made

    @staticmethod
    @abstractmethod
    def _row(item: Any) -> tuple[float, ...]:
        """An item as numbers; NaN for None."""

    @staticmethod
    @abstractmethod
    def _data(row: list[float]) -> dict[str, Any]:
        """Numbers as the item's plain data."""

    @classmethod
    @abstractmethod
    def _item(cls, row: list[float]) -> Item:
        """Numbers as an item, unchecked: what is in here has been validated once."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        item: Any = cls.item
        listed = handler(Annotated[tuple[item, ...], Field(min_length=1)])

        def packed(value: Any, validated: core_schema.ValidatorFunctionWrapHandler) -> Columns[Item]:
            return value if isinstance(value, cls) else cls(validated(value))

        return core_schema.no_info_wrap_validator_function(
            packed, listed, serialization=core_schema.plain_serializer_function_ser_schema(cls.as_data)
        )

    def as_data(self) -> list[dict[str, Any]]:
        """The items as plain data."""
        return [self._data(row) for row in self._columns.tolist()]

    def __len__(self) -> int:
        return len(self._columns)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...

    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        if isinstance(index, slice):
            return tuple(self._item(row) for row in self._columns[index].tolist())
        return self._item(self._columns[index].tolist())

    def __iter__(self) -> Iterator[Item]:
        return map(self._item, self._columns.tolist())

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return np.array_equal(self._columns, other._columns, equal_nan=True)

    def __hash__(self) -> int:
        return hash(self._columns.tobytes())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} items)"
