"""What an IFC model may come in: a file of its own, or a ZIP (.ifczip) with one model in it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cim_core.errors import UnreadableSourceError, UnsupportedFeatureError
from converters.archive import unpack

ZIP_MAGIC = b"PK\x03\x04"
_XML = re.compile(rb"<(?:\w+:)?(?:ifcXML|iso_10303_28|uos)\b", re.IGNORECASE)


def is_ifc_name(path: Path) -> bool:
    """Whether the suffix, in any case, is one of IFC's."""
    return path.suffix.lower() in (".ifc", ".ifczip", ".ifcxml")


@contextmanager
def model_file(path: Path, head: bytes) -> Iterator[Path]:
    """The STEP file of the model; of a ZIP the one in it, unpacked for as long as the context is open.

    Raises:
        UnreadableSourceError: an unsafe or damaged ZIP, or one with no model or several.
        UnsupportedFeatureError: ifcXML, or a ZIP packed with Deflate64.
    """
    if not head.startswith(ZIP_MAGIC):
        _refuse_xml(path, head)
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="cim-ifczip-") as folder:
        files = unpack(path, Path(folder))
        models = [file for file in files if file.suffix.lower() in (".ifc", ".ifcxml")]
        if len(models) != 1:
            names = ", ".join(sorted(file.name for file in models or files)[:10])
            raise UnreadableSourceError(
                f"holds {len(models) or 'no'} IFC models{f': {names}' if names else ''}",
                where=path.name,
                hint="unpack it and give the models one by one",
                code="ifczip-models",
            )
        with models[0].open("rb") as file:
            _refuse_xml(path, file.read(4096))
        yield models[0]


def _refuse_xml(path: Path, head: bytes) -> None:
    if _XML.search(head):
        raise UnsupportedFeatureError(
            "is ifcXML, which is not read",
            where=path.name,
            hint="export the model as IFC-SPF (.ifc), which every authoring tool writes",
            code="ifcxml",
        )
