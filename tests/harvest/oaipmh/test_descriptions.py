from harvest.oaipmh import descriptions


def test_identifiers_not_made_by_the_guidelines_are_not_described() -> None:
    assert "sampleIdentifier>oai:a.b:1<" in descriptions.oai_identifier("a.b", "oai:a.b:1")
    assert descriptions.oai_identifier("localhost", "oai:localhost:1") == ""
    assert descriptions.oai_identifier("a.b", "oai:other.b:1") == ""
    assert descriptions.oai_identifier("a.b", "oai:a.b:ä") == ""


def test_friends_and_branding_are_told_where_there_are_some() -> None:
    assert descriptions.friends(()) == ""
    assert "<baseURL>https://a.b/oai?x&amp;y</baseURL>" in descriptions.friends(
        ["https://a.b/oai?x&y"]
    )
    assert descriptions.branding("", link="https://a.b/", title="A") == ""
    assert "<title>A &amp; B</title>" in descriptions.branding(
        "https://a.b/logo.png", link="https://a.b/", title="A & B"
    )
