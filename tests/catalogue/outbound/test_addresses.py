import pytest

from catalogue.outbound.addresses import BadAddressError, check_url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org", "write e.g."),
        ("example.org/api", "write e.g."),
        ("https://", "write e.g."),
        ("https://user:secret@example.org/api", "leave out user name"),
        ("https://example.org/api?key=1", "leave out"),
        ("https://example.org/a b", "leave out spaces"),
        ("https://example.org:port/", "Port"),
        ("https://[::1", "Invalid IPv6"),
    ],
)
def test_what_is_no_address_of_a_service(url: str, reason: str) -> None:
    with pytest.raises(BadAddressError, match=reason):
        check_url(url)


def test_an_address_is_kept_without_its_last_slash() -> None:
    assert check_url(" https://example.org/api/ ") == "https://example.org/api"
