from catalogue.formats.xml import add, legal, legal_text, root, serialise


def test_legal_text_drops_what_xml_forbids_and_keeps_the_rest() -> None:
    text = "a\x00b\x0bc\ud800d\ufffee\tf\ng\rh\U0001f52ci\x85"
    assert legal_text(text) == "abcde\tf\ng\rh\U0001f52ci\x85"


def test_legal_cleans_nested_values_and_drops_the_empty_ones() -> None:
    value = {"a": "x\x00", "b": ["\x01", {"c": ""}], "d": 0, "e": False, "f": None}
    assert legal(value) == {"a": "x", "d": 0, "e": False}


def test_root_names_its_schema() -> None:
    element = root("r", namespace="urn:n", schema="urn:n.xsd")
    assert serialise(element) == (
        '<r xmlns="urn:n" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:schemaLocation="urn:n urn:n.xsd"/>'
    )


def test_text_and_attributes_are_escaped() -> None:
    element = root("r", namespace="urn:n", schema="urn:n.xsd")
    add(element, "c", "]]> & <script>", {"a": '"<\n'})
    assert '<c a="&quot;&lt;&#10;">]]&gt; &amp; &lt;script&gt;</c>' in serialise(element)
