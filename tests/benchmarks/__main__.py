"""All benchmarks, one after the other: `make bench`."""

import subprocess
import sys

BENCHMARKS = (
    "bench_ingest",
    "bench_watch",
    "bench_search",
    "bench_oai",
    "bench_federation",
    "bench_release",
)

if __name__ == "__main__":
    for name in BENCHMARKS:
        print(f"\n--- {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=True)
