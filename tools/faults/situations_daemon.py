"""Situations of the daemon: it is stopped inside a run that a notification began, its session is closed by the
server, or several servers answer to one name."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from .checker import Violation
from .fault import Fault, Situation
from .site import Site

if TYPE_CHECKING:
    from .campaign import Cycle

# What was changed must have arrived by then, in seconds; the daemon polls each second.
PATIENCE = 20


class DaemonSituation(Situation):
    site: Site
    daemon: subprocess.Popen[bytes] | None = None

    def start(self, cycle: Cycle) -> None:
        """Starts the daemon and waits until it listens and has made its first poll."""
        self.daemon = cycle.site.start_daemon()
        self._wait(cycle.site.is_daemon_waiting, "listen")

    def _wait(self, condition: Callable[[], bool], what: str | Callable[[], str], patience: float = PATIENCE) -> None:
        assert self.daemon
        end = time.monotonic() + patience
        while not condition():
            if self.daemon.poll() is not None:
                raise Violation(f"the daemon ended with {self.daemon.returncode}: {self.site.daemon_output()[-2000:]}")
            if time.monotonic() > end:
                what = what if isinstance(what, str) else what()
                raise Violation(f"the daemon didn't {what} within {patience} s: {self.site.daemon_output()[-1000:]}")
            time.sleep(0.03)

    def expect_arrival(self, cycle: Cycle) -> None:
        """All that the directory says is on the PBX before long, with nobody's help."""
        begun, is_told = time.monotonic(), False

        def has_arrived() -> bool:
            nonlocal is_told
            cycle.checker.check_calls()
            paused = "SELECT 1 FROM setbacks UNION SELECT 1 FROM known_foreign UNION SELECT 1 FROM refusals"
            if not is_told and time.monotonic() - begun > 2 and cycle.site.ledger_rows(paused):
                # Refused changes and foreign objects have a pause of their own, which an admin can cut short.
                assert self.daemon
                self.daemon.send_signal(signal.SIGUSR1)
                is_told = True
            return not cycle.checker.late()

        self._wait(has_arrived, lambda: f"send {cycle.checker.late()}")

    def stop(self, cycle: Cycle, signal: signal.Signals = signal.SIGTERM) -> None:
        """Ends the daemon, within ten seconds and the time of the requests in flight."""
        assert self.daemon
        self.daemon.send_signal(signal)
        try:
            self.daemon.wait(13)
        except Exception:
            self.daemon.kill()
            raise Violation(f"the daemon didn't end within 13 s: {cycle.site.daemon_output()[-2000:]}")
        cycle.site.pbx_proxy.wait_until_idle()
        cycle.checker.check_output(cycle.site.daemon_output())
        if signal == signal.SIGTERM and self.daemon.returncode != 0:
            raise Violation(f"the daemon ended with {self.daemon.returncode}: {cycle.site.daemon_output()[-2000:]}")
        cycle.checker.check_calls()
        cycle.checker.note_doubts(0)

    def play(self, cycle: Cycle) -> None:
        self.site = cycle.site
        cycle.now = str(self)
        self.daemon = None
        try:
            self.story(cycle)
        finally:
            if self.daemon and self.daemon.poll() is None:
                self.daemon.kill()
                self.daemon.wait()
                cycle.site.pbx_proxy.wait_until_idle()
                cycle.checker.check_calls()
                cycle.checker.note_doubts(0)

    def story(self, cycle: Cycle) -> None:
        raise NotImplementedError


class DaemonStopped(DaemonSituation):
    """The daemon is stopped inside a run over a few entries, and started again."""

    weight = 12

    def story(self, cycle: Cycle) -> None:
        site, rng = cycle.site, self.rng
        site.configure(retries=rng.choice([0, 2]), updates=100)
        self.start(cycle)
        fault = rng.choice([None, "down", "cut-before", "cut-after", "error-500", "delay"])
        how = rng.choice([signal.SIGTERM, signal.SIGKILL])
        after = rng.choice([rng.uniform(0.1, 0.5), rng.uniform(0.1, 1.5)])
        self.detail = f"{fault}, {how.name} after {after:.2f} s"
        cycle.now = str(self)
        if fault == "down":
            site.pbx_proxy.refuse()
        elif fault:
            site.pbx.set_faults([{"kind": fault, "ms": 400}])
        try:
            cycle.change()
            time.sleep(after)
            self.stop(cycle, how)
        finally:
            site.pbx.set_faults([])
            site.pbx_proxy.disarm()
            site.configure(updates=100)
        try:
            self.start(cycle)
            self.expect_arrival(cycle)
            self.stop(cycle)
        finally:
            site.configure()


class SessionClosed(DaemonSituation):
    """The server closes sessions that are idle for a second."""

    weight = 4

    def story(self, cycle: Cycle) -> None:
        site = cycle.site
        idle = "dn: cn=config\nchangetype: modify\nreplace: olcIdleTimeout\nolcIdleTimeout: {}\n\n"
        site.directory.change(idle.format(1), bind="cn=config")
        site.configure(poll="6s", updates=100)
        try:
            self.start(cycle)
            for _ in range(2):
                time.sleep(self.rng.uniform(1, 4))
                cycle.change()
                self.expect_arrival(cycle)
            self.stop(cycle)
        finally:
            site.configure()
            site.directory.change(idle.format(0), bind="cn=config")


class TwoServers(DaemonSituation):
    """Behind one name are two servers by turns, and one of them lags behind."""

    weight = 4

    def story(self, cycle: Cycle) -> None:
        site = cycle.site
        port = site.start_laggard(site.directory.dump())
        site.ldap_proxy.targets = [site.directory.port, port]
        site.configure(updates=100)
        try:
            self.start(cycle)
            cycle.change()
            time.sleep(self.rng.uniform(0.3, 1.5))
            assert site.laggard
            site.laggard.catch_up(site.directory.dump())
            self.expect_arrival(cycle)
            self.stop(cycle)
        finally:
            site.configure()
            site.ldap_proxy.targets = [site.directory.port]
            site.stop_laggard()


ALL: list[type[Fault]] = [DaemonStopped, SessionClosed, TwoServers]
