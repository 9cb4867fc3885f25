"""colornb.files: the one way in which files come to be, and where they may lie."""

import os

import pytest

from colornb.files import atomic_write, check_inside


def test_a_file_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    atomic_write(path, b"old")

    def full_disk(_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old" and [place.name for place in tmp_path.iterdir()] == ["a.bin"]


def test_a_missing_folder_is_made_and_a_name_may_be_as_long_as_the_disk_allows(tmp_path):
    path = tmp_path / "new" / "folder" / ("x" * 251 + ".png")
    atomic_write(path, b"data")
    assert path.read_bytes() == b"data" and len(list(path.parent.iterdir())) == 1


def test_paths_outside_of_a_folder_are_refused_wherever_their_links_lead(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "rooted.png"
    root.mkdir()
    outside.write_bytes(b"")
    (root / "link.png").symlink_to(outside)
    for path in (outside, root / ".." / "rooted.png", root / "link.png", "/etc/passwd", "~"):
        with pytest.raises(ValueError, match="lies outside of"):
            check_inside(path, root)
        check_inside(path, None)
    assert check_inside(root / "there" / "a.png", root) == root / "there" / "a.png"
    assert check_inside("a.png", root) == root / "a.png", "a plain name is one in the folder"
    assert check_inside("a.png", None).name == "a.png"
    with pytest.raises(ValueError, match="lies outside of"):
        check_inside("../rooted.png", root)
