"""Where the pages before and after one are (RFC 8288), as references to the same address; pure."""

import json
from typing import Any
from urllib.parse import urlencode


def page_links(
    raw_filter: dict[str, Any], *, skip: int, limit: int, total: int, is_whole: bool = True
) -> str:
    """Returns the `Link` header of a page, '' where it is the only one.

    The references are relative, so that they hold behind any proxy. is_whole: `total` is all there
    are; without, nobody knows the last page.
    """
    starts = {"first": 0, "prev": max(skip - limit, 0), "next": skip + limit}
    starts["last"] = max(total - 1, 0) // limit * limit
    if not is_whole:
        starts.pop("last")
    if skip == 0:
        starts.pop("prev")
    if skip + limit >= total:
        starts.pop("next")
    if not starts.keys() & {"prev", "next"}:
        return ""
    return ", ".join(
        f'<?{_query(raw_filter, start, limit)}>; rel="{relation}"'
        for relation, start in starts.items()
    )


def _query(raw_filter: dict[str, Any], skip: int, limit: int) -> str:
    kept = {key: part for key, part in raw_filter.items() if key not in ("skip", "offset", "limit")}
    filter_text = json.dumps({**kept, "limit": limit, "skip": skip}, separators=(",", ":"))
    return urlencode({"filter": filter_text})
