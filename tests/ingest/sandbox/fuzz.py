"""Damaged files by the thousand: every one ends in a result in time, and no sound file suffers.

Run as `python -m tests.ingest.sandbox.fuzz [--files 2000] [--seed 1] [--deadline 5]`. Sound files
of several dialects are damaged at random (the same way for the same seed), mixed with undamaged
ones, and read by two reader processes.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import h5py

from ingest.record import FileStamp, ReadResult
from ingest.sandbox.pool import read_files
from tests.ingest.nexus.mccode_file import write_mccode
from tests.nexus_files import stamp_of, write_nexus

# One sound file follows each so many damaged ones, and has to be read.
SOUND_EVERY = 10
WORKERS = 2
# A file may take its deadline twice, once to be read and once to be hashed; then it is killed.
GRACE_S = 2.0


@dataclass(slots=True)
class Outcome:
    """What became of the files: codes of failure (`record` is none), and what went wrong."""

    codes: Counter[str] = field(default_factory=Counter)
    files: int = 0
    sound: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)


def write_sound_files(folder: Path) -> list[Path]:
    """Writes sound files in the layouts that HDF5 and facilities have, and returns their paths."""
    plain = write_nexus(folder / "plain.nxs", {f"entry/x{n}": n for n in range(40)})
    compact = folder / "latest.nxs"
    with h5py.File(plain) as old, h5py.File(compact, "w", libver="latest") as new:
        old.copy("entry", new)
    chunked = write_nexus(folder / "chunked.nxs")
    with h5py.File(chunked, "a") as file:
        file["entry"].create_dataset("notes", data=["text"] * 20, compression="gzip", shuffle=True)
        file["entry/alias"] = h5py.SoftLink("/entry/sample")
        for n in range(30):
            file["entry/instrument"].attrs[f"a{n}"] = "x" * n
    return [plain, compact, chunked, write_mccode(folder / "mccode.h5")]


def flip_bits(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 4, 32, 256))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def cut_short(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def splice_blocks(data: bytearray, chance: random.Random) -> None:
    """Copies pieces of the file over others, so that sound structures stand where they do not."""
    for _ in range(chance.randint(1, 4)):
        length = chance.choice((8, 64, 512))
        source, target = (chance.randrange(max(1, len(data) - length)) for _ in "st")
        data[target : target + length] = data[source : source + length]


def fill_block(data: bytearray, chance: random.Random) -> None:
    start, length = chance.randrange(len(data)), chance.choice((4, 32, 256))
    data[start : start + length] = bytes([chance.choice((0, 255))]) * len(data[start:][:length])


def damage_attributes(data: bytearray, chance: random.Random) -> None:
    """Changes bytes just around the name of an attribute, where its sizes and types stand."""
    names = (b"NX_class", b"units", b"signal", b"default", b"canSAS_class", b"NXentry")
    places = [at for name in names if (at := data.find(name, chance.randrange(len(data)))) >= 0]
    for place in places or [len(data) // 2]:
        near = place + chance.randint(-40, 60)
        if 0 <= near < len(data):
            data[near] = chance.randrange(256)


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    *(flip_bits, cut_short, splice_blocks, fill_block, damage_attributes),
)


def write_damaged_files(
    folder: Path, sound: list[Path], *, files: int, seed: int
) -> Iterator[FileStamp]:
    """Writes and yields damaged files, with a sound one after every few."""
    contents = [path.read_bytes() for path in sound]
    for number in range(files):
        chance = random.Random(f"{seed}/{number}")
        data = bytearray(chance.choice(contents))
        damage = DAMAGES[number % len(DAMAGES)]
        damage(data, chance)
        path = folder / f"{number:05}-{damage.__name__}.nxs"
        path.write_bytes(data)
        yield stamp_of(path)
        if number % SOUND_EVERY == SOUND_EVERY - 1:
            yield stamp_of(sound[number // SOUND_EVERY % len(sound)])


def fuzz(folder: Path, *, files: int, seed: int, deadline_s: float) -> Outcome:
    """Reads damaged files among sound ones and returns what became of them."""
    (folder / "sound").mkdir()
    sound = write_sound_files(folder / "sound")
    outcome = Outcome()
    began = last = time.monotonic()
    stamps = write_damaged_files(folder, sound, files=files, seed=seed)
    answered: Counter[str] = Counter()
    for result in read_files(stamps, time_zone="UTC", workers=WORKERS, deadline_s=deadline_s):
        now = time.monotonic()
        outcome.slowest_s, last = max(outcome.slowest_s, now - last), now
        answered[result.stamp.path] += 1
        judge(result, result.stamp.path in map(str, sound), outcome)
    outcome.seconds = time.monotonic() - began
    expected = files + files // SOUND_EVERY
    if sum(answered.values()) != expected:
        outcome.faults.append(f"{sum(answered.values())} results for {expected} files")
    if outcome.slowest_s > 2 * deadline_s + GRACE_S:
        outcome.faults.append(f"no result for {outcome.slowest_s:.1f} s")
    return outcome


def judge(result: ReadResult, is_sound: bool, outcome: Outcome) -> None:
    """Counts one result and notes what must not be."""
    code = result.failure.code if result.failure else "record"
    outcome.files += not is_sound
    outcome.sound += is_sound
    if not is_sound:
        outcome.codes[code] += 1
    if (result.record is None) == (result.failure is None):
        outcome.faults.append(f"{result.stamp.path}: neither a record nor a reason, or both")
    if is_sound and (result.record is None or result.record.title is None):
        outcome.faults.append(f"{result.stamp.path}: a sound file was not read ({code})")
    if code == "reader_failed":
        outcome.faults.append(f"{result.stamp.path}: {result.failure}")


def describe(outcome: Outcome) -> str:
    """Returns what became of the files, as lines for people."""
    lines = [f"{outcome.files} damaged files in {outcome.seconds:.0f} s, each with a result:"]
    lines += [f"  {count:6} {code}" for code, count in outcome.codes.most_common()]
    lines.append(f"{outcome.sound} sound files among them; longest wait {outcome.slowest_s:.1f} s")
    lines += outcome.faults or ["no faults"]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--deadline", type=float, default=5.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        outcome = fuzz(
            Path(folder), files=options.files, seed=options.seed, deadline_s=options.deadline
        )
    sys.stdout.write(describe(outcome))
    raise SystemExit(bool(outcome.faults))


if __name__ == "__main__":
    main()
