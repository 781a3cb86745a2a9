"""How facilities store a text in HDF5: nine ways seen in real files, from values to values."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import h5py
import numpy as np

# Letters that Unicode does not decompose, as people write them where only ASCII is allowed.
_PLAIN_LETTERS = str.maketrans(
    {
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "δ": "d",
        "θ": "theta",
        "μ": "mu",
        "ω": "omega",
        "µ": "u",
        "°": "deg",
        "·": ".",
        "–": "-",
    }
)


class TextEncoding(StrEnum):
    """The kinds of string dataset; the names say type, character set and shape."""

    VLEN_UTF8 = "variable length UTF-8, scalar"
    VLEN_UTF8_ARRAY = "variable length UTF-8, shape (1,)"
    VLEN_ASCII = "variable length ASCII, scalar"
    FIXED_ASCII = "fixed length ASCII, scalar"
    FIXED_ASCII_ARRAY = "fixed length ASCII, shape (1,)"
    FIXED_ASCII_MATRIX = "fixed length ASCII, shape (1, 1)"
    FIXED_UTF8 = "fixed length UTF-8, scalar"
    FIXED_LATIN1 = "fixed length holding Latin-1 bytes, scalar"
    CHARACTERS = "single characters, shape (1, length)"


@dataclass(frozen=True, slots=True)
class EncodedText:
    """What to hand to HDF5: the value in its shape, and the stored type."""

    value: Any
    dtype: np.dtype[Any]


def plain_ascii(text: str) -> str:
    """Returns the text in ASCII, letters without their accents ('Złotogórska' → 'Zlotogorska')."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN_LETTERS))
    return decomposed.encode("ascii", "ignore").decode("ascii")


def latin1_bytes(text: str) -> bytes:
    """Returns the text in Latin-1; a letter it lacks loses its accent."""
    return b"".join(_latin1_letter(letter) for letter in text)


def _latin1_letter(letter: str) -> bytes:
    try:
        return letter.encode("latin-1")
    except UnicodeEncodeError:
        return plain_ascii(letter).encode("ascii")


def encode_text(text: str, encoding: TextEncoding) -> EncodedText:
    """Returns the text as a facility using `encoding` stores it."""
    return _ENCODERS[encoding](text)


def _vlen_utf8(text: str) -> EncodedText:
    return EncodedText(text, h5py.string_dtype("utf-8"))


def _vlen_utf8_array(text: str) -> EncodedText:
    return EncodedText([text], h5py.string_dtype("utf-8"))


def _vlen_ascii(text: str) -> EncodedText:
    return EncodedText(plain_ascii(text).encode("ascii"), h5py.string_dtype("ascii"))


def _fixed_ascii(text: str) -> EncodedText:
    return _fixed(plain_ascii(text).encode("ascii"))


def _fixed(content: bytes, charset: str = "ascii") -> EncodedText:
    dtype = h5py.string_dtype(charset, max(len(content), 1))
    return EncodedText(np.array(content, dtype=dtype), dtype)


def _fixed_ascii_array(text: str) -> EncodedText:
    scalar = _fixed_ascii(text)
    return EncodedText(scalar.value.reshape(1), scalar.dtype)


def _fixed_ascii_matrix(text: str) -> EncodedText:
    scalar = _fixed_ascii(text)
    return EncodedText(scalar.value.reshape(1, 1), scalar.dtype)


def _fixed_utf8(text: str) -> EncodedText:
    return _fixed(text.encode("utf-8"), "utf-8")


def _fixed_latin1(text: str) -> EncodedText:
    return _fixed(latin1_bytes(text))


def _characters(text: str) -> EncodedText:
    letters = [bytes([code]) for code in plain_ascii(text).encode("ascii")] or [b""]
    return EncodedText(np.array([letters], dtype="S1"), np.dtype("S1"))


_ENCODERS: dict[TextEncoding, Callable[[str], EncodedText]] = {
    TextEncoding.VLEN_UTF8: _vlen_utf8,
    TextEncoding.VLEN_UTF8_ARRAY: _vlen_utf8_array,
    TextEncoding.VLEN_ASCII: _vlen_ascii,
    TextEncoding.FIXED_ASCII: _fixed_ascii,
    TextEncoding.FIXED_ASCII_ARRAY: _fixed_ascii_array,
    TextEncoding.FIXED_ASCII_MATRIX: _fixed_ascii_matrix,
    TextEncoding.FIXED_UTF8: _fixed_utf8,
    TextEncoding.FIXED_LATIN1: _fixed_latin1,
    TextEncoding.CHARACTERS: _characters,
}
