"""One of something for each event loop."""

import asyncio
import threading

from wsnotebook.layers._per_loop import PerLoop


def test_a_loop_has_its_own_for_as_long_as_it_runs():
    numbers = PerLoop(iter(range(9)).__next__)

    async def look():
        before = numbers.peek()
        return before, numbers.get(), numbers.get(), numbers.peek()

    assert asyncio.run(look()) == (None, 0, 0, 0)
    assert asyncio.run(look()) == (None, 1, 1, 1)
    assert numbers.peek() is None


def test_loops_of_other_threads_may_come_while_closed_ones_are_forgotten():
    made = PerLoop(object)

    async def get():
        return made.get()

    def get_on_a_thread():
        thread = threading.Thread(target=lambda: asyncio.run(get()))
        thread.start()
        thread.join()

    class Old(asyncio.SelectorEventLoop):
        def is_closed(self):
            closed = super().is_closed()
            if closed and threading.current_thread() is threading.main_thread():
                get_on_a_thread()
            return closed

    olds = [Old(), Old()]
    for old in olds:
        old.run_until_complete(get())
    for old in olds:
        old.close()
    assert asyncio.run(get()) is not None
