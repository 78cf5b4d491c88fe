import gc

from core.memory import keep_loaded


def test_what_is_loaded_is_left_out_of_garbage_collection():
    try:
        keep_loaded()

        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
