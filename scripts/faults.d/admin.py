"""What a careful admin decides: what is right, and nothing else."""

from checker import Violation


class Admin:
    def __init__(self, site, checker):
        self.site, self.checker = site, checker

    def decide(self, report):
        """Looks at what a run left to decide. Returns how much was decided."""
        return sum([self._approve(held) for held in report["held"]]) + self._adopt()

    def _approve(self, held):
        """A held set passes where each of its changes is what the directory says."""
        if any(not self._is_right(held.get("action", "removal"), it) for it in held["objects"]):
            return False
        self.site.command("approve", held["name"])
        return True

    def _is_right(self, action, it):
        values, entry = self.checker.truth.get((it["kind"], it["number"]), (None, None))
        return entry != it["entry"] if action == "removal" else entry == it["entry"]

    def _adopt(self):
        """What nothing proves to be ours is taken over where it is: the admin looks at it on the PBX."""
        if not self.site.has_unproven:
            return 0
        rows = self.site.ledger_rows("SELECT kind, number FROM objects WHERE unproven_reason IS NOT NULL")
        ours = sorted({number for kind, number in rows if (kind, number) not in self.checker.foreign})
        if ours:
            status, output, errors = self.site.command("adopt", *ours)
            # Each costs an update, for nobody knows the values that the PBX has.
            self.checker.needless_allowed += len(ours)
        return len(ours)

    def audit(self, by_probe=False):
        """Compares the PBX with what it should hold, by its own export or by asking, and has what is missing sent again."""
        arguments = [[]] if by_probe else [["--csv", self.checker.export(kind)] for kind in ("extension", "contact")]
        told = ""
        for words in arguments:
            status, output, errors = self.site.command("audit", *words, "--yes")
            self.checker.check_output(output + errors)
            if status not in (0, 1, 3, 4):
                raise Violation(f"the audit failed with {status}: {output}{errors}")
            told += output
        return told
