import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from harvest.oaipmh.protocol import Verb
from harvest.oaipmh.resumption import BadTokenError, Listing, SetListing, decode, encode

KEY = "a key of a test"
LISTING = Listing(
    verb=Verb.LIST_RECORDS,
    metadata_prefix="oai_dc",
    until=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
    is_open_ended=True,
    set_spec="a:b",
    after=(datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), 17),
    cursor=100,
    complete_list_size=250,
)


def test_a_token_holds_the_whole_list() -> None:
    assert decode(encode(LISTING, key=KEY), keys=(KEY,)) == LISTING


def test_a_token_of_a_list_of_sets_holds_it_too() -> None:
    listing = SetListing("a:b", 100, 250)
    assert decode(encode(listing, key=KEY), keys=(KEY,)) == listing


def test_a_token_needs_no_escaping_in_an_address() -> None:
    assert re.fullmatch(r"[A-Za-z0-9\-_.]+", encode(LISTING, key=KEY))


def test_a_token_outlives_a_change_of_the_key() -> None:
    assert decode(encode(LISTING, key=KEY), keys=("the next key", KEY)) == LISTING


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(BadTokenError):
        decode(encode(LISTING, key="another"), keys=(KEY,))


def test_a_token_of_another_version_is_refused() -> None:
    signer = Signer(key=KEY, sep=".", salt="harvest.oaipmh.resumption")
    for payload in ([0, "ListRecords"], [], {}, "text"):
        with pytest.raises(BadTokenError):
            decode(signer.sign_object(payload), keys=(KEY,))


@given(st.data())
def test_a_token_changed_anywhere_is_refused(data: st.DataObject) -> None:
    token = encode(LISTING, key=KEY)
    place = data.draw(st.integers(0, len(token) - 1))
    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    with pytest.raises(BadTokenError):
        decode(changed, keys=(KEY,))


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadTokenError):
        decode(text, keys=(KEY,))


def test_a_list_that_has_sent_nothing_has_no_token() -> None:
    with pytest.raises(AssertionError):
        encode(replace(LISTING, after=None), key=KEY)
