"""The daemon and commands at work on one file at the same time: nobody twice, no lock error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from connector.app import build_company, open_stores
from connector.flows.applications import sync_applications
from connector.flows.company import Company
from connector.flows.inquiry import stuck
from connector.flows.send import find_starts, send
from tests.flows.scene import BRISK, Scene


def another_process(scene: Scene) -> Company:
    """Return the company as a second process on the same file would build it."""
    stores = open_stores(f"sqlite:///{scene.file}")
    scene._opened.append(stores)
    return replace(build_company(scene.mapping, stores, tuning=BRISK), clock=scene.clock)


def at_once(*works: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for future in [pool.submit(work) for work in works]:
            future.result()


def test_four_daemons_on_one_file_make_one_application_each(scene: Scene) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position) for _ in range(20)]
    companies = [another_process(scene) for _ in range(4)]
    at_once(*[lambda company=company: sync_applications(company) for company in companies])
    scene.settle()
    assert {scene.outcome(start) for start in starts} == {("done", "sent")}
    assert (scene.posts(), len(scene.applications())) == (20, 20)


def test_a_daemon_and_a_manual_send_of_the_same_people_do_not_double(scene: Scene) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position) for _ in range(8)]
    daemon, command = another_process(scene), another_process(scene)

    def send_each() -> None:
        for start in starts:
            send(command, find_starts(command, start))

    at_once(lambda: sync_applications(daemon), send_each)
    scene.settle()
    assert {scene.outcome(start) for start in starts} == {("done", "sent")}
    assert scene.posts() == 8


def test_commands_read_while_the_daemon_writes(scene: Scene) -> None:
    position = scene.position(scene.job())
    for _ in range(15):
        scene.start(position)
    over = threading.Event()
    reader = another_process(scene)

    def read() -> None:
        while not over.is_set():
            stuck(reader)
            reader.actions.counts(reader.name)

    def write() -> None:
        try:
            scene.sync()
        finally:
            over.set()

    at_once(write, read, read)
    assert len(scene.applications()) == 15


def test_a_stop_in_the_middle_leaves_nobody_behind_and_nothing_in_doubt(scene: Scene) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position) for _ in range(10)]
    real = scene.company.ats.create_application

    def stops_after_one(*args: object) -> object:
        scene.company.stop.set()
        return real(*args)  # type: ignore[arg-type]

    scene.company.ats.create_application = stops_after_one  # type: ignore[method-assign, assignment]
    scene.sync()
    assert 0 < scene.posts() <= scene.company.hands
    scene.restart()
    scene.settle()
    assert {scene.outcome(start) for start in starts} == {("done", "sent")}
    assert scene.posts() == 10
