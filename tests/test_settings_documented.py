"""README.md documents every setting, and no setting that is not there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_every_setting_is_in_the_readme_and_the_other_way_round() -> None:
    source = (ROOT / "catalogue" / "settings.py").read_text(encoding="utf-8")
    read = {f"CATALOGUE_{name}" for name in re.findall(r'_(?:text|flag|words)\("(\w+)"', source)}
    table = re.findall(r"^\| `(CATALOGUE_\w+)` \|", (ROOT / "README.md").read_text("utf-8"), re.M)
    assert len(read) > 5
    assert set(table) == read
    assert len(table) == len(set(table)), "a setting is documented twice"


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    targets = [number for number, line in enumerate(lines) if re.match(r"[a-z]+:", line)]
    assert len(targets) > 10
    assert [lines[number] for number in targets if not lines[number - 1].startswith("# ")] == []
