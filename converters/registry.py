"""The frozen list of formats: command line, API, docs and tests are derived from it, so no second list drifts."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass

from cim_core.errors import UnknownFormatError
from cim_core.features import FeatureStream
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from converters.base import Converter, FormatInfo, ReadOptions, Source
from converters.detect import detect_kind, with_article


@dataclass(frozen=True, slots=True)
class DeferredFormat:
    """A format whose module is imported when it is asked: by a source that no format before it recognises, or a list.

    ``module`` has it under the name ``FORMAT``.
    """

    id: str
    module: str

    @property
    def info(self) -> FormatInfo:
        """Its row in the list of formats."""
        return self._loaded().info

    def recognises(self, source: Source) -> bool:
        """Whether this format should read the source. Never parses."""
        return self._loaded().recognises(source)

    def read(self, source: Source, options: ReadOptions, log: IssueLog, progress: Progress) -> FeatureStream:
        """As the format itself."""
        return self._loaded().read(source, options, log, progress)

    def _loaded(self) -> Converter:
        converter: Converter = importlib.import_module(self.module).FORMAT
        return converter


def id_of(converter: Converter) -> str:
    """The id of a format, without importing it."""
    return converter.id if isinstance(converter, DeferredFormat) else converter.info.id


@dataclass(frozen=True, slots=True)
class Registry:
    """Formats in sniffing order. Raises ValueError when two share an id."""

    formats: tuple[Converter, ...] = ()

    def __post_init__(self) -> None:
        ids = [id_of(converter) for converter in self.formats]
        if len(set(ids)) != len(ids):
            raise ValueError(f"two formats share an id: {', '.join(ids)}")

    def for_source(self, source: Source) -> Converter:
        """The first format that recognises the source. Raises UnknownFormatError naming what the file is instead."""
        for converter in self.formats:
            if converter.recognises(source):
                return converter
        tried = ", ".join(converter.info.label for converter in self.formats)
        raise UnknownFormatError(
            f"is {with_article(detect_kind(source.head))}; no format recognises it (tried: {tried})",
            where=str(source.path),
            hint="check that the suffix fits the content, or export the data to one of these formats",
        )

    def by_id(self, format_id: str) -> Converter:
        """The format with that id. Raises UnknownFormatError listing the ids there are."""
        for converter in self.formats:
            if id_of(converter) == format_id:
                return converter
        known = ", ".join(id_of(converter) for converter in self.formats)
        raise UnknownFormatError(f"there is no format {format_id!r}", hint=f"one of: {known}")

    def with_(self, converter: Converter) -> Registry:
        """A new registry with one more format at the end. Raises ValueError for a duplicate id."""
        return Registry((*self.formats, converter))

    def __iter__(self) -> Iterator[Converter]:
        return iter(self.formats)

    def __len__(self) -> int:
        return len(self.formats)
