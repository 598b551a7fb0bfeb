"""Files and folders that are either complete or not there.

What is written goes into a neighbour with another name first, is flushed to the disk, and then
takes its name in one step. A crash, a full disk or an interrupt leaves the earlier version, never
half of the new one.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ohmloom.errors import CannotWrite

# An OSError with one of these, raised while a folder is being filled, is the medium's fault and not
# that of the code which fills it.
_MEDIUM_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})


def output_folder(path: str | Path) -> Path:
    """Make a folder, and make sure that it takes files: to be called before long work starts.

    Args:
        path: the folder; may exist already, and missing parents are made.

    Returns:
        The folder.

    Raises:
        CannotWrite: it is a file, lies below a file, or may not be written.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = _neighbour(folder / "probe")
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise _cannot_write("folder", folder, error) from error
    return folder


def write_text(path: str | Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all.

    Args:
        path: the file; replaced if it exists. Its folder must exist.
        text: what it shall hold.

    Raises:
        CannotWrite: the folder is missing or may not be written, or the disk is full.
    """
    write_bytes(path, text.encode())


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Args:
        path: the file; replaced if it exists. Its folder must exist.
        content: what it shall hold.

    Raises:
        CannotWrite: the folder is missing or may not be written, or the disk is full.
    """
    target = Path(path).resolve()
    part = _neighbour(target)
    try:
        try:
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
        _flush(target.parent)
    except OSError as error:
        raise _cannot_write("file", target, error) from error


@contextmanager
def write_folder(path: str | Path) -> Iterator[Path]:
    """Fill a folder that appears under its name only when the block ends without an error.

    Yields an empty folder beside the wanted one. When the block is left by an exception, that
    folder is removed and whatever stood under the name before is untouched; otherwise it takes the
    name, and an earlier folder of that name is removed.

    Args:
        path: the folder; missing parents are made.

    Raises:
        CannotWrite: the folder cannot be made or replaced, or the disk is full.
    """
    target = Path(path).resolve()
    part = _neighbour(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "a file of that name exists")
        part.mkdir()
    except OSError as error:
        raise _cannot_write("folder", target, error) from error
    try:
        try:
            yield part
        except OSError as error:
            if error.errno in _MEDIUM_ERRORS:
                raise _cannot_write("folder", target, error) from error
            raise
        try:
            _flush_all(part)
            _take_name(part, target)
        except OSError as error:
            raise _cannot_write("folder", target, error) from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _take_name(part: Path, target: Path) -> None:
    earlier = _neighbour(target)
    replaces = target.exists()
    if replaces:
        # A folder that is not empty cannot be renamed over, so the earlier one steps aside first.
        target.rename(earlier)
    try:
        part.rename(target)
    except BaseException:
        if replaces:
            earlier.rename(target)
        raise
    _flush(target.parent)
    if replaces:
        shutil.rmtree(earlier, ignore_errors=True)


def _neighbour(path: Path) -> Path:
    """A hidden name in the same folder, and so on the same disk, that nobody else uses."""
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_all(folder: Path) -> None:
    for root, _, files in os.walk(folder):
        for name in files:
            _flush(Path(root, name))
        _flush(Path(root))


def _cannot_write(kind: str, path: Path, error: OSError) -> CannotWrite:
    reason = error.strerror or str(error)
    return CannotWrite(
        f"cannot write the {kind} {path}: {reason}; choose a place that can be written and has room"
    )
