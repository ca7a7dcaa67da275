"""Traced programs, kept beside the compiled ones, so that a new process traces none of them again.

JAX's own cache saves compiling; tracing and lowering, a second of Python for a grid's six programs,
it does not. What is kept here is `jax.export`'s StableHLO and the shape of the answer as JSON:
data, no pickled objects. The name of a file is a digest of all the program depends on, so nothing
ever has to be made invalid; what cannot be named, written or read is traced as if nothing were
kept.
"""

import hashlib
import importlib
import json
import logging
import os
import tempfile
import types
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
from jax import export
from jax.sharding import Sharding

_PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy")
# What is traced is written here; `runs` and `evaluation` come later than any program.
_SOURCES = ("correctness", "data", "em", "methods", "models", "training")
_MOST = 200  # files of 10 to 70 kB
_log = logging.getLogger("caseload.programs")


@dataclass(frozen=True, slots=True)
class Traced:
    """A program for arguments of certain shapes, before it is compiled.

    Attributes:
      exported: the program, over leaves.
      tree: structure of what it returns.
    """

    exported: export.Exported
    tree: Any

    def shapes(self, sharding: Sharding) -> Any:
        """What the program returns, as shapes."""
        leaves = [
            jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=sharding)
            for a in self.exported.out_avals
        ]
        return jax.tree.unflatten(self.tree, leaves)

    def compile(
        self, args: tuple[Any, ...], sharding: Sharding, donated: int, options: Any
    ) -> Callable[..., Any]:
        """The compiled program; the leaves of the first `donated` arguments are given away."""
        leaves = jax.tree.leaves(args)
        run = jax.jit(
            self.exported.call,
            in_shardings=[leaf.sharding for leaf in leaves],
            out_shardings=sharding,
            donate_argnums=tuple(range(len(jax.tree.leaves(args[:donated])))),
        )
        compiled = run.lower(*_structs(leaves)).compile(compiler_options=options)
        return lambda *args: jax.tree.unflatten(self.tree, compiled(*jax.tree.leaves(args)))


def obtain(name: Any, function: Any, args: tuple[Any, ...], sharding: Sharding) -> Traced | None:
    """The program of a jitted function, from disk or traced and put there.

    Args:
      name: what tells the function from others: tuples of numbers, text and methods of ours.
      function: jitted.
      args: arguments, or their shapes, with their shardings.
      sharding: of all it returns.

    Returns:
      The program, or None where it cannot be kept: no cache is configured, or part of the name
      (a method from elsewhere, a function without a name) does not say what it is.
    """
    cache = jax.config.values["jax_compilation_cache_dir"]
    said = _said(name)
    if not cache or said is None:
        return None
    path = Path(cache) / "traced" / f"{_digest(said, args)}.zip"
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    except Exception:  # a damaged file raises whatever its reader met
        _log.warning("a kept program could not be read and is traced again: %s", path)
    try:
        traced = _trace(function, args, sharding)
    except Exception:  # some operations cannot be exported: they are traced each time
        _log.info("a program cannot be kept: %s", said, exc_info=True)
        return None
    try:
        _write(path, traced)
    except Exception:  # a full disk, or a structure that JSON cannot say
        _log.warning("a program could not be kept: %s", path, exc_info=True)
    return traced


def _structs(leaves: list[Any]) -> list[jax.ShapeDtypeStruct]:
    return [jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=a.sharding) for a in leaves]


def _trace(function: Any, args: tuple[Any, ...], sharding: Sharding) -> Traced:
    leaves, tree = jax.tree.flatten(args)
    returned: list[Any] = []

    def flat(*leaves: Any) -> list[Any]:
        answer, structure = jax.tree.flatten(function(*jax.tree.unflatten(tree, leaves)))
        returned.append(structure)
        return answer

    run = jax.jit(flat, in_shardings=[leaf.sharding for leaf in leaves], out_shardings=sharding)
    return Traced(export.export(run)(*_structs(leaves)), returned[0])


def _write(path: Path, traced: Traced) -> None:
    tree = jax.tree.unflatten(traced.tree, [0] * traced.tree.num_leaves)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w") as parts:
            parts.writestr("answer.json", json.dumps(_plain(tree)))
            parts.writestr("program", bytes(traced.exported.serialize()))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    # Another process may be taking away the same ones.
    with suppress(FileNotFoundError):
        files = sorted(path.parent.glob("*.zip"), key=lambda file: file.stat().st_mtime)
        for old in files[:-_MOST]:
            old.unlink(missing_ok=True)


def _read(path: Path) -> Traced:
    with zipfile.ZipFile(path) as parts:
        tree = _tree(json.loads(parts.read("answer.json")))
        exported = export.deserialize(bytearray(parts.read("program")))
    return Traced(exported, jax.tree.structure(tree))


def _plain(tree: Any) -> Any:
    """A pytree's structure as JSON: [kind, keys or name, children]."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        return ["dict", list(tree), [_plain(value) for value in tree.values()]]
    if isinstance(tree, list | tuple):
        kind = type(tree)
        name = f"{kind.__module__}:{kind.__qualname__}" if hasattr(tree, "_fields") else ""
        return [kind.__name__ if not name else "named", name, [_plain(value) for value in tree]]
    return 0


def _tree(plain: Any) -> Any:
    """The structure again, with 0 for leaves."""
    if not isinstance(plain, list):
        return plain
    kind, name, children = plain
    values = [_tree(child) for child in children]
    if kind == "dict":
        return dict(zip(name, values, strict=True))
    if kind != "named":
        return {"list": list, "tuple": tuple}[kind](values)
    module, _, attribute = name.partition(":")
    if module.partition(".")[0] not in ("core", "optax"):
        raise ValueError(f"{name} is no record of ours")
    return getattr(importlib.import_module(module), attribute)(*values)


def _said(value: Any) -> Any:
    """What a name says, the same in every process; None when part of it says nothing lasting."""
    if value is None:
        return "None"
    if isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, tuple):
        parts = [_said(part) for part in value]
        return None if None in parts else parts
    kind = value if isinstance(value, types.FunctionType) else type(value)
    # Sources outside core are in no digest; two functions made inside another share a name.
    if not kind.__module__.startswith("core.") or "<" in kind.__qualname__:
        return None
    name = f"{kind.__module__}:{kind.__qualname__}"
    if kind is value:
        return name
    if not is_dataclass(value):
        return None
    return _said((name, *(getattr(value, field.name) for field in fields(value))))


@lru_cache(maxsize=1)
def _code() -> str:
    """Digest of the sources and of the versions of the libraries."""
    digest = hashlib.sha256(repr([metadata.version(name) for name in _PACKAGES]).encode())
    core = Path(__file__).resolve().parents[1]
    for part in _SOURCES:
        for file in sorted((core / part).glob("*.py")):
            digest.update(f"{part}/{file.name}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _digest(said: Any, args: tuple[Any, ...]) -> str:
    leaves, tree = jax.tree.flatten(args)
    devices = jax.devices()
    parts = (
        _code(),
        said,
        str(tree),
        [(leaf.shape, str(leaf.dtype), str(leaf.sharding)) for leaf in leaves],
        (devices[0].platform, devices[0].device_kind, len(devices)),
        # Settings that change what is traced.
        [
            str(jax.config.values[name])
            for name in (
                "jax_enable_x64",
                "jax_default_matmul_precision",
                "jax_default_prng_impl",
                "jax_threefry_partitionable",
                "jax_numpy_dtype_promotion",
                "jax_debug_nans",
            )
        ],
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
