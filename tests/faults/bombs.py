"""Uploads that are small as files and enormous once read, made as they are asked for.

Each is a complete set in every other respect, so that nothing but its size can be what refuses it.
"""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image

Files = dict[str, bytes]
SPLITS = ("train", "train", "test")


def _bundle(header: list[str], rows: list[list[str]], **more: bytes) -> Files:
    """A bundle with these columns beside case_id, split and label, and one expert."""
    lines = [",".join(["case_id", "split", "label", *header])]
    lines += [
        ",".join([f"c{i}", SPLITS[i % 3], "yes" if i % 2 else "no", *row])
        for i, row in enumerate(rows)
    ]
    said = ["case_id,expert,label", *(f"c{i},Ann,yes" for i in range(len(rows)))]
    return {
        "cases.csv": "\n".join(lines).encode() + b"\n",
        "annotations.csv": "\n".join(said).encode() + b"\n",
    } | {name.replace("_zip", ".zip"): data for name, data in more.items()}


def zipped(files: Mapping[str, bytes], level: int = 6) -> bytes:
    """The files as one archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _image_set(images: Mapping[str, bytes], files: list[str] | None = None) -> Files:
    names = list(images) if files is None else files
    return _bundle(["file"], [[name] for name in names], images_zip=zipped(images))


def genes(columns: int, rows: int = 300, kind: str = "normal") -> Files:
    """Numbers as of gene expression: no attack, and to be read in seconds."""
    rng = np.random.default_rng(columns)
    values = rng.normal(size=(rows, columns))
    if kind == "heavy":
        values = np.exp(2 * values)
    text = np.char.mod("%.4f", values).astype(object)
    if kind == "gaps":
        text[rng.random(text.shape) < 0.05] = ""
    return _bundle([f"g{i}" for i in range(columns)], text.tolist())


def long_group_cell() -> Files:
    """One group of a million characters: fixed-width text made every row as wide."""
    return _bundle(["x", "group_a"], [[str(i), "a" * (10**6 if not i else 1)] for i in range(3000)])


def long_feature_cell() -> Files:
    """The same in a column of categories."""
    return _bundle(["x"], [["b" if i % 2 else "a" * (1 if i else 10**6)] for i in range(3000)])


def one_long_id() -> Files:
    """One case id at its limit among two million short ones."""
    files = _bundle(["x"], [[str(i % 7)] for i in range(1_500_000)])
    files["cases.csv"] = files["cases.csv"].replace(b"\nc0,", b"\n" + b"i" * 500 + b",", 1)
    files["annotations.csv"] = b"case_id,expert,label\nc1,Ann,yes\nc3,Ann,yes\n"
    return files


def deep_paths() -> Files:
    """Eight images, each 32,000 folders deep."""
    image = _png(8, 8)
    paths = {f"{'a/' * 32_000}{i}.png": image for i in range(8)}
    return _image_set(paths, [f"{i}.png" for i in range(8)])


def many_slashes() -> Files:
    """A cell of a million folders for an image."""
    return _image_set(
        {f"{i}.png": _png(8, 8) for i in range(6)},
        ["/".join("a" * 500_000), *(f"{i}.png" for i in range(1, 6))],
    )


def duplicate_headers() -> Files:
    """50,000 columns, every name twice."""
    return _bundle([f"g{i // 2}" for i in range(50_000)], [["1"] * 50_000] * 3)


def short_lines() -> Files:
    """A wide header and a million blank lines, each of which was made as wide."""
    files = _bundle([f"g{i}" for i in range(30_000)], [["1"] * 30_000] * 3)
    files["cases.csv"] += b"\n" * 1_000_000 + b"z"
    return files


def long_lines() -> Files:
    """A million rows that are longer than the header, by blanks."""
    files = _bundle(["x"], [[str(i % 5)] for i in range(6)])
    files["cases.csv"] += (b"," * 60 + b"\n") * 500_000
    return files


def categories() -> Files:
    """2,000 columns of categories × 8,000 values: 100,000 inputs."""
    rng = np.random.default_rng(0)
    letters = np.array([chr(48 + i) for i in range(10)] + [chr(97 + i) for i in range(26)], object)
    columns = letters[rng.integers(0, 36, 8000)]
    rows = [["x" + c] * 2000 for c in columns]
    return {"set.zip": zipped(_bundle([f"k{i}" for i in range(2000)], rows), 1)}


def many_experts() -> Files:
    """14,000 cases × 14,000 experts, one annotation each."""
    files = _bundle(["x"], [[str(i % 7)] for i in range(14_000)])
    said = ["case_id,expert,label", *(f"c{i},e{i},yes" for i in range(14_000))]
    return files | {"annotations.csv": "\n".join(said).encode()}


def accents() -> Files:
    """A million accents on one letter: putting them in order takes the square of their number."""
    files = _bundle(["x", "group_a"], [[str(i), "b"] for i in range(6)])
    accents = ("\u0301\u0316" * 500_000).encode()
    return files | {"cases.csv": files["cases.csv"].replace(b",b\n", b",b" + accents + b"\n", 1)}


def _manifests(truth: Any) -> Files:
    def text(value: Any) -> bytes:
        return value if isinstance(value, bytes) else json.dumps(value).encode()

    small = [{"file": f"t{i}", "label": i % 2} for i in range(4)]
    plain = [{"file": f"f{i}", "label": i % 2} for i in range(4)]
    return {
        "train.json": text(truth),
        "test.json": text(small),
        "label_A_train.json": text(plain),
        "label_A_test.json": text(small),
    }


def many_keys() -> Files:
    """JSON with 3,000 keys an entry."""
    more = {f"k{j}": "v" for j in range(3000)}
    truth = [{"file": f"f{i}", "label": i % 2} | more for i in range(1000)]
    return {"set.zip": zipped(_manifests(truth))}


def different_keys() -> Files:
    """JSON whose every entry has keys of its own."""
    truth = [
        {"file": f"f{i}", "label": i % 2} | {f"k{i}_{j}": "v" for j in range(10)}
        for i in range(20_000)
    ]
    return {"set.zip": zipped(_manifests(truth))}


def many_lists() -> Files:
    """200 MB of empty lists in JSON; each takes twenty times its text."""
    return {"set.zip": zipped(_manifests(b"[" + b"[]," * 70_000_000 + b"[]]"), 1)}


def allowed_lists() -> Files:
    """As many as the limit of a file allows, in each of four files."""
    lists = b"[" + b"[]," * 22_000_000 + b"[]]"
    return {"set.zip": zipped(dict.fromkeys(_manifests(lists), lists), 1)}


def deep_json() -> Files:
    """Brackets in brackets."""
    return _manifests(b"[" * 5_000_000)


def long_text() -> Files:
    """1 GB of text in a zip of some 70 MB."""
    rng = np.random.default_rng(0)
    block = rng.integers(0, 10, (4000, 3)).astype("S1")
    lines = b"".join(b"%b,train,yes,0000000000000000000000%b\n" % (a, b) for a, b, _ in block)
    lines = b"".join(rng.permutation(np.frombuffer(lines[:4096], "S64")).tolist()) + lines
    files = _bundle(["x"], [["1"], ["2"], ["3"]])
    size = len(lines)
    files["cases.csv"] += lines * ((2**30 - 2**20) // size)
    return {"set.zip": zipped(files, 1)}


def many_members() -> Files:
    """A zip of 290,000 files of nothing."""
    return {"set.zip": zipped({f"{i}.txt": b"" for i in range(290_000)})}


def _png(width: int, height: int, shade: int = 200, bits: int = 8) -> bytes:
    """A plain grey PNG, compressed as far as it goes."""
    line = b"\x00" + bytes([shade]) * (width * bits // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)),
            (b"IDAT", data),
            (b"IEND", b""),
        )
    )


def large_images() -> Files:
    """17 images of 40 million pixels."""
    return _image_set({f"{i}.png": _png(8000, 5000, i) for i in range(17)})


def large_images_made_small() -> Files:
    """48 images of 40 million pixels that are made as small as the 49 others."""
    images = {f"{i}.png": _png(8, 8, i) for i in range(49)}
    large = _png(8000, 5000)
    return _image_set(images | {f"{i}.png": large for i in range(49, 97)})


def deep_grey_images() -> Files:
    """Three images of 40 million pixels of 16 bits."""
    return _image_set({f"{i}.png": _png(8000, 5000, i, bits=16) for i in range(3)})


def _jpeg_of_scans(scans: int, side: int = 6000) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    stream = io.BytesIO()
    Image.new("RGB", (side, side), (90, 120, 200)).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:end] + data[last:end] * scans + data[end:]


def many_scans() -> Files:
    """A progressive JPEG of 3,000 scans beside two plain ones."""
    images = {f"{i}.jpg": _jpeg_of_scans(3000 if not i else 0) for i in range(3)}
    return _image_set(images)


def many_frames() -> Files:
    """A GIF of 20,000 frames, of which the first is read."""
    frame = b"\x21\xf9\x04\x00\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x08\x00\x08\x00\x00"
    frame += b"\x02\x07\x84\x8f\xa9\xcb\xed\x5d\x00\x00"
    stream = io.BytesIO()
    Image.new("P", (8, 8)).save(stream, "GIF")
    data = stream.getvalue()
    images = {f"{i}.gif": data[:-1] + frame * 20_000 + data[-1:] for i in range(6)}
    return _image_set(images)


ALL: Mapping[str, Callable[[], Files]] = {
    "long_group_cell": long_group_cell,
    "long_feature_cell": long_feature_cell,
    "one_long_id": one_long_id,
    "deep_paths": deep_paths,
    "many_slashes": many_slashes,
    "columns_10000": lambda: genes(10_000, 6),
    "columns_30000": lambda: genes(30_000, 6),
    "duplicate_headers": duplicate_headers,
    "short_lines": short_lines,
    "long_lines": long_lines,
    "categories": categories,
    "many_experts": many_experts,
    "accents": accents,
    "many_keys": many_keys,
    "different_keys": different_keys,
    "many_lists": many_lists,
    "allowed_lists": allowed_lists,
    "deep_json": deep_json,
    "long_text": long_text,
    "many_members": many_members,
    "large_images": large_images,
    "large_images_made_small": large_images_made_small,
    "deep_grey_images": deep_grey_images,
    "many_scans": many_scans,
    "many_frames": many_frames,
}
# No attack but genes or radiomics: these are to be stored.
HONEST: Mapping[str, Callable[[], Files]] = {
    "genes": lambda: genes(20_000),
    "genes_with_gaps": lambda: genes(20_000, kind="gaps"),
    "genes_heavy": lambda: genes(20_000, kind="heavy"),
}
