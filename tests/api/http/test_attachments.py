"""Files attached to buildings, projects and exemptions: what is taken, what becomes of it, how it is served."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from starlette.testclient import TestClient

from api.cli.main import main
from api.http.app import MAX_BODY_BYTES
from api.pipeline.attachments import attach
from api.workspace import Workspace
from cim_core.errors import ModelError
from cim_core.store import SubjectKind

URL = "/api/v1/attachments"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
GPS_IFD, LATITUDE = 0x8825, 2


def post(own: TestClient, content: bytes, name: str, **words: Any) -> Any:
    query = {"kind": "building", "subject": "town/b0", "name": name, **words}
    return own.post(URL, params=query, content=content, headers={"Content-Type": "application/octet-stream"})


def photo(kind: str, **save: Any) -> bytes:
    """A picture with a camera's name, a place and a copy of the place in XMP."""
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(GPS_IFD)[1] = "N"
    exif.get_ifd(GPS_IFD)[LATITUDE] = (39.0, 49.0, 30.0)
    out = io.BytesIO()
    picture = Image.frombytes("RGB", (64, 48), bytes(range(256)) * 36)
    picture.save(out, kind, exif=exif, **save)
    return out.getvalue()


def office(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return out.getvalue()


SVG = "<svg xmlns='http://www.w3.org/2000/svg'>{}</svg>"


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "许可证 1.pdf", "application/pdf"),
        (photo("JPEG"), "a.JPG", "image/jpeg"),
        (office("[Content_Types].xml", "word/document.xml"), "a.docx", None),
        (SVG.format("<rect width='1' height='1'/><a href='#x'/>").encode(), "plan.svg", "image/svg+xml"),
        ("名称,高度\n楼,3\n".encode(), "list.csv", "text/plain; charset=utf-8"),
        (b"AC1032" + bytes(100), "plan.dwg", "image/vnd.dwg"),
    ],
)
def test_a_file_is_kept_once_by_its_content_and_served_as_a_download(
    own: TestClient, workspace: Path, content: bytes, name: str, media_type: str | None
) -> None:
    made = post(own, content, name, by="Li", note="seen", keep_location=True)
    assert made.status_code == 201, made.text
    told = made.json()
    digest = hashlib.sha256(content).hexdigest()
    assert (told["sha256"], told["bytes"], told["name"], told["by"]) == (digest, len(content), name, "Li")
    assert media_type is None or told["media_type"] == media_type
    assert own.get(made.headers["location"]).json() == told
    assert (workspace / "attachments" / digest[:2] / digest).read_bytes() == content
    got = own.get(told["url"])
    assert got.content == content
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert own.get(told["url"], headers={"If-None-Match": got.headers["etag"]}).status_code == 304
    again = post(own, content, name, kind="project", subject="prj-01", keep_location=True).json()
    assert (again["sha256"], again["id"] != told["id"]) == (digest, True)
    assert len([path for path in (workspace / "attachments").rglob("*") if path.is_file()]) == 1
    listed = own.get(URL, params={"kind": "building", "subject": "town/b0"}).json()["attachments"]
    assert [one["id"] for one in listed] == [told["id"]]
    document = own.get("/openapi.json").json()
    schema = {**document["components"]["schemas"]["AttachmentAnswer"], "components": document["components"]}
    Draft202012Validator(schema).validate(told)


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"MZ\x90\x00" + bytes(100), "permit.pdf", "a Windows program"),
        (b"\x7fELF" + bytes(100), "permit.pdf", "a program"),
        (b"#!/bin/sh\nrm -rf /\n", "list.txt", "a script"),
        (b"<!DOCTYPE html><script>1</script>", "list.txt", "a web page"),
        (PDF, "photo.jpg", "its content is PDF"),
        (PNG_HEAD + bytes(20), "a.pdf", "its content is PNG"),
        (b"", "a.pdf", "empty"),
        (bytes(range(256)), "a.txt", "cannot be told"),
        (office("word/document.xml", "word/vbaProject.bin"), "a.docx", "macros"),
        (office("evil.exe"), "a.docx", "an archive"),
        (b"PK\x03\x04" + bytes(30), "a.docx", "damaged"),
        (SVG.format("<script>alert(1)</script>").encode(), "a.svg", "<script>"),
        (SVG.format("<rect onload='x()'/>").encode(), "a.svg", "onload="),
        (SVG.format("<a href='javascript:x()'/>").encode(), "a.svg", "href="),
        (SVG.format("<foreignObject/>").encode(), "a.svg", "<foreignObject>"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "a.svg", "entities"),
        (b"<svg><g></svg>", "a.svg", "no sound XML"),
    ],
)
def test_what_may_harm_is_refused_whatever_it_is_called(
    own: TestClient, workspace: Path, content: bytes, name: str, why: str
) -> None:
    refused = post(own, content, name)
    assert (refused.status_code, refused.json()["code"]) == (422, "attachment-type")
    assert why in refused.json()["detail"]
    assert own.get(URL).json() == {"attachments": []}
    assert not (workspace / "attachments").exists()


def test_an_archive_that_unpacks_without_end_is_refused(own: TestClient) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(20_000_000))
    assert "without end" in post(own, out.getvalue(), "a.docx").json()["detail"]


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_a_photograph_loses_its_place_and_not_a_pixel(own: TestClient, kind: str, suffix: str) -> None:
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><e exif:GPSLatitude='39,49.5N'/></x:xmpmeta>"
    extra: dict[str, Any] = {"xmp": xmp} if kind != "PNG" else {}
    if kind == "PNG":
        words = PngInfo()
        words.add_itxt("XML:com.adobe.xmp", xmp.decode())
        extra = {"pnginfo": words}
    content = photo(kind, **extra)
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(GPS_IFD)[1] == "N"
    made = post(own, content, f"a.{suffix}").json()
    assert made["location_removed"] is True
    served = own.get(made["url"]).content
    assert b"GPSLatitude" not in served
    picture = Image.open(io.BytesIO(served))
    assert not picture.getexif().get_ifd(GPS_IFD)
    assert picture.tobytes() == Image.open(io.BytesIO(content)).tobytes()
    if kind == "JPEG":
        assert picture.getexif()[0x010F] == "Maker"
    kept = post(own, content, f"b.{suffix}", keep_location=True).json()
    assert own.get(kept["url"]).content == content


def test_exif_that_cannot_be_read_is_left_out_as_a_whole(own: TestClient) -> None:
    content = photo("JPEG")
    at = content.index(b"Exif\x00\x00") + 6
    broken = content[:at] + b"II*\x00" + struct.pack("<I", 0xFFFFFF) + content[at + 8 :]
    served = own.get(post(own, broken, "a.jpg").json()["url"]).content
    assert not Image.open(io.BytesIO(served)).getexif().get_ifd(GPS_IFD)


@pytest.mark.parametrize("name", ["../../etc/x.pdf", "..\\x.pdf", "x" * 300 + ".pdf"])
def test_a_name_is_only_a_name(own: TestClient, workspace: Path, name: str) -> None:
    told = post(own, PDF, name).json()
    assert "/" not in told["name"]
    assert "\\" not in told["name"]
    assert told["name"].endswith("x.pdf")
    assert len(told["name"]) <= 200
    assert {path.parent.parent.parent for path in workspace.rglob(told["sha256"])} == {workspace}


@pytest.mark.parametrize("name", ["a\u202efdp.exe.pdf", "a\x00.pdf", "..", ""])
def test_a_name_that_deceives_is_refused(own: TestClient, name: str) -> None:
    assert post(own, PDF, name).status_code == 422


@pytest.mark.parametrize(
    ("kind", "subject", "status"),
    [
        ("building", "town/none", 404), ("building", "town", 422), ("project", "prj-99", 404),
        ("exemption", "r/town/b0", 404), ("street", "west", 422),
    ],
)  # fmt: skip
def test_what_it_belongs_to_must_be_there(
    own: TestClient, workspace: Path, kind: str, subject: str, status: int
) -> None:
    assert post(own, PDF, "a.pdf", kind=kind, subject=subject).status_code == status
    assert not [path for path in (workspace / "attachments").rglob("*") if path.is_file()]


def test_files_may_be_large_and_other_bodies_may_not(own: TestClient) -> None:
    large = PDF + b"% " + bytes([65]) * (2 * MAX_BODY_BYTES)
    assert post(own, large, "a.pdf").status_code == 201
    assert own.post("/api/v1/projects", content=large).status_code == 413
    too_large = own.post(URL, content=b"x", headers={"Content-Length": str(10**9)})
    assert (too_large.status_code, too_large.json()["code"]) == (413, "body-too-large")


def test_a_town_has_room_for_so_much(workspace: Path, tmp_path: Path) -> None:
    source = tmp_path / "a.pdf"
    source.write_bytes(PDF)
    town = Workspace.load(workspace)
    with town.open_store() as store:
        room = 2 * len(PDF)
        for _ in range(2):
            attach(town, store, SubjectKind.PROJECT, "prj-01", source, quota_bytes=room)  # one file, counted once
        source.write_bytes(PDF + b"%" * len(PDF))
        with pytest.raises(ModelError) as caught:
            attach(town, store, SubjectKind.PROJECT, "prj-01", source, quota_bytes=room)
        assert caught.value.code == "attachment-quota"
        assert len(store.attachments()) == 2


def test_what_is_taken_off_keeps_its_history_and_a_changed_file_is_told(own: TestClient, workspace: Path) -> None:
    told = post(own, PDF, "a.pdf", by="Li").json()
    assert own.delete(f"{URL}/{told['id']}", params={"by": "Wang", "reason": "twice"}).status_code == 200
    assert own.delete(f"{URL}/{told['id']}").status_code == 404
    (row,) = own.app.state.town.store.history("attachment", told["id"])  # type: ignore[attr-defined]
    assert (row.values["sha256"], row.actor, row.ended_by) == (told["sha256"], "Li", "Wang")
    path = workspace / "attachments" / told["sha256"][:2] / told["sha256"]
    assert path.read_bytes() == PDF
    again = post(own, PDF, "a.pdf").json()
    path.write_bytes(PDF.replace(b"1.7", b"1.6"))
    damaged = own.get(again["url"])
    assert (damaged.status_code, damaged.json()["code"]) == (503, "attachment-damaged")


def test_a_move_refers_to_a_file_of_its_project(own: TestClient) -> None:
    told = post(own, PDF, "a.pdf", kind="project", subject="prj-01").json()
    other = post(own, PDF, "a.pdf").json()
    for reference in (f"attachment:{other['id']}", "attachment:000000000000", "attachment:x"):
        body = {"act": "submit", "by": "Li", "evidence": [{"kind": "permit", "reference": reference}]}
        refused = own.post("/api/v1/projects/prj-01/moves", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "no-attachment")
    evidence = [{"kind": "permit", "reference": f"attachment:{told['id']}"}]
    body = {"act": "submit", "by": "Li", "target": "checkup", "reason": "again", "evidence": evidence}
    moved = own.post("/api/v1/projects/prj-01/moves", json=body)
    assert (moved.status_code, moved.json()["move"]["evidence"]) == (201, evidence)


def cim(*words: object) -> Any:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_files_are_attached_by_command_and_travel_with_a_backup(workspace: Path, tmp_path: Path) -> None:
    source = tmp_path / "许可证.pdf"
    source.write_bytes(PDF)
    made = cim("attachments", "add", "project", "prj-01", source, "--by", "Li", "-w", workspace, "--json")
    assert made.exit_code == 0, made.output
    (told,) = json.loads(made.output)["attachments"]
    assert cim("attachments", "add", "project", "prj-99", source, "-w", workspace).exit_code == 3
    assert cim("backup", workspace, tmp_path / "saved").exit_code == 0
    again = tmp_path / "again"
    assert cim("restore", tmp_path / "saved", again).exit_code == 0
    listed = cim("attachments", "list", "project", "prj-01", "-w", again)
    assert told["id"] in listed.output
    out = tmp_path / "out.pdf"
    assert cim("attachments", "get", told["id"], "-o", out, "-w", again).exit_code == 0
    assert out.read_bytes() == PDF
    assert cim("attachments", "get", told["id"], "-o", out, "-w", again).exit_code == 2
    assert cim("attachments", "remove", told["id"], "-w", again).exit_code == 0
    assert json.loads(cim("attachments", "list", "-w", again, "--json").output) == {"attachments": []}
