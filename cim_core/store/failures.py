"""Why the database refused a write, in words a user can act on."""

from __future__ import annotations

from cim_core.errors import StoreError
from cim_core.store.repeating import UndoneError


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
        f"cannot be used: {reason}",
        where=where,
        hint="close other programs that write to it, check the disk, then try again",
        code="store-busy",
    )


def store_unavailable(reason: object, where: str, *, is_undone: bool = True) -> StoreError:
    """The database server went away in the middle; the transaction is undone, unless it was in its commit."""
    said = "nothing of this was kept" if is_undone else "whether this was kept is not known: look before you repeat it"
    return (UndoneError if is_undone else StoreError)(
        f"the database server ended the connection: {reason}",
        where=where,
        hint=f"{said}; try again when the server answers",
        code="store-unavailable",
    )


def store_contended(reason: object, where: str) -> StoreError:
    """Two transactions could not be put in order; this one is undone."""
    return UndoneError(
        f"another write was in the way: {reason}",
        where=where,
        hint="nothing of this was kept; try again",
        code="store-busy",
    )
