"""What every handler needs: the workspace and its store, given to it by the app, never global."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from api.http.errors import UnknownParameterError
from api.http.grounds import KeptGrounds
from api.workspace import Workspace
from cim_core.store import Store


@dataclass(frozen=True, slots=True)
class Town:
    """One workspace being served. The store may be used from any thread."""

    workspace: Workspace
    store: Store
    grounds: KeptGrounds = field(default_factory=KeptGrounds)


async def current_town(request: Request) -> Town:
    """The town of the app that answers."""
    town: Town = request.app.state.town
    return town


TownDep = Annotated[Town, Depends(current_town)]


async def refuse_unknown_parameters(request: Request) -> None:
    """Raise UnknownParameterError for a query parameter the route does not declare, or one given twice."""
    names = [name for name, _ in request.query_params.multi_items()]
    if not names:
        return
    known = _query_names(request.scope["route"].dependant)
    for name in names:
        if name not in known:
            hint = f"this route takes: {', '.join(sorted(known))}" if known else "this route takes no parameters"
            raise UnknownParameterError(f"unknown query parameter {name!r}", where=f"query#/{name}", hint=hint)
        if names.count(name) > 1:
            raise UnknownParameterError(
                f"query parameter {name!r} is given more than once", where=f"query#/{name}", code="repeated-parameter"
            )


def _query_names(dependant: Dependant) -> set[str]:
    names = {field.alias for field in dependant.query_params}
    return names.union(*(_query_names(part) for part in dependant.dependencies))
