"""What a careful admin decides: what is right, and nothing else."""


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
