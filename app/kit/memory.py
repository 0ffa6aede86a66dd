"""Thrift with memory: loading a program leaves a third of its heap free but not given back."""

import ctypes
import gc


def give_back() -> None:
    """Return what is free to the system; once, after all modules are loaded. Does nothing where libc isn't glibc."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
