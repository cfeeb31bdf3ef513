from __future__ import annotations

import gzip
import os
from pathlib import Path
from urllib.parse import unquote

import anyio
import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message

from api.http.app import create_app
from api.http.headers import CONTENT_SECURITY_POLICY
from api.http.static import READ_IN_LOOP_BYTES, parse_range

GLB = "/tiles/town/0123456789ab/tiles/0.glb"
TILESET = "/tiles/town/0123456789ab/tileset.json"
BODY = bytes(range(100))


def get_raw(app: ASGIApp, path: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """Ask for a path as it is: clients tidy paths up, attackers do not. Decoded once, as servers do."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    anyio.run(app, scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


def test_a_tile_is_immutable_and_typed(client: TestClient) -> None:
    answer = client.get(GLB)
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["content-type"] == "model/gltf-binary"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"].startswith('"')  # strong
    assert answer.headers["content-length"] == "100"


def test_head_has_the_headers_without_the_body(client: TestClient) -> None:
    answer = client.head(GLB)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "100")
    assert answer.headers["etag"] == client.get(GLB).headers["etag"]


@pytest.mark.parametrize("form", ["{0}", "W/{0}", '"other", {0}', "*"])
def test_what_the_client_has_is_not_sent_again(client: TestClient, form: str) -> None:
    etag = client.get(GLB).headers["etag"]
    answer = client.get(GLB, headers={"If-None-Match": form.format(etag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag
    assert client.get(GLB, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-9", 206, 0, 9), ("bytes=90-", 206, 90, 99), ("bytes=-10", 206, 90, 99), ("bytes=95-500", 206, 95, 99),
        ("bytes=-500", 206, 0, 99), ("bytes=0-0", 206, 0, 0),
    ],
)  # fmt: skip
def test_a_single_range(client: TestClient, asked: str, status: int, first: int, last: int) -> None:
    answer = client.get(GLB, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, BODY[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/100"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "bytes=-", "bytes=9-2", "lines=1-2", "bytes=a-b", "bytes=" + "0-1," * 1000]
)
def test_other_ranges_get_the_whole_file(client: TestClient, asked: str) -> None:
    answer = client.get(GLB, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, BODY)


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(client: TestClient, asked: str) -> None:
    answer = client.get(GLB, headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */100")
    assert answer.json()["code"] == "bad-range"


def test_a_range_of_an_older_version_gets_the_whole_file(client: TestClient) -> None:
    etag = client.get(GLB).headers["etag"]
    assert client.get(GLB, headers={"Range": "bytes=0-1", "If-Range": etag}).status_code == 206
    assert client.get(GLB, headers={"Range": "bytes=0-1", "If-Range": '"old"'}).status_code == 200


def test_a_range_of_an_empty_file_is_416() -> None:
    assert parse_range(b"bytes=0-", 0) == (0, 0)
    assert parse_range(b"bytes=-5", 0) == (0, 0)


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/../workspace.json",
        "/tiles/town/0123456789ab/../../../workspace.json",
        "/tiles/town/0123456789ab/%2e%2e/%2e%2e/%2e%2e/workspace.json",
        "/tiles/town/0123456789ab/..%2f..%2f..%2fworkspace.json",
        "/tiles/town/0123456789ab/%252e%252e/workspace.json",
        "/tiles/town/0123456789ab/..%5c..%5cworkspace.json",
        "/tiles/town/0123456789ab/tileset.json%00.glb",
        "/tiles/town/0123456789ab/%00tileset.json",
        "/tiles//town/0123456789ab/tileset.json",
        "/tiles/town/0123456789ab//etc/passwd.json",
        "/tiles/town/0123456789ab/./tileset.json",
        "/tiles/town/0123456789ab/.hidden.json",
        "/tiles/town/0123456789ab/tileset.json/",
        "/tiles/town/0123456789ab/tiles",
        "/tiles/town/0123456789ab/",
        "/tiles/town/tileset.json",
        "/tiles/",
        "/tiles",
        "/terrain",
        "/terrain/layer.json",
        "/tiles/town/0123456789ab/notes.md",
        "/tiles/town/0123456789ab/link.json",
        "/tiles/town/0123456789ab/linked/secret.json",
        "/tiles/town/0123456789ab/fifo.json",
        "/tiles/town/0123456789ab/folder.json",
        "/tiles/town/0123456789ab/" + "a" * 5000 + ".json",
        "/tiles/town/0123456789ab/tileset.json\u202e.glb",
        "/../workspace.json",
        "/%2e%2e/workspace.json",
        "/cim.gpkg",
        "/workspace.json",
        "/nothing.js",
    ],
)
def test_nothing_else_is_served(own: TestClient, workspace: Path, path: str) -> None:
    version = workspace / "tilesets" / "town" / "0123456789ab"
    (version / "notes.md").write_text("secret")
    (version / ".hidden.json").write_text("secret")
    (version / "link.json").symlink_to(workspace / "workspace.json")
    outside = workspace.parent / "outside"
    outside.mkdir()
    (outside / "secret.json").write_text("secret")
    (version / "linked").symlink_to(outside, target_is_directory=True)
    (version / "folder.json").mkdir()
    os.mkfifo(version / "fifo.json")
    status, headers, body = get_raw(own.app, path)
    assert status == 404
    assert b"secret" not in body
    assert b"synthetic" not in body
    assert headers[b"content-type"] == b"application/problem+json"


def test_a_workspace_behind_a_symlink_is_served(workspace: Path, tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(workspace, target_is_directory=True)
    with TestClient(create_app(link)) as through:
        assert through.get(TILESET).status_code == 200


def test_files_can_only_be_read(client: TestClient) -> None:
    answer = client.post(GLB, content=b"x")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_terrain_that_is_gzipped_says_so(own: TestClient, workspace: Path) -> None:
    folder = workspace / "terrain" / "aaaabbbbcccc" / "0" / "0"
    (folder / "0.terrain").write_bytes(gzip.compress(b"mesh"))
    (folder / "1.terrain").write_bytes(b"mesh")
    packed = own.get("/terrain/aaaabbbbcccc/0/0/0.terrain")
    assert (packed.content, packed.headers["content-encoding"]) == (b"mesh", "gzip")
    assert packed.headers["content-type"] == "application/vnd.quantized-mesh"
    plain = own.get("/terrain/aaaabbbbcccc/0/0/1.terrain")
    assert (plain.content, plain.headers.get("content-encoding")) == (b"mesh", None)
    assert plain.headers["cache-control"].endswith("immutable")


def test_a_compressed_sibling_is_preferred_where_the_client_takes_it(own: TestClient, workspace: Path) -> None:
    version = workspace / "tilesets" / "town" / "0123456789ab"
    (version / "tileset.json.gz").write_bytes(gzip.compress(b'{"packed":true}'))
    packed = own.get(TILESET, headers={"Accept-Encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.json()) == ("gzip", {"packed": True})
    plain = own.get(TILESET, headers={"Accept-Encoding": "identity"})
    assert plain.json() == {"asset": {"version": "1.1"}}
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert packed.headers["etag"] != plain.headers["etag"]
    refused = own.get(TILESET, headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert refused.json() == {"asset": {"version": "1.1"}}


def test_a_large_file_arrives_whole(own: TestClient, workspace: Path) -> None:
    body = os.urandom(READ_IN_LOOP_BYTES * 6 + 17)
    (workspace / "tilesets" / "town" / "0123456789ab" / "large.glb").write_bytes(body)
    answer = own.get("/tiles/town/0123456789ab/large.glb")
    assert answer.content == body
    part = own.get("/tiles/town/0123456789ab/large.glb", headers={"Range": f"bytes=5-{READ_IN_LOOP_BYTES * 3}"})
    assert part.content == body[5 : READ_IN_LOOP_BYTES * 3 + 1]


def test_a_new_version_is_served_without_a_restart(own: TestClient, workspace: Path) -> None:
    url = "/tiles/town/ffffffffffff/tileset.json"
    assert own.get(url).status_code == 404
    folder = workspace / "tilesets" / "town" / "ffffffffffff"
    folder.mkdir()
    (folder / "tileset.json").write_text("{}")
    assert own.get(url).status_code == 200


def test_the_viewer_page_is_asked_for_again_and_its_parts_are_not(client: TestClient) -> None:
    page = client.get("/")
    assert page.text.endswith("<title>viewer</title>")
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert page.headers["x-frame-options"] == "DENY"
    assert client.get("/assets/index-Ab3dEf9_.js").headers["cache-control"].endswith("immutable")
    assert client.get("/favicon.svg").headers["cache-control"] == "no-cache"


def test_without_a_viewer_a_page_says_how_to_get_one(workspace: Path, tmp_path: Path) -> None:
    with TestClient(create_app(workspace, tmp_path / "nothing")) as bare:
        answer = bare.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "make viewer" in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
