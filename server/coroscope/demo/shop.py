"""A tea shop with four mistakes; `coroscope demo` finds and repairs them."""

import asyncio

from store import Store


async def is_open(hour: int) -> bool:
    await asyncio.sleep(0.01)
    return 9 <= hour < 18


async def sell(store: Store, number: int, tea: str) -> None:
    store.save(number, {"tea": tea, "price": "3 €"})


async def receipt(store: Store, number: int) -> str:
    return "🍵 " + store.load(number)["tea"]


async def main() -> None:
    store = Store()
    if is_open(20):
        await sell(store, 1, "Earl Grey")
        print(await receipt(store, 1))


main()
