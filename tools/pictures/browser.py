"""Pictures of a page in Chromium, by the WebDriver protocol (https://www.w3.org/TR/webdriver2/)."""

import base64
import json
import re
import subprocess
import tempfile
import urllib.request
from typing import Any


class Browser:
    """A browser with a screen of this size. Ends with `stop`."""

    def __init__(self, width: int, height: int, is_dark: bool) -> None:
        self.profile = tempfile.TemporaryDirectory(prefix="pbxsyncd-browser-")
        self.driver = subprocess.Popen(["/usr/bin/chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        self.base = f"http://127.0.0.1:{self._port()}"
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--remote-debugging-pipe", f"--user-data-dir={self.profile.name}/profile"]}
        capabilities = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self.session = f"/session/{self._ask('POST', '/session', capabilities)['sessionId']}"
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 640)
        scheme = "dark" if is_dark else "light"
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def _port(self) -> int:
        assert self.driver.stdout
        for line in self.driver.stdout:
            if found := re.search(r"successfully on port (\d+)", line):
                return int(found.group(1))
        raise RuntimeError("chromedriver ended")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, method=method, data=data, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["value"]

    def command(self, name: str, **parameters: Any) -> Any:
        """A command of the browser's own protocol."""
        return self._ask("POST", f"{self.session}/goog/cdp/execute", {"cmd": name, "params": parameters})

    def open(self, path: str, script: str = "") -> None:
        """Shows a file, and has the page run a script."""
        self._ask("POST", f"{self.session}/url", {"url": f"file://{path}"})
        if script:
            self._ask("POST", f"{self.session}/execute/sync", {"script": script, "args": []})

    def save(self, file: str) -> None:
        picture = self.command("Page.captureScreenshot", format="png")["data"]
        with open(file, "wb") as target:
            target.write(base64.b64decode(picture))

    def stop(self) -> None:
        self._ask("DELETE", self.session)
        self.driver.terminate()
        self.driver.wait()
        self.profile.cleanup()
