"""Where shards are made: in processes of this machine, or on a Ray cluster of many (extra `cluster`)."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from importlib.util import find_spec
from typing import Any

from foleydesigner.errors import DatasetError, MissingExtraError
from foleydesigner.generator.filmstereo.building import Job, Pool, Runner
from foleydesigner.generator.filmstereo.processes import spawned

Result = tuple[int, bytes, float]
_THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_AHEAD = 2
"""Jobs that wait for each worker: enough that none idles, few enough that their sounds do not fill the memory."""


class LocalPool:
    """Processes of this machine; one worker works in this very process."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def run(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """See `Pool`.

        Raises:
            DatasetError: a worker was killed.
        """
        for name in _THREAD_LIMITS if self._workers > 1 else ():
            # Each process has a core; threads of libraries would only get in each other's way.
            os.environ.setdefault(name, "1")
        with spawned(self._workers) as pool:
            if pool is None:
                yield from (job() for job in jobs)
                return
            try:
                yield from _ahead(pool, iter(jobs), self._workers * _AHEAD)
            except BrokenExecutor as error:
                raise DatasetError(
                    "a worker was killed", "room for all of them", "pass fewer --workers; what is made is kept"
                ) from error


def _ahead(pool: ProcessPoolExecutor, jobs: Iterator[Job], count: int) -> Iterator[Result]:
    """Results as they come; no more than `count` jobs wait, since each holds its sounds."""
    waiting: set[Future[Result]] = {pool.submit(job) for job in itertools.islice(jobs, count)}
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        waiting |= {pool.submit(job) for job in itertools.islice(jobs, len(done))}
        for future in done:
            yield future.result()


class RayPool:
    """A Ray cluster: the one at `address`, or one that is started here with `workers` cores.

    Tasks carry the sounds that they need and give back a shard's bytes, so that machines need not share a disk.

    Raises:
        MissingExtraError: Ray is not installed.
    """

    def __init__(self, workers: int, address: str = "") -> None:
        if find_spec("ray") is None:
            raise MissingExtraError("ray is not installed", "it, for --on ray", "pip install 'foleydesigner[cluster]'")
        self._workers, self._address = workers, address

    def run(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """See `Pool`.

        Raises:
            DatasetError: the cluster cannot be reached, or a task died in it.
        """
        import ray

        # Ray reports how it is used to its maker unless it is told not to.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        where: dict[str, Any] = (
            {"address": self._address} if self._address else {"num_cpus": self._workers, "include_dashboard": False}
        )
        try:
            ray.init(log_to_driver=False, **where)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise DatasetError(
                f"no Ray cluster answers ({error})", "one at --address, or none for a local one", "ray start --head"
            ) from error
        try:
            yield from _on_ray(ray, iter(jobs))
        except ray.exceptions.RayError as error:
            raise DatasetError(
                f"a task died ({error})", "a whole cluster", "build again; what is made is kept"
            ) from error
        finally:
            ray.shutdown()


def _on_ray(ray: Any, jobs: Iterator[Job]) -> Iterator[Result]:
    call = ray.remote(_called).options(num_cpus=1, max_retries=2)
    count = max(1, int(ray.cluster_resources().get("CPU", 1))) * _AHEAD
    waiting = [call.remote(job) for job in itertools.islice(jobs, count)]
    while waiting:
        (done,), waiting = ray.wait(waiting, num_returns=1)
        waiting += [call.remote(job) for job in itertools.islice(jobs, 1)]
        yield ray.get(done)


def _called(job: Job) -> Result:
    return job()


def pool_of(runner: Runner, workers: int, address: str = "") -> Pool:
    """The pool of that name."""
    return RayPool(workers, address) if runner == "ray" else LocalPool(workers)
