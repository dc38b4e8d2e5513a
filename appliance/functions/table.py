"""The kind `table`: looks something up."""

from collections.abc import Mapping
from typing import Any


class TableExecutor:
    """Finds what stands under the only argument."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        """A text or fields with texts; None when nothing stands there."""
        return self._table.get(str(next(iter(arguments.values()), "")).strip())
