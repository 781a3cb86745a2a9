"""How long federated search takes beside its slowest provider, and what a dead provider costs.

Run as `python -m tests.benchmarks.bench_federation [--reference DIR]`. Fake providers with given
delays stand on loopback; one gunicorn worker answers for them. DIR holds the reference's federated
service (panosc-eu/panosc-federated-search-service, its folder search-api after `npm install`): it
is asked for the same providers, with the same time for each, in the same run.
"""

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from harvest.models import FederationProvider
from tests.fakes.panosc_provider import Catalogue, documents, fake_provider
from tests.ports import free_port

DATABASE = "bench_federation"
DELAYS_S = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
TIMEOUT_S = 1.0
REQUESTS = 20
QUERY = "Documents?filter=%7B%22limit%22%3A50%7D"


@contextmanager
def providers(delays_s: tuple[float, ...], *, dead: int = 0) -> Iterator[list[str]]:
    """Yields the addresses of fake providers, the last ones of which never answer."""
    with ExitStack() as running:
        urls = []
        for number, delay_s in enumerate((*delays_s, *[0] * dead)):
            found = [{**item, "score": 0.5} for item in documents(60, prefix=f"10.5072/p{number}")]
            server = running.enter_context(
                fake_provider(
                    Catalogue({"documents": found}),
                    delay_s=delay_s,
                    fault="hang" if number >= len(delays_s) else "",
                )
            )
            urls.append(server.url)
        yield urls


@contextmanager
def ours(database_url: str, urls: list[str]) -> Iterator[int]:
    """Yields the port of one gunicorn worker that asks these providers and nobody else."""
    FederationProvider.objects.all().delete()
    for number, url in enumerate(urls):
        FederationProvider.objects.create(
            name=url, slug=f"p{number}", facility=url, base_url=url, timeout_s=TIMEOUT_S
        )
    port = free_port()
    environment = {
        **os.environ,
        "CATALOGUE_DATABASE_URL": database_url,
        "CATALOGUE_PRIVATE_HOSTS": "127.0.0.1",
        "CATALOGUE_FEDERATION_DEADLINE_S": str(TIMEOUT_S),
    }
    command = ["-m", "gunicorn", "--workers", "1", "--threads", "4", "--log-level", "error"]
    bound = ["--bind", f"127.0.0.1:{port}", "catalogue.wsgi"]
    with _process([sys.executable, *command, *bound], environment, port, "/federated-api"):
        yield port


@contextmanager
def reference(folder: Path, urls: list[str]) -> Iterator[int]:
    """Yields the port of the reference's service, which asks the same providers."""
    port = free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "PROVIDERS": ",".join(urls),
        "PROVIDER_TIMEOUT": str(round(TIMEOUT_S * 1000)),
    }
    with _process(["node", "server/server.js"], environment, port, "/api", cwd=folder):
        yield port


@contextmanager
def _process(
    command: list[str], environment: dict[str, str], port: int, ready: str, cwd: Path | None = None
) -> Iterator[None]:
    server = subprocess.Popen(
        command, env=environment, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError):
                get(port, ready)
                break
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)


def get(port: int, path: str) -> bytes:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        link.request("GET", path)
        return link.getresponse().read()
    finally:
        link.close()


def timed(port: int, path: str) -> list[float]:
    """Returns the seconds of each of a number of requests, one after the other."""
    found = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        get(port, path)
        found.append(time.perf_counter() - began)
    return found


def tell(who: str, seconds: list[float], *, slowest_s: float) -> None:
    median = statistics.median(seconds)
    print(
        f"  {who:<10} p50 {1000 * median:6.0f} ms ({median / slowest_s:.2f} × the slowest that "
        f"answers), all {REQUESTS} requests {sum(seconds):5.1f} s; the first four "
        f"{', '.join(f'{1000 * s:.0f}' for s in seconds[:4])} ms"
    )


def compare(title: str, database_url: str, folder: Path | None, *, dead: int) -> None:
    with providers(DELAYS_S, dead=dead) as urls:
        print(title)
        with ours(database_url, urls) as port:
            tell("ours", timed(port, f"/federated-api/{QUERY}"), slowest_s=max(DELAYS_S))
        if folder is not None:
            with reference(folder, urls) as port:
                tell("reference", timed(port, f"/api/{QUERY}"), slowest_s=max(DELAYS_S))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", type=Path, help="its folder search-api, installed")
    options = parser.parse_args()
    if options.reference is None:
        print("The reference is not compared: name its folder with --reference.")
    with scratch_database(DATABASE) as url:
        number = len(DELAYS_S)
        slowest = f"the slowest takes {1000 * max(DELAYS_S):.0f} ms"
        compare(f"{number} providers, {slowest}:", url, options.reference, dead=0)
        compare(
            f"the same and one that never answers (each is given {TIMEOUT_S:.0f} s):",
            url,
            options.reference,
            dead=1,
        )


if __name__ == "__main__":
    main()
