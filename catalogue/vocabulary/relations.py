"""DataCite's relation types that people use of a choice of data, in plain words."""

# DataCite 4.6 property 12.b: this resource … that one.
RELATIONS = {
    "IsSupplementTo": "Supplement to",
    "IsCitedBy": "Cited by",
    "Cites": "Cites",
    "References": "Refers to",
    "IsReferencedBy": "Referred to by",
    "IsDescribedBy": "Described by",
    "IsDocumentedBy": "Documented by",
    "IsDerivedFrom": "Derived from",
    "IsSourceOf": "Source of",
    "IsCompiledBy": "Made with",
    "IsCollectedBy": "Collected by",
    "IsPartOf": "Part of",
    "HasPart": "Contains",
    "IsVersionOf": "All versions",
    "HasVersion": "Version",
    "IsNewVersionOf": "Earlier version",
    "IsPreviousVersionOf": "Later version",
}
# Between a choice of data published anew and what it was before: DOIs, and nothing of the data.
VERSIONING = ("HasVersion", "IsVersionOf", "IsNewVersionOf", "IsPreviousVersionOf")


def relation_label(relation_type: str) -> str:
    return RELATIONS.get(relation_type, relation_type)
