"""The daemon's figures, by the scripts that measure it where it is installed and while it listens."""

import json
import subprocess
import tempfile


def figures(house):
    done = subprocess.run([f"{house}/scripts/figures", "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def changes(house):
    """Milliseconds of CPU time for a change that the directory tells of, by how many people there are."""
    with tempfile.NamedTemporaryFile("r") as file:
        subprocess.run(
            [f"{house}/scripts/bench-changes", "openldap", "--sizes", "1000,100000", "--changes", "100", "--json", file.name],
            check=True)  # fmt: skip
        return {str(row["entries"]): row["cpu_ms_per_change"] for row in json.load(file)}
