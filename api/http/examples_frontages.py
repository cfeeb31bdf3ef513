"""Example answers about one frontage, as the interface documents them."""

from __future__ import annotations

from api.http.examples import STREET, Example

FRONTAGE: Example = {
    **STREET["frontages"][0],
    "street_id": STREET["id"],
    "street_name": STREET["name"],
    "version": 1,
}
