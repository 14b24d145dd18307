"""Receives an uploaded file: straight to disk, within a limit, whatever its name says.

The request's body is parsed as it arrives. The file is one that only its owner can read, and it is
removed if anything goes wrong.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from bulk_update.errors import BulkUpdateError, InputError
from bulk_update.language import gettext as _
from bulk_update.messages import number
from bulk_update.web.storage import disk_full, unwritable

MAX_UPLOAD_BYTES = 2 * 1024**3
ALWAYS_FREE_BYTES = 50_000_000
_FIELD_BYTES = 10_000
_MOST_FIELDS = 10
_BLOCK_BYTES = 1 << 20
_DRAINED_BYTES = 16 * 1024**3


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived at `path`, with the name it had, and the form's other fields."""

    path: Path
    file_name: str
    sha256: str
    fields: Mapping[str, str]


async def receive_upload(
    request: Request, folder: Path, *, max_bytes: int = MAX_UPLOAD_BYTES
) -> Upload:
    """Receive the form with the file, into a new file of this folder, which the caller moves away.

    Raises InputError if there is no file, it is empty, or larger than `max_bytes`, and LedgerError
    if the disk is full or cannot be written. Raises ClientDisconnect if the browser leaves.
    """
    body = _Body(request)
    try:
        _require_room(folder, request, max_bytes)
        with _arriving(folder, _boundary_of(request)) as parts:
            await _feed(parts, body, max_bytes)
            return await to_thread.run_sync(parts.finish)
    except BulkUpdateError:
        await body.drain()
        raise
    except OSError as error:
        await body.drain()
        raise unwritable(error) from error


@contextmanager
def _arriving(folder: Path, boundary: bytes) -> Iterator[_Parts]:
    """Parse a body into a new file, which is removed if anything goes wrong."""
    path = folder / secrets.token_hex(16)
    try:
        with open(path, "xb", opener=_private) as file:
            yield _Parts(path, file, boundary)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


class _Body:
    """The body of a request."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._has_more = True

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what arrives. Raises ClientDisconnect if the browser leaves."""
        while self._has_more:
            message = await self._request.receive()
            if message["type"] == "http.disconnect":
                self._has_more = False
                raise ClientDisconnect
            self._has_more = message.get("more_body", False)
            yield message.get("body", b"")

    async def drain(self) -> None:
        """Read the rest of a refused body; browsers show no answer before they have sent it all.

        A client that waits for `100 Continue` has sent nothing yet, and need not.
        """
        if self._request.headers.get("expect", "").lower() == "100-continue":
            return
        left = _DRAINED_BYTES
        async for piece in self.pieces():
            left -= len(piece)
            if left < 0:
                return


async def _feed(parts: _Parts, body: _Body, max_bytes: int) -> None:
    """Parse the body in blocks, outside of the event loop because it writes to disk."""
    block, received = bytearray(), 0
    async for piece in body.pieces():
        received += len(piece)
        if received > max_bytes:
            raise _too_large(max_bytes)
        block += piece
        if len(block) >= _BLOCK_BYTES:
            await to_thread.run_sync(parts.write, bytes(block))
            block.clear()
    await to_thread.run_sync(parts.write, bytes(block))


class _Parts:
    """The parts of a multipart body: the first file is written to `path`, fields are kept."""

    def __init__(self, path: Path, file: BinaryIO, boundary: bytes) -> None:
        self._path = path
        self._file = file
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_end": self._on_end,
            },
        )
        self._hash = hashlib.sha256()
        self._file_name = ""
        self._size = 0
        self._fields: dict[str, bytearray] = {}
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._into: bytearray | None = None
        self._is_file = False
        self._has_ended = False

    def write(self, data: bytes) -> None:
        """Parse the next bytes of the body. Raises InputError if they are no form."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _no_form() from error

    def finish(self) -> Upload:
        """Return the upload when the body has ended. Raises InputError if it is incomplete."""
        if not self._has_ended:
            raise _no_form()
        self._file.flush()
        os.fsync(self._file.fileno())
        if not self._file_name:
            raise InputError(_("no file was chosen"), hint=_("Choose a file first."))
        if not self._size:
            raise InputError(
                _("the file is empty (0 bytes)"), hint=_("Export it again, then choose it again.")
            )
        fields = {name: value.decode("utf-8", "replace") for name, value in self._fields.items()}
        return Upload(self._path, self._file_name, self._hash.hexdigest(), fields)

    def _on_part_begin(self) -> None:
        self._disposition = b""
        self._into = None
        self._is_file = False

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _on_header_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = bytes(value)
        name.clear()
        value.clear()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            self._is_file = name == "file" and not self._file_name
            if self._is_file:
                self._file_name = options[b"filename"].decode("utf-8", "replace")
        elif len(self._fields) < _MOST_FIELDS:
            self._into = self._fields.setdefault(name, bytearray())

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._size += end - start
            self._hash.update(data[start:end])
            self._file.write(data[start:end])
        elif self._into is not None and len(self._into) + end - start <= _FIELD_BYTES:
            self._into += data[start:end]

    def _on_end(self) -> None:
        self._has_ended = True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _boundary_of(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise _no_form()
    return options[b"boundary"]


def _require_room(folder: Path, request: Request, max_bytes: int) -> None:
    """Refuse a file that says beforehand that it is too large."""
    text = request.headers.get("content-length", "")
    declared = int(text) if text.isdecimal() else 0
    if declared > max_bytes:
        raise _too_large(max_bytes)
    if shutil.disk_usage(folder).free < declared + ALWAYS_FREE_BYTES:
        raise disk_full()


def _too_large(max_bytes: int) -> InputError:
    megabytes = number(max_bytes // 1024**2)
    return InputError(
        _("the file is larger than {n} MB").format(n=megabytes),
        hint=_("Split it, or use the command line, which has no such limit."),
    )


def _no_form() -> InputError:
    return InputError(
        _("the file did not arrive completely"), hint=_("Choose it again, or reload the page.")
    )
