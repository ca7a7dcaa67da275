"""The lock files hold what the requirements files ask for; `make lock` makes them again."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def asked(name: str) -> Iterator[tuple[str, str]]:
    """Packages and versions of a requirements file and those it includes."""
    text = (ROOT / name).read_text("utf-8")
    yield from PIN.findall(text)
    for other in re.findall(r"^-r (\S+)", text, re.MULTILINE):
        yield from asked(other)


@pytest.mark.parametrize("kind", ["", "-dev", "-cuda"])
def test_lock_has_every_version_that_is_asked_for_and_a_hash_for_each(kind: str) -> None:
    lock = (ROOT / f"requirements{kind}.lock").read_text("utf-8")
    locked = dict(PIN.findall(lock))
    for package, version in asked(f"requirements{kind}.txt"):
        assert locked[package.lower()] == version, f"{package}: run make lock"
    for block in re.split(r"^(?=[A-Za-z0-9._-]+(?:\[[^\]]*\])?==)", lock, flags=re.MULTILINE)[1:]:
        assert HASH.search(block), block.splitlines()[0]
