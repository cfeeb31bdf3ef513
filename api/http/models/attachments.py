"""Attached files."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.http.models.common import Answer


class AttachmentAnswer(Answer):
    """One attached file; ``url`` gives its content as a download."""

    id: str
    kind: Literal["building", "project", "exemption"]
    subject: str
    name: str
    media_type: str = Field(description="What its content is, whatever it was called")
    sha256: str
    bytes: int
    note: str
    by: str
    location_removed: bool = Field(description="Whether the place of a photograph was taken out of it")
    added_at: str
    url: str


class AttachmentsAnswer(Answer):
    """Attached files in the order they were added."""

    attachments: list[AttachmentAnswer]


class WithdrawnAttachment(Answer):
    """Which file was taken off."""

    withdrawn: str
