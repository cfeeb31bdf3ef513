"""Exemptions decided in the town, kept with their history."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from cim_core.store.base import StoreBase, not_found
from cim_core.store.changes import Change
from cim_core.store.writing import delete_rows, put_row
from cim_core.townscape.rules import Exemption, Text


class ExemptionsPart(StoreBase):
    """The store as seen by exemptions. Whether a rule may be exempted from is for the caller to check."""

    def exemptions(self) -> list[Exemption]:
        """All decisions, whatever their expiry."""
        table = self._tables.exemptions
        with self._read() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.fid)).mappings()
            return [
                Exemption(
                    building_id=row["building_id"],
                    rule_id=row["rule_id"],
                    reason=Text(row["reason_zh"], row["reason_en"]),
                    decided_by=row["decided_by"],
                    decided_on=date.fromisoformat(row["decided_on"]),
                    expires_on=date.fromisoformat(row["expires_on"]),
                    dataset=row["dataset"],
                    conditions=row["conditions"] or "",
                )
                for row in rows
            ]

    def put_exemption(self, exemption: Exemption, change: Change) -> None:
        """Record a decision, or a new one on the same building and rule. Raises NotFoundError for the building.

        A street or plan unit is named by its layer, ``streets`` or ``plan_units``, in place of a dataset.
        """
        key = {
            "dataset": exemption.dataset or "",
            "building_id": exemption.building_id,
            "rule_id": exemption.rule_id,
        }
        values = {
            "reason_zh": exemption.reason.zh,
            "reason_en": exemption.reason.en,
            "decided_by": exemption.decided_by,
            "decided_on": exemption.decided_on.isoformat(),
            "expires_on": exemption.expires_on.isoformat(),
            "conditions": exemption.conditions or None,
        }
        with self._write(change) as connection:
            place = {"streets": self._tables.streets, "plan_units": self._tables.plan_units}.get(key["dataset"])
            table = self._tables.buildings if place is None else place
            is_it = table.c.id == key["building_id"]
            if place is None:
                is_it &= table.c.dataset == key["dataset"]
            self._require(connection, "building", is_it, f"{key['dataset']}/{key['building_id']}")
            put_row(connection, self._tables.exemptions, key, values)
            self._touch(connection, "exemptions")

    def delete_exemption(self, dataset: str, building_id: str, rule_id: str, change: Change) -> None:
        """Withdraw a decision; history keeps it. Raises NotFoundError when there is none."""
        table = self._tables.exemptions
        is_it = (table.c.dataset == dataset) & (table.c.building_id == building_id) & (table.c.rule_id == rule_id)
        with self._write(change) as connection:
            if connection.execute(sa.select(table.c.fid).where(is_it)).first() is None:
                raise not_found("exemption", f"{dataset}/{building_id}/{rule_id}")
            delete_rows(connection, table, is_it)
            self._touch(connection, "exemptions")
