"""What one writes by hand in an afternoon: pandas, httpx and tenacity, a pool of tasks, no record.

python by_hand.py FILE URL
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

import httpx
import pandas as pd
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

STATUS_IDS = {"Kontakt": "3", "Nie dzwonić": "4", "Sprzedaż": "8"}
WORKERS = 32


@retry(
    retry=retry_if_exception_type(httpx.TransportError),
    stop=stop_after_attempt(5),
    wait=wait_random_exponential(max=30),
)
async def put(client: httpx.AsyncClient, url: str, body: Mapping[str, object]) -> int:
    response = await client.put(url, json=body)
    return response.status_code


async def main(path: str, url: str) -> None:
    frame = pd.read_csv(path, sep=";", dtype=str)
    rows = iter(frame.to_dict("records"))
    statuses: list[int] = []
    async with httpx.AsyncClient(auth=("bench", "bench"), timeout=30) as client:

        async def work() -> None:
            for row in rows:
                fields = {"imie": row["Imię"], "nazwisko": row["Nazwisko"], "miasto": row["Miasto"]}
                body = {"status_id": STATUS_IDS[row["Status"]], "record_fields": fields}
                statuses.append(await put(client, url + row["ID"], body))

        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(work())
    frame["status"] = statuses
    frame.to_csv(path + ".results", index=False)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
