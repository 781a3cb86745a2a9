"""The published policies of real facilities as terms to start from, each with its words; pure."""

from dataclasses import dataclass, field
from typing import Any

from catalogue.policy.embargo import (
    Anchor,
    Audience,
    EarlyReleaseBy,
    ExtensionApprover,
    MetadataVisibility,
    Moment,
)


@dataclass(frozen=True, slots=True)
class Preset:
    """Terms under the names of `EmbargoPolicy`'s fields; what a policy does not say is left out.

    source: the words they were read from, and where. It also says what the words leave open.
    """

    name: str
    version: str
    text_url: str
    source: str
    terms: dict[str, Any] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """Returns the fields of an `EmbargoPolicy`."""
        shared = {"name": self.name, "version": self.version, "text_url": self.text_url}
        return {**shared, "source": self.source, **self.terms}


_END = Anchor.END_OF_INVESTIGATION.value
_PI = EarlyReleaseBy.PRINCIPAL_INVESTIGATOR.value

PRESETS: dict[str, Preset] = {
    "esrf": Preset(
        "ESRF data policy", "2024", "https://www.esrf.fr/datapolicy",
        "“sole access … during a three-year embargo period, renewable if necessary”; "
        "“encouraged to "
        "release their data before the end …”; CC-BY-4.0 (esrf.fr/datapolicy). It does not say how "
        "often it may be renewed: three times by a year is this preset's choice.",
        {
            "duration_months": 36, "anchor": _END, "max_extensions": 3, "extension_months": 12,
            "early_release_by": _PI, "objection_days": 0,
            "metadata_visibility": MetadataVisibility.FULL.value, "licence": "CC-BY-4.0",
        },
    ),
    "xmas": Preset(
        "XMaS data policy", "1", "https://warwick.ac.uk/fac/cross_fac/xmas/",
        "Three years, renewable; DOI with “Title, Authors, Abstract, Beamline made public as "
        "soon as "
        "the experiment has been completed”; CC-BY-4.0 (warwick.ac.uk, XMaS data_policy).",
        {
            "duration_months": 36, "anchor": _END, "max_extensions": 3, "extension_months": 12,
            "early_release_by": _PI, "objection_days": 0,
            "metadata_visibility": MetadataVisibility.WITH_DATA.value,
            "field_moments": dict.fromkeys(
                ("title", "people", "abstract", "instrument"), Moment.END_OF_EXPERIMENT.value
            ),
            "licence": "CC-BY-4.0",
        },
    ),
    "ill": Preset(
        "ILL data policy", "2017", "https://www.ill.eu/users/ill-data-policy",
        "“embargo period of 3 years that can be extended in a light-touch fashion when there is "
        "good "
        "reason” (ill.eu/users/ill-data-policy); “Embargoed for 3 to 5 years” (PaNOSC partner "
        "table).",
        {
            "duration_months": 36, "anchor": _END, "max_extensions": 2, "extension_months": 24,
            "max_total_months": 60, "extension_approver": ExtensionApprover.AUTOMATIC.value,
        },
    ),
    "isis": Preset(
        "ISIS data policy", "1", "https://github.com/ISISDataPolicy/policy",
        "3.4.2 “restricted to the experimental team for an embargo period of three years after the "
        "end of the experiment”, extension “special case to the Director of ISIS”; 3.4.3 the title "
        "“publicly accessible immediately upon the proposal being accepted”, other metadata "
        "“handled "
        "in the same way as the raw” data; 3.4.4 any PI can ask for an early release; 2.9 raw data "
        "kept ten years at least, 2.10 what the facility has reduced six months "
        "(ISISDataPolicy/policy, data_policy.md).",
        {
            "duration_months": 36, "anchor": _END, "max_extensions": 1, "extension_months": 12,
            "extension_approver": ExtensionApprover.DIRECTOR.value, "early_release_by": _PI,
            "objection_days": 0, "metadata_visibility": MetadataVisibility.WITH_DATA.value,
            "field_moments": {"title": Moment.ACCEPTANCE.value}, "licence": "CC-BY-4.0",
            "retention_years": 10, "reduced_retention_months": 6,
        },
    ),
    "diamond": Preset(
        "Diamond experimental data policy", "1",
        "https://www.diamond.ac.uk/Users/Policy-Documents/Policies/"
        "Experimental-Data-Management-Pol.html",
        "“Embargo Period (3 years from the date on which the User Generated Data is produced)” "
        "(diamond.ac.uk, Experimental-Data-Management-Pol). It names no extension. "
        "Files are on disk for 30 days at least, then in a single archive copy.",
        {
            "duration_months": 36, "anchor": Anchor.DATA_CREATED.value, "max_extensions": 0,
            "disk_days": 30, "metadata_visibility": MetadataVisibility.WITH_DATA.value,
        },
    ),
    "ess": Preset(
        "ESS data policy", "1", "https://europeanspallationsource.se",
        "“embargo period last for 3 years after the end of the experiment”; kept ten years at "
        "least "
        "(panosc-eu/wp2, facilityInformation.json). It names no extension.",
        {"duration_months": 36, "anchor": _END, "max_extensions": 0, "retention_years": 10},
    ),
    "psi": Preset(
        "PSI data policy", "1", "https://www.psi.ch/science/psi-data-policy",
        "“Default embargo period of three years (with option for five years)”; early release “upon "
        "publication of the results”; retention 5 years at least, 10 aimed at (psi.ch).",
        {
            "duration_months": 36, "anchor": _END, "max_extensions": 1, "extension_months": 24,
            "max_total_months": 60, "early_release_by": _PI, "retention_years": 5,
        },
    ),
    "elettra": Preset(
        "Elettra scientific data policy", "1", "https://www.elettra.eu",
        "Three years, “renewable for additional two years upon request of the PI”; "
        "CC-BY-SA-4.0, to "
        "registered users (elettra.eu, scientific-data-policy).",
        {
            "duration_months": 36, "anchor": _END, "max_extensions": 1, "extension_months": 24,
            "max_total_months": 60, "licence": "CC-BY-SA-4.0",
            "audience": Audience.REGISTERED.value,
        },
    ),
    "hzb": Preset(
        "HZB data policy", "1", "https://www.helmholtz-berlin.de",
        "“exclusive access … for five years” (helmholtz-berlin.de, news 14472). It says no more.",
        {"duration_months": 60, "anchor": _END, "max_extensions": 0},
    ),
    "emfl": Preset(
        "EMFL data policy", "1", "https://emfl.eu",
        "Five years after the end of the experiment, raw data and metadata; extension a “special "
        "case to facility management”; early release “on simple request of any member of the "
        "experimental team, if no other member objects” (emfl.eu, data-policy-on-isabel). The time "
        "to object, two weeks, is this preset's choice.",
        {
            "duration_months": 60, "anchor": _END, "max_extensions": 1, "extension_months": 12,
            "extension_approver": ExtensionApprover.DIRECTOR.value,
            "early_release_by": EarlyReleaseBy.ANY_MEMBER.value, "objection_days": 14,
            "metadata_visibility": MetadataVisibility.WITH_DATA.value,
        },
    ),
    "nomad": Preset(
        "Open data policy", "1", "https://nomad-lab.eu",
        "“up to 36 months, then CC BY 4.0”; metadata stay editable after publishing (NOMAD "
        "how-to). "
        "The days are the uploader's choice there.",
        {"duration_months": 36, "anchor": Anchor.LAST_FILE.value, "max_extensions": 0},
    ),
    "award": Preset(
        "Award data policy", "1", "https://github.com/dandi/dandi-archive",
        "Until publication or the end of the award (DANDI/NIH; dandi-archive issues 158 and 2379); "
        "metadata hidden before.",
        {
            "duration_months": 0, "anchor": Anchor.END_OF_PROPOSAL.value, "max_extensions": 1,
            "extension_months": 12, "early_release_by": _PI, "objection_days": 0,
            "metadata_visibility": MetadataVisibility.WITH_DATA.value,
        },
    ),
    "proprietary": Preset(
        "Proprietary beamtime", "1", "https://www.esrf.fr/datapolicy",
        "“Data produced by commercial or proprietary beamtime are reserved for the group paying” "
        "(esrf.fr/datapolicy); ISIS 3.1.2 “owned exclusively by the commercial user”.",
        {
            "never_release": True, "max_extensions": 0,
            "metadata_visibility": MetadataVisibility.WITH_DATA.value,
        },
    ),
}  # fmt: skip
