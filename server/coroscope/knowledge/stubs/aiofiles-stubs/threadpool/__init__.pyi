from os import PathLike
from typing import Any, Literal, TypeAlias, overload

from ..base import AiofilesContextManager
from .binary import AsyncBufferedReader, AsyncFileIO, AsyncIndirectBufferedIOBase
from .text import AsyncTextIndirectIOWrapper, AsyncTextIOWrapper

_Path: TypeAlias = str | bytes | int | PathLike[str] | PathLike[bytes]
# fmt: off
_Text: TypeAlias = Literal[
    "r", "rt", "r+", "r+t", "rt+", "w", "wt", "w+", "w+t", "wt+", "a", "at", "a+", "a+t", "at+", "x", "xt", "x+",
    "x+t", "xt+", "tr", "tw", "ta", "tx",
]
_Binary: TypeAlias = Literal[
    "a+b", "ab", "ab+", "ba", "ba+", "br", "br+", "bw", "bw+", "bx", "bx+", "r+b", "rb", "rb+", "w+b", "wb",
    "wb+", "x+b", "xb", "xb+",
]
# fmt: on

@overload
def open(
    file: _Path,
    mode: _Text = ...,
    buffering: int = ...,
    encoding: str | None = ...,
    errors: str | None = ...,
    newline: str | None = ...,
    closefd: bool = ...,
    opener: Any = ...,
    *,
    loop: Any = ...,
    executor: Any = ...,
) -> AiofilesContextManager[AsyncTextIOWrapper]: ...
@overload
def open(
    file: _Path,
    mode: _Binary,
    buffering: Literal[0],
    encoding: None = ...,
    errors: None = ...,
    newline: None = ...,
    closefd: bool = ...,
    opener: Any = ...,
    *,
    loop: Any = ...,
    executor: Any = ...,
) -> AiofilesContextManager[AsyncFileIO]: ...
@overload
def open(
    file: _Path,
    mode: _Binary,
    buffering: int = ...,
    encoding: None = ...,
    errors: None = ...,
    newline: None = ...,
    closefd: bool = ...,
    opener: Any = ...,
    *,
    loop: Any = ...,
    executor: Any = ...,
) -> AiofilesContextManager[AsyncBufferedReader]: ...
@overload
def open(
    file: _Path,
    mode: str,
    buffering: int = ...,
    encoding: str | None = ...,
    errors: str | None = ...,
    newline: str | None = ...,
    closefd: bool = ...,
    opener: Any = ...,
    *,
    loop: Any = ...,
    executor: Any = ...,
) -> AiofilesContextManager[AsyncTextIOWrapper | AsyncBufferedReader]: ...

stdin: AsyncTextIndirectIOWrapper
stdout: AsyncTextIndirectIOWrapper
stderr: AsyncTextIndirectIOWrapper
stdin_bytes: AsyncIndirectBufferedIOBase
stdout_bytes: AsyncIndirectBufferedIOBase
stderr_bytes: AsyncIndirectBufferedIOBase
