"""Where a picture comes from, and the one line that says why it cannot be read."""

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from PIL import Image, UnidentifiedImageError


@runtime_checkable
class Readable(Protocol):
    """A file open in binary mode, or anything that reads like one."""

    def read(self) -> bytes:
        """All the bytes that are left."""
        ...


Source = str | os.PathLike | bytes | bytearray | memoryview | Readable | Image.Image | np.ndarray
File = Path | io.BytesIO


class ImageError(ValueError):
    """A picture that cannot be read, converted or written: one line, which says what to do."""


def readable(source: Source) -> tuple[File, str]:
    """Something PIL can open, and what to call it. Raises ImageError."""
    if isinstance(source, (str, os.PathLike)):
        return _file(os.fspath(source)), f"'{os.fspath(source)}'"
    data, name = source, "the data"
    if hasattr(source, "read"):
        data, name = source.read(), "the file"
    if isinstance(data, str):
        raise ImageError("the file is open as text: open it in binary mode, 'rb'")
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ImageError(
            f"{type(source).__name__} is no picture: give a path, bytes, an open file, a PIL picture or a numpy array"
        )
    if len(data) == 0:
        raise ImageError(f"{name} is empty: check what was read, or read again from the start")
    return io.BytesIO(data), name


@contextmanager
def one_line(name: str) -> Iterator[None]:
    """Turn all that PIL and its decoders may raise into an ImageError, and silence warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from None
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} is too large to open: shrink it ({first_line(error)})") from None
    except UnidentifiedImageError:
        raise ImageError(f"{name} is no picture known here: save it as PNG, JPEG or WebP") from None
    except Exception as error:  # decoders raise whatever the damage leads them to
        raise ImageError(
            f"{name} is damaged or of an unusual kind ({first_line(error)}): save it again as PNG or JPEG"
        ) from None


def first_line(error: Exception) -> str:
    """What an error says, in a short line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:120]


def _file(text: str) -> Path:
    if text.startswith(("http://", "https://", "data:")):
        raise ImageError(f"'{text[:60]}' is a web address: download it and give the file")
    path = Path(text).expanduser()
    if path.is_dir():
        raise ImageError(f"'{text}' is a folder: give one picture in it")
    if not path.exists():
        raise ImageError(f"'{text}' does not exist: check the path, seen from '{Path.cwd()}'")
    if path.stat().st_size == 0:
        raise ImageError(f"'{text}' is empty: fetch or save it again")
    return path


def bytes_of(file: File) -> bytes:
    """All the bytes of a file."""
    return file.getvalue() if isinstance(file, io.BytesIO) else file.read_bytes()


def head_of(file: File, length: int) -> bytes:
    """The first bytes of a file, at most so many."""
    if isinstance(file, io.BytesIO):
        return file.getbuffer()[:length].tobytes()
    with file.open("rb") as opened:
        return opened.read(length)


def exif_of(picture: Image.Image) -> Image.Exif:
    """What EXIF says, nothing where it is broken."""
    try:
        return picture.getexif()
    except Exception:  # whatever the damage leads to
        return Image.Exif()
