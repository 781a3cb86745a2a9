"""How gunicorn serves the site; `--bind` comes from where it is started."""

workers = 2
threads = 4
# A filter of the search API stands in the address, and the longest that gunicorn takes is this.
limit_request_line = 8190
