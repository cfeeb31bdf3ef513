"""Every error raised on purpose, as one tree.

CimError                       code, message, where, hint
├─ SourceError                 the input
│  ├─ UnknownFormatError       no format recognises the file
│  ├─ UnreadableSourceError    not well-formed, truncated, encrypted, too large
│  ├─ UnsupportedFeatureError  valid, but we do not do it
│  └─ GeoreferenceError        no CRS, two that disagree, or one we refuse to guess from
├─ ModelError                  an invariant of the domain
│  ├─ GeometryError
│  ├─ RulePackError            a rule pack that cannot be trusted
│  ├─ ScenarioFileError        a scenario file that cannot be read as one
│  ├─ TransitionError          a project stage that cannot follow
│  │  └─ SeparationOfDutiesError  who asked for it decides it
│  ├─ ScenarioConflictError    two changes to one building
│  ├─ IdentityError            an id that is fixed or taken
│  └─ StaleVersionError        somebody else changed it first
├─ StoreError                  the workspace's database cannot be used as it is
├─ NotFoundError               by kind and id
├─ UsageError                  the caller's options contradict each other
├─ TilingError                 cannot keep a promise of the standard
├─ MissingExtraError           an optional library is not installed
└─ CancelledError              stopped by the user; nothing half-written remains
"""

from __future__ import annotations


class CimError(Exception):
    """Root of the tree: what went wrong, where, and what to do about it.

    ``code`` is a stable kebab-case word that programs may switch on; ``where`` names the file, row, clause or
    option; ``hint`` says what the user can do next.
    """

    code = "error"

    def __init__(self, message: str, *, where: str = "", hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.where}:" if self.where else "", self.message) if part)


class SourceError(CimError):
    """The input cannot be used."""

    code = "source-error"


class UnknownFormatError(SourceError):
    """No registered format recognises the file."""

    code = "unknown-format"


class UnreadableSourceError(SourceError):
    """The file is not well-formed, truncated, encrypted or too large."""

    code = "unreadable-source"


class UnsupportedFeatureError(SourceError):
    """The file is valid, but uses something that is not supported."""

    code = "unsupported-feature"


class GeoreferenceError(SourceError):
    """The position of the source is not known, contradictory, or would have to be guessed."""

    code = "georeference"


class ModelError(CimError):
    """An invariant of the domain does not hold."""

    code = "model-error"


class GeometryError(ModelError):
    """A geometry cannot be used for the purpose at hand."""

    code = "geometry"


class RulePackError(ModelError):
    """A rule pack is malformed or names something that does not exist."""

    code = "rule-pack"


class ScenarioFileError(ModelError):
    """A list of changes is malformed."""

    code = "scenario-file"


class TransitionError(ModelError):
    """A project stage cannot follow the current one."""

    code = "transition"


class SeparationOfDutiesError(TransitionError):
    """Who submitted something cannot also approve it."""

    code = "separation-of-duties"


class ScenarioConflictError(ModelError):
    """Two changes of a scenario touch the same building."""

    code = "scenario-conflict"


class IdentityError(ModelError):
    """An id cannot change, or belongs to something else."""

    code = "id-taken"


class StaleVersionError(ModelError):
    """The change was made to a version that is no longer the present one."""

    code = "stale-version"


class StoreError(CimError):
    """The store cannot be opened, written or trusted."""

    code = "store"


class NotFoundError(CimError):
    """Nothing of that kind has that id."""

    code = "not-found"


class UsageError(CimError):
    """The options of a call contradict each other or miss something."""

    code = "usage"


class TilingError(CimError):
    """The tileset cannot be built without breaking a promise of the standard."""

    code = "tiling"


class MissingExtraError(CimError):
    """An optional library is needed and not installed."""

    code = "missing-extra"


class CancelledError(CimError):
    """The user stopped the work; nothing half-written remains."""

    code = "cancelled"
