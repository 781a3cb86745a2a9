"""What can be wrong with a request to the search API; messages name the offending part of it."""


class SearchError(Exception):
    """A request that gets an error for an answer."""

    status = 400
    code = "INVALID_FILTER"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class FilterError(SearchError):
    """Something in a filter is wrong. `path` tells where: `filter.where.size.gt`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class UnknownItemError(SearchError):
    """There is no public item with that pid; one that is not public answers just the same."""

    status = 404
    code = "MODEL_NOT_FOUND"

    def __init__(self, model: str, pid: str) -> None:
        super().__init__(f'Unknown "{model}" id "{pid}".')
        self.pid = pid


class UnknownMethodError(SearchError):
    """No such address."""

    status = 404
    code = "NOT_FOUND"
