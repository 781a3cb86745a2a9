"""The one error of reading: a file that gives no record, and why; pure."""

from ingest.record import Problem, Severity


class UnreadableFile(Exception):  # noqa: N818 - says what it is about; the problem says what is wrong
    """A file gives no record. `retry` is true where the same file may well be readable later."""

    def __init__(self, problem: Problem, *, retry: bool = False) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.retry = retry


def refuse(code: str, message: str, *, retry: bool = False) -> UnreadableFile:
    """Return the exception for a file that cannot be read at all."""
    return UnreadableFile(Problem(Severity.ERROR, code, message), retry=retry)
