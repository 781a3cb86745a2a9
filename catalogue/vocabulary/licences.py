"""Licences a facility releases data under, by SPDX identifier (spdx.org/licenses)."""

from catalogue.record import Licence

LICENCES = {
    licence.spdx: licence
    for licence in (
        Licence(
            "CC-BY-4.0",
            "Creative Commons Attribution 4.0 International",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        Licence(
            "CC-BY-SA-4.0",
            "Creative Commons Attribution Share Alike 4.0 International",
            "https://creativecommons.org/licenses/by-sa/4.0/",
        ),
        Licence(
            "CC0-1.0",
            "Creative Commons Zero v1.0 Universal",
            "https://creativecommons.org/publicdomain/zero/1.0/",
        ),
    )
}

# SPDX 2.3 §7.13: nobody has said; data that came from a catalogue which names no licence.
UNSTATED = Licence(
    "NOASSERTION",
    "No licence stated: ask the facility",
    "https://spdx.github.io/spdx-spec/v2.3/package-information/",
)


def licence_of(spdx: str) -> Licence:
    """Returns the licence of an SPDX identifier, whoever gave it; `UNSTATED` for ''."""
    other = Licence(spdx, spdx, f"https://spdx.org/licenses/{spdx}.html") if spdx else UNSTATED
    return LICENCES.get(spdx, other)


SPDX_CHOICES = [(licence.spdx, f"{licence.spdx}: {licence.name}") for licence in LICENCES.values()]
