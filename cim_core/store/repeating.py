"""A method of the store is one transaction; where the database undid it through no fault of its own, it is run again.

That is once, and only where it is certain that nothing of it was kept: the server ended the connection before the
commit, or could not put two transactions in order. What has eaten its input (a stream of batches) is not run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from cim_core.errors import StoreError

#: A server that ends a connection may be starting anew.
PAUSE_S = 0.2


class UndoneError(StoreError):
    """The database undid a transaction; run again it may well succeed."""

    was_repeated = False


def repeated(method: Callable[..., Any]) -> Callable[..., Any]:
    """Run a method of ``StoreBase`` once more when it was undone, unless it is part of a longer read."""

    @wraps(method)
    def run(store: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - what the method takes and gives
        try:
            return method(store, *arguments, **named)
        except UndoneError as error:
            has_eaten = any(isinstance(value, Iterator) for value in (*arguments, *named.values()))
            if error.was_repeated or has_eaten or store._instant.connection is not None:  # noqa: SLF001 - of the same family
                raise
        time.sleep(PAUSE_S)
        try:
            return method(store, *arguments, **named)
        except UndoneError as error:
            error.was_repeated = True
            raise

    return run
