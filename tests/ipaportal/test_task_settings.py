"""Celery as Redis really behaves: lost tasks come back, none runs beside itself, all end."""

from ipaportal.celery import app


def test_a_task_that_a_dead_worker_held_is_handed_out_again():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_no_task_is_handed_out_again_while_it_may_still_run():
    limit = app.conf.task_time_limit
    assert limit
    assert app.conf.broker_transport_options["visibility_timeout"] >= 2 * limit
    for name, task in app.tasks.items():
        own = task.time_limit or limit
        assert 2 * own <= app.conf.broker_transport_options["visibility_timeout"], name


def test_no_task_waits_in_the_broker_for_longer_than_it_is_kept_there():
    for entry in app.conf.beat_schedule.values():
        assert not set(entry.get("options", {})) & {"eta", "countdown"}


def test_tasks_are_words_and_numbers_never_code():
    assert app.conf.task_serializer == "json"
    assert set(app.conf.accept_content) == {"json"}
    assert app.conf.task_ignore_result
