"""`tiji serve` as a process: it starts, answers, and stops without losing a request."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tiji.cli import main
from tiji.metrics import SHARED

CLI = Path(__file__).parents[2] / "cli.py"
PATIENCE_S = 60.0


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, path: str) -> tuple[int, str]:
    """Ask over a connection of its own."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


class Serving:
    """A server process on a free port."""

    def __init__(self, *options: str, **environment: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, str(CLI), "serve", "--port", str(self.port), *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **environment}, start_new_session=True,
        )  # fmt: skip

    def wait_until_it_answers(self) -> None:
        """Wait for the first answer."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                assert ask(self.port, "/healthz")[0] == 200
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(self.process.communicate(timeout=5))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str, list[Any]]:
        """Tell it to stop; give its exit code, its output and its log lines."""
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, [json.loads(line) for line in err.splitlines()]


@contextmanager
def serving(*options: str, **environment: str) -> Iterator[Serving]:
    """Run a server, and leave no process of it."""
    server = Serving(*options, **environment)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        if server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.communicate()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("home")
def test_it_starts_answers_and_stops(how: signal.Signals) -> None:
    with serving() as server:
        status, text = ask(server.port, "/readyz")
        assert (status, json.loads(text)["ready"]) == (200, True)
        assert "tiji_database_up 1.0" in ask(server.port, "/metrics")[1]
        assert ask(server.port, "/nowhere")[0] == 404
        code, out, lines = server.stop(how)
    assert code == 0
    assert f"http://127.0.0.1:{server.port}" in out
    events = [line["event"] for line in lines if line["logger"].startswith("tiji.web")]
    assert events == ["serving", "request", "stopped"]
    with pytest.raises(ConnectionRefusedError):
        ask(server.port, "/healthz")


@pytest.mark.usefixtures("home")
def test_a_worker_works_beside_the_pages_unless_workers_do() -> None:
    with serving() as server:
        wait_for(lambda: "tiji_workers_alive 1.0" in ask(server.port, "/metrics")[1])
        _code, _out, lines = server.stop()
    assert "sweep done" in [line["event"] for line in lines]
    with serving(TIJI_DELIVER="worker") as server:
        figures = ask(server.port, "/metrics")[1]
        assert "tiji_workers_alive 0.0" in figures, "the first one signed off"
        _code, _out, lines = server.stop()
    assert "sweep done" not in [line["event"] for line in lines]


def wait_for(true: Callable[[], bool]) -> None:
    """Wait for a condition; fail if it does not come."""
    until = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)


def _held(file: Path) -> sqlite3.Connection:
    """Give a connection that keeps everybody from a database's file.

    While it waits it would keep a writer from its commit, and the writer keeps it from its lock: it
    lets go and tries again.
    """
    for _try in range(200):
        holder = sqlite3.connect(file, timeout=0.05)
        try:
            holder.execute("PRAGMA locking_mode=EXCLUSIVE")
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            holder.close()
        else:
            return holder
    raise AssertionError("somebody writes all the time")


@pytest.mark.sqlite("one locks the file")
def test_a_request_that_runs_is_finished_before_it_stops(home: Path) -> None:
    answers: list[tuple[int, str]] = []
    with serving() as server, closing(_held(home / "tiji.db")) as holder:
        asking = threading.Thread(target=lambda: answers.append(ask(server.port, "/readyz")))
        asking.start()
        assert ask(server.port, "/healthz")[0] == 200, "it answers others meanwhile"
        server.process.send_signal(signal.SIGTERM)
        asking.join(1)
        assert answers == [], "it waits for the file"
        assert server.process.poll() is None, "and the process for it"
        holder.rollback()
        holder.close()
        asking.join(PATIENCE_S)
        code, _out, _lines = server.stop()
    assert [status for status, _text in answers] == [200]
    assert code == 0


@pytest.mark.usefixtures("home")
def test_no_process_lives_on_when_the_server_is_killed() -> None:
    with serving() as server:
        server.process.kill()
        lines = server.process.communicate(timeout=PATIENCE_S)[1]  # its processes write there too
    assert '"stopped"' in lines
    with pytest.raises(ConnectionRefusedError):
        ask(server.port, "/healthz")


@pytest.mark.sqlite("SQLite has one writing process")
@pytest.mark.usefixtures("home")
def test_a_file_is_served_by_one_process() -> None:
    result = CliRunner().invoke(main, ["serve", "--workers", "2"])
    assert result.exit_code == 2
    assert "one writing process" in result.stderr


@pytest.mark.usefixtures("home")
def test_several_processes_share_their_figures(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    if pytestconfig.getoption("--database") == "sqlite":
        pytest.skip("several processes need PostgreSQL")
    with serving("--workers", "2", **{SHARED: str(tmp_path / "shared")}) as server:
        for _time in range(30):
            ask(server.port, "/nowhere")
        name = 'tiji_http_requests_total{route="none",status="404"} 30.0'
        assert all(name in ask(server.port, "/metrics")[1] for _time in range(6))
        code, _out, lines = server.stop()
    assert code == 0
    assert [line["event"] for line in lines].count("serving") == 2


@pytest.mark.usefixtures("home")
def test_an_address_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, str(CLI), "serve", "--port", str(port)],
            capture_output=True, text=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_wrong_is_said_before_anything_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIJI_HOME", str(tmp_path / "nothing"))
    result = CliRunner().invoke(main, ["serve"])
    assert result.exit_code == 1
    assert "tiji init" in result.stderr
