"""How is a Dask scheduler reached, and are its workers like this program?

Either at the address that somebody gave, or on loopback in this very process, with workers in processes of
their own. What Dask logs is held back: what matters becomes a sentence.
"""

import gc
import importlib.util
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.processes.likeness import PROGRAM, Terms, UnlikeWorker, refused
from pipeline.processes.local import available_cores
from pipeline.processes.starting import interrupts_held_back, main_left_alone
from pipeline.terminal import say

__all__ = ["ask_workers", "begun", "check_extra", "opened_client", "tell_of_cluster"]

SECONDS_TO_CONNECT = 10
N_TRIES = 3
Opened = TypeVar("Opened")


def check_extra() -> None:
    """Make sure that Dask is here.

    Raises:
        PipelineError: it is not.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise PipelineError(
            f"--engine dask needs the extra distributed, which is not installed ({error}); "
            "pip install 'audio-anomaly[distributed]', or make evaluate ARGS=\"--engine dask\""
        ) from error


def opened_client(scheduler: str, n_deaths: int, opened: ExitStack) -> Any:
    """Return a Dask client.

    Args:
        scheduler: the address; empty for a cluster of this machine with one worker a core.
        n_deaths: workers of such a cluster that one batch may kill.
        opened: closes everything that is opened here.

    Raises:
        ConfigurationError: the address is none.
        PipelineError: nobody answers at the address.
    """
    import dask

    noise = logging.getLogger("distributed")
    opened.callback(noise.setLevel, noise.level)
    noise.setLevel(logging.CRITICAL)
    # A batch is some megabytes by design.
    opened.enter_context(dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"}))
    # Threads and processes that are started here leave Ctrl-C to this program.
    with interrupts_held_back(), main_left_alone(opened_client):
        return _client_at(scheduler, opened) if scheduler else _own_client(n_deaths, opened)


def begun(start: Callable[[], Opened]) -> Opened:
    """Return what ``start`` makes of Dask, tried again where a thread of it did not begin.

    Dask gives that thread ten seconds and then fails with a bare AssertionError. A machine that stood still
    for a while needs no more than another try. It holds a lock meanwhile, which a forgotten client takes as
    well when it is collected: garbage is collected before, and not while Dask starts.

    Raises:
        PipelineError: it did not begin several times in a row.
    """
    for _ in range(N_TRIES - 1):
        with suppress(AssertionError), _no_collection():
            return start()
    try:
        with _no_collection():
            return start()
    except AssertionError as error:
        raise PipelineError(
            f"a thread of Dask did not begin within 10 s, {N_TRIES} times in a row; end other programs and "
            "call again, or leave out --engine dask"
        ) from error


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.collect()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _client_at(scheduler: str, opened: ExitStack) -> Any:
    from distributed import Client

    try:
        client = begun(lambda: Client(scheduler, timeout=SECONDS_TO_CONNECT, set_as_default=False))
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"--scheduler {scheduler} is no address ({error}); give one like tcp://host:8786"
        ) from error
    except OSError as error:
        raise PipelineError(
            f"no scheduler answered at {scheduler} within {SECONDS_TO_CONNECT} s; start one with `dask "
            "scheduler`, or leave out --scheduler for a cluster of this machine"
        ) from error
    opened.callback(client.close)
    return client


def _own_client(n_deaths: int, opened: ExitStack) -> Any:
    import dask
    from distributed import Client, LocalCluster

    scratch = opened.enter_context(
        tempfile.TemporaryDirectory(prefix="audio-anomaly-", ignore_cleanup_errors=True)
    )
    with dask.config.set({"distributed.scheduler.allowed-failures": n_deaths - 1}):
        start = partial(
            LocalCluster,
            n_workers=available_cores(),
            threads_per_worker=1,
            host="127.0.0.1",
            # A worker that is short of memory would pause; here the system decides, as for other processes.
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
            local_directory=scratch,
            silence_logs=logging.CRITICAL,
        )
        cluster = begun(start)
    opened.callback(_close, cluster)
    client = begun(lambda: Client(cluster, set_as_default=False))
    opened.callback(client.close)
    return client


def _close(cluster: Any) -> None:
    """End the workers; those that do not listen in time end with this process."""
    with suppress(TimeoutError):
        cluster.close(timeout=SECONDS_TO_CONNECT)


def tell_of_cluster(client: Any, scheduler: str) -> None:
    """Say where work goes, and where it can be watched."""
    services = client.scheduler_info(n_workers=0)["services"]
    has_dashboard = "dashboard" in services and client.run_on_scheduler(_draws_dashboard)
    link = f"; dashboard {client.dashboard_link}" if has_dashboard else ""
    say(f"engine: dask, {len(client.nthreads())} workers of {scheduler or 'this machine'}{link}")


def _draws_dashboard() -> bool:
    """Say whether this scheduler has what draws its dashboard: without it the page only says so."""
    return importlib.util.find_spec("bokeh") is not None


def ask_workers(client: Any, scheduler: str, terms: Terms) -> None:
    """Ask a scheduler and the workers that are there whether they are like this program.

    Raises:
        UnlikeWorker: one is not.
    """
    # The scheduler reads what passes through it, and no file.
    no_folders = replace(terms, folder=os.sep, folders=())
    found: dict[str, Any] = {}
    try:
        found[f"the scheduler at {scheduler}"] = client.run_on_scheduler(refused, no_folders)
    except Exception as error:  # whatever the scheduler's own Python made of the question
        found[f"the scheduler at {scheduler}"] = error
    workers: Mapping[str, Any] = client.run(refused, terms, on_error="return")
    found |= {f"the worker {address}": reason for address, reason in workers.items()}
    for who, reason in found.items():
        if isinstance(reason, Exception):
            raise UnlikeWorker(
                f"{who} cannot work with this program, which is {PROGRAM} {terms.versions[PROGRAM]} here: "
                f"{reason}; install the same there, with the extra distributed"
            ) from reason
        if reason:
            raise UnlikeWorker(f"{who} is refused: {reason}")
