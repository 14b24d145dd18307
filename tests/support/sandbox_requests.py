"""Requests to a sandbox in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping

import httpx

from bulk_update.sandbox import Sandbox, create_app

AUTH = ("sandbox", "sandbox")
JSON = {"Content-Type": "application/json"}
IDENTIFIER = "00100007"
PATH = f"/api/outbounds/00001/records_by_identifier/{IDENTIFIER}"


def ask(
    sandbox: Sandbox,
    path: str = PATH,
    *,
    method: str = "PUT",
    content: bytes | AsyncIterator[bytes] = b"",
    headers: Mapping[str, str] = JSON,
    auth: tuple[str, str] | None = AUTH,
) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(sandbox), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            sent = httpx.Headers(headers, encoding="utf-8")
            return await client.request(method, path, content=content, headers=sent, auth=auth)

    return asyncio.run(once())


def put(sandbox: Sandbox, document: object, path: str = PATH) -> httpx.Response:
    return ask(sandbox, path, content=json.dumps(document, ensure_ascii=False).encode())


def get(sandbox: Sandbox, path: str) -> httpx.Response:
    return ask(sandbox, path, method="GET", headers={})


def messages(response: httpx.Response) -> list[str]:
    document = response.json()
    assert set(document) == {"request_id", "errors"}
    assert all(set(error) == {"message", "code"} for error in document["errors"])
    return [error["message"] for error in document["errors"]]
