"""Pictures of screens as PNG with 256 colours, a third of the size that a browser writes."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode, b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser

_COLOURS = 256

_PIXELS = """
async (png) => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const drawing = new OffscreenCanvas(image.width, image.height).getContext("2d");
  drawing.drawImage(image, 0, 0);
  const { data } = drawing.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let at = 0; at < data.length; at += 8192)
    text += String.fromCharCode(...data.subarray(at, at + 8192));
  return [image.width, image.height, btoa(text)];
}
"""


def with_few_colours(png: bytes, browser: Browser) -> bytes:
    """Return a PNG with its most frequent colours, and the nearest of them for all others."""
    page = browser.new_page()
    width, height, pixels = page.evaluate(_PIXELS, b64encode(png).decode("ascii"))
    page.close()
    rgb = np.frombuffer(b64decode(pixels), np.uint8).reshape(-1, 4)[:, :3]
    packed = rgb @ np.array([1 << 16, 1 << 8, 1])
    found, index_of, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.uint8)
    palette = colours[np.argsort(-counts, kind="stable")[:_COLOURS]]
    nearest = np.array([_nearest(each, palette) for each in colours], np.uint8)
    rows = nearest[index_of.reshape(height, width)]
    lines = np.hstack([np.zeros((height, 1), np.uint8), rows])  # each begins with its filter: none
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, content)
        for name, content in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", palette.tobytes()),
            (b"IDAT", zlib.compress(lines.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


def _nearest(colour: NDArray[Any], palette: NDArray[Any]) -> int:
    return int(((palette.astype(int) - colour) ** 2).sum(axis=1).argmin())


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
