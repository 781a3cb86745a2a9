"""What stands in the way of a publication."""

from collections.abc import Sequence


class CannotPublishError(Exception):
    """Something stands in the way; `problems` says what, one sentence each."""

    def __init__(self, subject: object, problems: Sequence[str]) -> None:
        super().__init__(f"{subject} cannot be published. {' '.join(problems)}")
        self.problems = tuple(problems)
