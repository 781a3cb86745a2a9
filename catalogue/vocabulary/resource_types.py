"""DataCite's general types of resources."""

# DataCite 4.7, property 10.a, controlled list; Award, Project, Poster and Presentation are newer
# than 4.5, which is why what is written here keeps to the others.
RESOURCE_TYPES = (
    *("Audiovisual", "Award", "Book", "BookChapter", "Collection", "ComputationalNotebook"),
    *("ConferencePaper", "ConferenceProceeding", "DataPaper", "Dataset", "Dissertation", "Event"),
    *("Image", "Instrument", "InteractiveResource", "Journal", "JournalArticle", "Model"),
    *("OutputManagementPlan", "PeerReview", "PhysicalObject", "Poster", "Preprint"),
    *("Presentation", "Project", "Report", "Service", "Software", "Sound", "Standard"),
    *("StudyRegistration", "Text", "Workflow", "Other"),
)
