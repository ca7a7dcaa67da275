"""Several people at once: everybody gets the answer to their own question, and nothing is lost."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from core.dataset.annotation_set import AI
from tests.browser.conftest import Studied
from tests.browser.person import Person

PEOPLE, MOVES = 6, 3


def test_everybody_is_answered_for_their_own_slider(studied: Studied) -> None:
    async def one(number: int) -> None:
        person = Person(studied.url)
        await person.open("workload", {"run": studied.run_id})
        for move in range(MOVES):
            share = 20 + 10 * number + move
            await person.move(f"The {AI} takes", share)
            held = [text for text in person.texts if text.startswith(f"The {AI} is held at")]
            assert len(held) == 1
            assert f"held at {share}.0" in held[0]
            assert f"~l{share / 100:g}" in person.query
        await person.leave()

    async def everyone() -> None:
        await asyncio.gather(*(one(number) for number in range(PEOPLE)))

    with ThreadPoolExecutor(1) as thread:  # Playwright's loop may run in this one
        thread.submit(lambda: asyncio.run(everyone())).result()
