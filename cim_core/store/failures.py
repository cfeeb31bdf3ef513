"""Why the database refused a write, in words a user can act on."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from cim_core.errors import StoreError


def explain_write_failure(error: sa.exc.DBAPIError, path: Path) -> StoreError:
    """The StoreError for a refused write: ``duplicate-id``, ``disk-full`` or ``store-busy``. The caller raises it."""
    if isinstance(error, sa.exc.IntegrityError):
        return StoreError(
            f"a row breaks a rule of the store: {error.orig}",
            where=str(path),
            hint="ids must be unique within a dataset",
            code="duplicate-id",
        )
    if "full" in str(error.orig):
        return StoreError(
            "cannot be written: the disk is full",
            where=str(path),
            hint="free some space, then run the same command again; everything stored before is still there",
            code="disk-full",
        )
    return StoreError(
        f"cannot be written: {error.orig}",
        where=str(path),
        hint="close other programs that write to it, check the disk, then try again",
        code="store-busy",
    )
