"""Batches that wait on disk come back as they were, as often as they are asked for."""

from api.pipeline.stored_batches import StoredBatches
from tests.tiles.builders import box_at_seat, building_stream


def test_batches_on_disk_are_those_of_the_stream_every_time():
    def stream():
        return building_stream([box_at_seat(dx=30 * n) for n in range(50)], batch_size=7)

    wanted = [batch.records for batch in stream().batches]
    for held in (0, 20, 100):
        stored = StoredBatches(stream(), held)
        assert (stored.rows, len(stored)) == (50, 8)
        for _ in range(2):
            assert [batch.records for batch in stored] == wanted
        first, second = iter(stored), iter(stored)  # two readers at a time do not disturb each other
        next(first)
        assert next(second).records == wanted[0]
        assert next(first).records == wanted[1]
