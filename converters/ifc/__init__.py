"""IFC: buildings and their elements from building information models (ISO 16739-1)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from converters.ifc.format import FORMAT

__all__ = ["FORMAT"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    # Lazy, so that the child process that parses a file starts without Arrow and PROJ (a third of a second).
    if name == "FORMAT":
        from converters.ifc.format import FORMAT

        return FORMAT
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
