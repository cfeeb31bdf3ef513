"""Why the database refused a write, in words a user can act on."""

from __future__ import annotations

from cim_core.errors import StoreError


def duplicate_id(reason: object, where: str) -> StoreError:
    """A row broke a rule of the schema."""
    return StoreError(
        f"a row breaks a rule of the store: {reason}",
        where=where,
        hint="ids must be unique within a dataset",
        code="duplicate-id",
    )


def disk_full(where: str) -> StoreError:
    """There was no room; the transaction is undone."""
    return StoreError(
        "cannot be written: the disk is full",
        where=where,
        hint="free some space, then run the same command again; everything stored before is still there",
        code="disk-full",
    )


def store_busy(reason: object, where: str) -> StoreError:
    """Another program holds it, or the disk fails."""
    return StoreError(
        f"cannot be written: {reason}",
        where=where,
        hint="close other programs that write to it, check the disk, then try again",
        code="store-busy",
    )


def store_unavailable(reason: object, where: str) -> StoreError:
    """The database server went away in the middle; the transaction is undone."""
    return StoreError(
        f"the database server ended the connection: {reason}",
        where=where,
        hint="nothing of this write was kept unless it says so; look, then try again",
        code="store-unavailable",
    )
