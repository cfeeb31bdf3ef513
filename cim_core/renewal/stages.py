"""How a project moves through its nine stages."""

from __future__ import annotations

from cim_core.errors import TransitionError
from cim_core.renewal.vocabulary import STAGES, Stage, stage_order


def allowed_transitions(current: Stage) -> tuple[Stage, ...]:
    """The stages a project may go to: the next one, and with a reason any earlier one, the nearest first."""
    here = stage_order(current)
    ordered = [Stage(term.value) for term in STAGES]
    return (*ordered[here : here + 1], *reversed(ordered[: here - 1]))


def require_transition(current: Stage, target: Stage, reason: str = "") -> None:
    """Let a project go one stage on, or back to any earlier one with a reason. Raises TransitionError otherwise."""
    step = stage_order(target) - stage_order(current)
    if step == 1 or (step < 0 and reason.strip()):
        return
    names = {term.value: term.en for term in STAGES}
    move = f"from {names[current]!r} to {names[target]!r}"
    hint = f"allowed from here: {', '.join(allowed_transitions(current))}"
    if step == 0:
        raise TransitionError(f"the project is already at {names[current]!r}", where="stage", hint=hint)
    if step < 0:
        raise TransitionError(f"going back {move} needs a reason", where="stage", hint="say why the stage is reopened")
    raise TransitionError(f"a project cannot skip {move}", where="stage", hint=hint)
