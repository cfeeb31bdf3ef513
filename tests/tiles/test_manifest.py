"""The background writer tells of every error."""

import pytest

from tiles.manifest import FolderWriter


def test_disk_error_of_a_background_write_reaches_the_caller(tmp_path):
    (tmp_path / "blocked").touch()
    with FolderWriter(tmp_path) as writer:
        writer.write("blocked/tile.glb", b"x")
        with pytest.raises(OSError, match="blocked"):
            writer.write_manifest(kind="test")
    assert not (tmp_path / "manifest.json").exists()
