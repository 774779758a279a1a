"""Where the tea shop keeps its orders."""

import asyncio


class Store:
    def __init__(self) -> None:
        self.orders: dict[int, dict[str, str]] = {}

    async def save(self, number: int, order: dict[str, str]) -> None:
        await asyncio.sleep(0.01)
        self.orders[number] = order

    async def load(self, number: int) -> dict[str, str]:
        await asyncio.sleep(0.01)
        return self.orders[number]
