"""What can go wrong between a client and a server, on demand: scripted, or by chance."""

import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["status", "slow", "dropped", "lost", "ignored"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    status: the server answers with that status instead of doing anything; slow: it takes `seconds`
    longer; dropped: it hangs up before doing anything; lost: it does what was asked, and hangs up;
    ignored: it does what was asked but for the event, and answers as if nothing were wrong.
    """

    kind: Kind = "status"
    status: int = 503
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


# What a bad day at a registry brings, in equal parts.
BAD_DAY = (
    Fault(status=500),
    Fault(status=502),
    Fault(status=503),
    Fault(status=429, headers={"Retry-After": "0"}),
    Fault("slow", seconds=0.05),
    Fault("dropped"),
    Fault("lost"),
    Fault("ignored"),
)


class Faults:
    """The faults to come: those in `script` first, in order, then one by chance at `rate`."""

    def __init__(self, *script: Fault, rate: float = 0.0, seed: int = 1) -> None:
        self.script = list(script)
        self.rate = rate
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def next(self) -> Fault | None:
        with self._lock:
            if self.script:
                return self.script.pop(0)
            return self._chance.choice(BAD_DAY) if self._chance.random() < self.rate else None


class RateLimit:
    """So many requests a window, as DataCite counts them: 3,000 in 300 s for who logs in."""

    def __init__(self, requests: int, window_s: float) -> None:
        self.requests, self.window_s = requests, window_s
        self._began, self._count = time.monotonic(), 0
        self._lock = threading.Lock()

    def wait_s(self) -> float:
        """Counts a request; returns how long the client has to wait, 0 where it need not."""
        with self._lock:
            now = time.monotonic()
            if now - self._began >= self.window_s:
                self._began, self._count = now, 0
            self._count += 1
            left = self._began + self.window_s - now
            return left if self._count > self.requests else 0.0
