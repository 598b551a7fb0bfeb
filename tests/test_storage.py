import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ohmloom import storage
from ohmloom.errors import CannotWrite
from ohmloom.storage import output_folder, write_bytes, write_folder, write_text


@pytest.fixture
def below_a_file(tmp_path):
    """A place where nothing can be made, whoever asks: permissions do not stop root, this does."""
    (tmp_path / "file").write_text("a file")
    return tmp_path / "file" / "place"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_bytes_are_written_as_they_are(tmp_path):
    content = bytes(range(256)) + b"\r\n"
    write_bytes(tmp_path / "file.bin", content)
    assert (tmp_path / "file.bin").read_bytes() == content
    assert len(list(tmp_path.iterdir())) == 1


def test_text_is_read_back_as_it_was_written(tmp_path):
    text = "Ω, µ, line\nbreak\r\nand no newline at the end"
    write_text(tmp_path / "note.txt", text)
    assert (tmp_path / "note.txt").read_bytes().decode() == text
    assert names(tmp_path) == ["note.txt"]


def test_text_replaces_the_earlier_file(tmp_path):
    write_text(tmp_path / "note.txt", "earlier and longer")
    write_text(tmp_path / "note.txt", "later")
    assert (tmp_path / "note.txt").read_text() == "later"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.txt").write_text("earlier")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_text(tmp_path / "link.txt", "later")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "later"


def test_files_and_folders_get_the_permissions_that_any_other_would(tmp_path):
    (tmp_path / "plain.txt").write_text("")
    (tmp_path / "plain").mkdir()
    write_text(tmp_path / "ours.txt", "")
    with write_folder(tmp_path / "ours"):
        pass
    for plain, ours in (("plain.txt", "ours.txt"), ("plain", "ours")):
        assert (tmp_path / ours).stat().st_mode == (tmp_path / plain).stat().st_mode


def test_text_that_cannot_be_encoded_leaves_the_earlier_file(tmp_path):
    write_text(tmp_path / "note.txt", "earlier")
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "note.txt", "\ud800")
    assert (tmp_path / "note.txt").read_text() == "earlier"
    assert names(tmp_path) == ["note.txt"]


def test_text_below_a_file_cannot_be_written(below_a_file):
    with pytest.raises(CannotWrite, match=r"cannot write the file .*file/place"):
        write_text(below_a_file, "text")


def test_text_cannot_take_the_place_of_a_folder(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(CannotWrite, match="folder"):
        write_text(tmp_path / "folder", "text")
    assert names(tmp_path) == ["folder"]


def test_a_folder_appears_only_when_it_is_complete(tmp_path):
    with write_folder(tmp_path / "deep" / "record") as part:
        (part / "a.txt").write_text("a")
        (part / "inner").mkdir()
        (part / "inner" / "b.txt").write_text("b")
        assert not (tmp_path / "deep" / "record").exists()
    assert names(tmp_path / "deep") == ["record"]
    assert names(tmp_path / "deep" / "record") == ["a.txt", "inner"]
    assert (tmp_path / "deep" / "record" / "inner" / "b.txt").read_text() == "b"


def test_a_folder_replaces_the_earlier_one_whole(tmp_path):
    for name in ("earlier", "later"):
        with write_folder(tmp_path / "record") as part:
            (part / name).write_text(name)
    assert names(tmp_path) == ["record"]
    assert names(tmp_path / "record") == ["later"]


@pytest.mark.parametrize("failure", [RuntimeError("stopped"), KeyboardInterrupt()])
def test_a_folder_that_failed_half_way_leaves_the_earlier_one(tmp_path, failure):
    with write_folder(tmp_path / "record") as part:
        (part / "earlier").write_text("")

    def fail():
        with write_folder(tmp_path / "record") as part:
            (part / "later").write_text("")
            raise failure

    with pytest.raises(type(failure)):
        fail()
    assert names(tmp_path) == ["record"]
    assert names(tmp_path / "record") == ["earlier"]


def test_when_the_last_step_fails_the_earlier_folder_comes_back(tmp_path, monkeypatch):
    with write_folder(tmp_path / "record") as part:
        (part / "earlier").write_text("")
    rename = Path.rename

    def refuse_the_new_one(self, target):
        if Path(target) == tmp_path / "record" and not (self / "earlier").exists():
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_the_new_one)
    with pytest.raises(CannotWrite, match="Input/output error"), write_folder(tmp_path / "record"):
        pass
    assert names(tmp_path) == ["record"]
    assert names(tmp_path / "record") == ["earlier"]


def test_a_full_disk_is_told_as_such_and_leaves_nothing(tmp_path):
    def fill_the_disk():
        with write_folder(tmp_path / "record") as part:
            (part / "half").write_text("")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(CannotWrite, match="No space left"):
        fill_the_disk()
    assert names(tmp_path) == []


def test_an_error_of_the_code_that_fills_the_folder_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), write_folder(tmp_path / "record"):
        (tmp_path / "no such file").read_text()


def test_a_folder_takes_neither_the_place_of_a_file_nor_one_below(tmp_path, below_a_file):
    for place in (below_a_file.parent, below_a_file, below_a_file / "deeper"):
        with pytest.raises(CannotWrite, match="cannot write the folder"), write_folder(place):
            pytest.fail("the block must not start")
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "a file"


def test_a_killed_process_leaves_the_earlier_folder_whole(tmp_path):
    with write_folder(tmp_path / "record") as part:
        (part / "number").write_text("0")
    code = """
        import os, signal, sys
        from ohmloom.storage import write_folder
        with write_folder(sys.argv[1]) as part:
            (part / "number").write_text("1")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "record")], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "record" / "number").read_text() == "0"


def test_everything_is_flushed_before_the_folder_gets_its_name(tmp_path, monkeypatch):
    flushed = []
    flush = storage._flush

    def remember(path):
        flushed.append((path.name, (tmp_path / "record").exists()))
        flush(path)

    monkeypatch.setattr(storage, "_flush", remember)
    with write_folder(tmp_path / "record") as part:
        (part / "inner").mkdir()
        (part / "inner" / "b.txt").write_text("b")
    assert ("b.txt", False) in flushed
    assert ("inner", False) in flushed
    assert flushed[-1] == (tmp_path.name, True)


def test_an_output_folder_is_made_with_its_parents_and_left_empty(tmp_path):
    assert output_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert names(tmp_path / "a" / "b") == []


def test_an_output_folder_that_exists_keeps_what_it_holds(tmp_path):
    (tmp_path / "kept").write_text("kept")
    output_folder(str(tmp_path))
    assert (tmp_path / "kept").read_text() == "kept"


def test_an_output_folder_that_is_a_file_or_lies_below_one_is_refused(below_a_file):
    for place in (below_a_file.parent, below_a_file, below_a_file / "deeper"):
        with pytest.raises(CannotWrite, match="choose a place that can be written"):
            output_folder(place)


def test_an_output_folder_that_takes_no_files_is_refused(tmp_path, monkeypatch):
    def refuse(self, **_):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(CannotWrite, match="Permission denied"):
        output_folder(tmp_path)
