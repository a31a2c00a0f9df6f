"""The simulated PBX, and what can be done to it."""

import contextlib
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Any

#: An object's kind and number.
Key = tuple[str, str]
#: An object's values, in the order of FIELDS and without the number.
Values = tuple[str, ...]
#: One call of the log, or one extension or contact, as the simulator's JSON has them.
JSON = dict[str, Any]

KEY = "a-key-that-must-not-be-seen"
#: How the API spells the number and the values of an object.
FIELDS = {
    "extension": ("ExtentionNumber", "FirstName", "LastName", "EmailAddress", "OutboundCallerID"),
    "contact": ("PhoneNumber", "FirstName", "LastName", "CompanyName"),
}


class PBX:
    """Runs until `stop`. Its key is in `pbx-key` in `folder`."""

    def __init__(self, folder: str, programs: str, name: str = "pbx", listen: str = "127.0.0.1:0") -> None:
        port_file = f"{folder}/{name}-port"
        with contextlib.suppress(FileNotFoundError):
            os.remove(port_file)
        with open(os.open(f"{folder}/pbx-key", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(KEY)
        self.process = subprocess.Popen(
            [f"{programs}/pbx-simulator", "--listen", listen, "--key-file", f"{folder}/pbx-key",
             "--port-file", port_file], stdout=subprocess.DEVNULL)
        while not (os.path.exists(port_file) and os.path.getsize(port_file)):
            if self.process.poll() is not None:
                raise RuntimeError(f"pbx-simulator ended with {self.process.returncode}")
            time.sleep(0.01)
        with open(port_file) as file:
            self.port = int(file.read())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def state(self) -> JSON:
        state: JSON = self._ask("GET", "state.json")
        return state

    def log(self) -> list[JSON]:
        log: list[JSON] = self._ask("GET", "log.json")
        return log

    def reset_log(self) -> None:
        self._ask("POST", "control/reset-log", [])

    def lay(self, objects: Mapping[Key, Values]) -> None:
        """Puts objects there, without a mail."""
        kinds: dict[str, list[JSON]] = {"extension": [], "contact": []}
        for (kind, number), values in objects.items():
            kinds[kind].append(dict(zip(FIELDS[kind], (number, *values))))
        for kind, items in kinds.items():
            if items:
                self._ask("POST", f"control/{kind}s", items)

    def lose(self, keys: Iterable[Key]) -> None:
        """Takes objects away, as somebody does by hand, or as a disk does."""
        keys = list(keys)
        for kind in FIELDS:
            numbers = [number for its_kind, number in keys if its_kind == kind]
            if numbers:
                self._ask("DELETE", f"control/{kind}s", numbers)

    def set(self, **settings: str) -> None:
        self._ask("POST", "control/settings", settings)

    def set_faults(self, faults: list[JSON]) -> None:
        self._ask("POST", "control/faults", faults)
