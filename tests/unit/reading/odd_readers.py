"""Readers that misbehave in the way that the name of the uploaded file says."""

import ctypes
import os
import sys
import time
from pathlib import Path
from typing import Any

from core.library import reader


def _misbehave(request: dict[str, Any], paths: list[Path]) -> dict[str, Any]:
    way = request["names"][0]
    if way == "greedy":
        return {"refused": [], "never": len(bytearray(reader.limits.READER_MEMORY + 2**30))}
    if way == "greedy in C":
        malloc, memset = ctypes.CDLL(None).malloc, ctypes.CDLL(None).memset
        malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
        memset(malloc(reader.limits.READER_MEMORY + 2**30), 1, 1)  # writes to where nothing is
    if way == "broken":
        raise RuntimeError("a defect")
    reader._say(text=f"Sleeping in {os.getpid()}", share=0.5)
    while True:  # holds the interpreter's lock again and again, as real work does
        time.sleep(0.01)


reader._read = _misbehave

if __name__ == "__main__":
    reader.main(Path(sys.argv[1]))
