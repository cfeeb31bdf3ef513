"""What was wrong with single features, so that one bad building never stops a city.

The books must balance: ``features_in == features_out + rejected``. A warning keeps its feature; a rejection
drops it and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

_ROW = "row "


def row_name(number: int) -> str:
    """How an issue names a row of the source, counted from 1.

    >>> row_name(7)
    'row 7'
    """
    return f"{_ROW}{number}"


class Severity(StrEnum):
    """What became of the feature."""

    REJECTED = "rejected"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding about one feature (or, with an empty ``feature_id``, about the whole source).

    ``code`` is a stable kebab-case word; ``where`` is the row, STEP line or JSON pointer in the source.
    """

    code: str
    message: str
    severity: Severity = Severity.WARNING
    feature_id: str = ""
    where: str = ""
    hint: str = ""

    @property
    def row(self) -> int | None:
        """The row of the source it is about, counted from 1; None if it names none."""
        number = self.where.removeprefix(_ROW)
        return int(number) if number != self.where and number.isdecimal() else None

    def to_dict(self) -> dict[str, str]:
        """Return the issue as plain strings, ready for JSON."""
        return {key: str(value) for key, value in asdict(self).items()}


class IssueLog:
    """Collects issues and counts features in and out of one conversion.

    ``features_in`` is counted by the converter as it reads; ``features_out`` by whoever consumes the batches
    (tiles or store). One rejected feature has exactly one REJECTED issue.
    """

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.features_in = 0
        self.features_out = 0

    def reject(self, code: str, message: str, *, feature_id: str = "", where: str = "", hint: str = "") -> None:
        """Record a feature that is dropped."""
        self.issues.append(Issue(code, message, Severity.REJECTED, feature_id, where, hint))

    def warn(self, code: str, message: str, *, feature_id: str = "", where: str = "", hint: str = "") -> None:
        """Record something wrong with a feature (or the source) that is kept."""
        self.issues.append(Issue(code, message, Severity.WARNING, feature_id, where, hint))

    def note(self, code: str, message: str, *, where: str = "") -> None:
        """Record a decision the user should know of: which CRS, which field, which height."""
        self.issues.append(Issue(code, message, Severity.NOTE, "", where, ""))

    @property
    def rejected(self) -> int:
        """Number of features dropped."""
        return sum(issue.severity is Severity.REJECTED for issue in self.issues)

    def is_balanced(self) -> bool:
        """Whether every feature that came in went out or was rejected with a reason."""
        return self.features_in == self.features_out + self.rejected

    def counts_by_code(self) -> dict[str, int]:
        """Number of issues per code, most frequent first."""
        return dict(Counter(issue.code for issue in self.issues).most_common())

    def to_dicts(self) -> list[dict[str, Any]]:
        """All issues as plain dictionaries in the order they were found."""
        return [issue.to_dict() for issue in self.issues]

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.issues)

    def __len__(self) -> int:
        return len(self.issues)
