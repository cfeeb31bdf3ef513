"""Attaching files: looked at, made harmless, kept once by content, then written into the store."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from contextlib import suppress
from pathlib import Path

from api.pipeline.photo_location import without_location
from api.pipeline.sniffing import JPEG, PNG, WEBP, sniff
from api.workspace import Workspace
from cim_core.errors import ModelError, NotFoundError, StoreError
from cim_core.files import write_atomically
from cim_core.store import Attachment, Change, Store, SubjectKind

FOLDER = "attachments"
MAX_FILE_BYTES = 100_000_000
QUOTA_BYTES = 20_000_000_000
MAX_NAME = 200
_REFERENCE = re.compile(r"attachment:([0-9a-f]{12})")


def attach(
    workspace: Workspace,
    store: Store,
    kind: SubjectKind,
    subject: str,
    source: Path,
    *,
    name: str = "",
    by: str = "",
    note: str = "",
    keep_location: bool = False,
    quota_bytes: int = QUOTA_BYTES,
) -> Attachment:
    """Attach a copy of a file to a building, project or exemption.

    Photographs lose the place they were made at unless ``keep_location``. Raises ModelError for a file that is not
    taken, NotFoundError for an unknown subject, StoreError when there is no room; then nothing is kept.
    """
    shown = _plain_name(name or source.name)
    size = source.stat().st_size
    if size > MAX_FILE_BYTES:
        raise _too_large(f"{shown!r} has {size:,} bytes, one file may have {MAX_FILE_BYTES:,}")
    file_kind = sniff(source, shown)
    content = source.read_bytes()
    has_lost = not keep_location and file_kind in (JPEG, PNG, WEBP)
    if has_lost:
        content = without_location(content, file_kind)
    if store.attached_bytes() + len(content) > quota_bytes:
        raise _too_large(f"the attachments of this town may have {quota_bytes:,} bytes")
    digest = hashlib.sha256(content).hexdigest()
    found = Attachment(
        uuid.uuid4().hex[:12], kind, subject, shown, file_kind.media_type, digest, len(content), note, by, has_lost
    )
    path = file_of(workspace, found)
    is_new = not path.exists()
    if is_new:
        try:
            write_atomically(path, content)
        except OSError as error:
            raise StoreError(
                "the file cannot be kept", where=str(path), hint="free some space, then try again", code="disk-full"
            ) from error
    try:
        store.put_attachment(found, Change(by, f"attached {shown}"))
    except BaseException:
        if is_new and digest not in {one.sha256 for one in store.attachments()}:
            with suppress(OSError):
                path.unlink()
        raise
    return store.attachment(found.id)


def file_of(workspace: Workspace, attachment: Attachment) -> Path:
    """Where the content of an attachment lies."""
    return workspace.folder / FOLDER / attachment.sha256[:2] / attachment.sha256


def read_attachment(workspace: Workspace, attachment: Attachment) -> bytes:
    """The content, which is what was attached. Raises StoreError when it is gone or was changed."""
    path = file_of(workspace, attachment)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        raise StoreError(
            f"the file of attachment {attachment.id} is not what was attached",
            where=str(path),
            hint="restore it from a backup",
            code="attachment-damaged",
        )
    return content


def check_reference(store: Store, project_id: str, reference: str) -> None:
    """Raise ModelError when evidence names an attachment that the project does not have."""
    found = _REFERENCE.fullmatch(reference.strip())
    if not reference.strip().startswith("attachment:"):
        return
    try:
        attachment = None if found is None else store.attachment(found[1])
    except NotFoundError:
        attachment = None
    if attachment is None or (attachment.kind, attachment.subject) != (SubjectKind.PROJECT, project_id):
        raise ModelError(
            f"{reference!r} is no attachment of {project_id}",
            where="evidence",
            hint="attach the file to the project first",
            code="no-attachment",
        )


def _plain_name(name: str) -> str:
    """A file name to show: no folders, no control or direction signs, not too long. Raises ModelError for none."""
    last = re.split(r"[/\\]", name)[-1].strip()
    if not last or last in {".", ".."} or any(unicodedata.category(sign) in {"Cc", "Cf", "Cs"} for sign in last):
        raise ModelError(
            f"{name!r} cannot be the name of a file", where="name", hint="give a plain name", code="attachment-name"
        )
    return last if len(last) <= MAX_NAME else Path(last).stem[: MAX_NAME - 10] + Path(last).suffix[:10]


def _too_large(what: str) -> ModelError:
    return ModelError(what, where="file", hint="attach less, or a smaller copy", code="attachment-quota")
