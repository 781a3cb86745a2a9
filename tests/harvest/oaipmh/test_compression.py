import gzip

import pytest

from harvest.oaipmh.compression import accepts_gzip, packed


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", False),
        ("identity", False),
        ("br", False),
        ("*", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip", True),
        ("deflate, GZIP", True),
        ("x-gzip", True),
        ("gzip;q=0.5", True),
        ("gzip;q=1", True),
        ("gzip;q=", True),
    ],
)
def test_accepts_gzip(header: str, expected: bool) -> None:
    assert accepts_gzip(header) is expected


def test_packed_bytes_are_gzip_and_do_not_depend_on_the_time() -> None:
    assert gzip.decompress(packed(b"<a/>" * 100)) == b"<a/>" * 100
    assert packed(b"x")[4:8] == b"\0\0\0\0"
