"""What a careful admin decides: what is right, and nothing else."""

from checker import Violation


class Admin:
    def __init__(self, site, checker, rng):
        self.site, self.checker, self.rng = site, checker, rng

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
        if action == "removal":
            return entry != it["entry"]
        wanted = it.get("wanted") or {}
        names = ("first_name", "last_name", "email", "caller_id") if it["kind"] == "extension" else (
            "first_name", "last_name", "company")
        return entry == it["entry"] and values == tuple(wanted.get(name, "") for name in names)

    def _adopt(self):
        """What nothing proves to be ours is taken over where it is: the admin looks at it on the PBX. What isn't ours is
        removed there where the number is one of the pool, for whoever got the number waits for it."""
        rows = self.site.ledger_rows("SELECT kind, number FROM objects WHERE unproven_reason IS NOT NULL")
        foreign = sorted(it for it in rows if it in self.checker.foreign and it[1][:2] == "60")
        for key in foreign:
            self.checker.take_foreign_away(key)
        self.checker.renew()
        if sum((kind, number) not in self.checker.foreign for kind, number in rows) > 5 and self.rng.random() < 0.7:
            # Many: the PBX's own export proves those that have what was sent.
            self.audit()
            rows = self.site.ledger_rows("SELECT kind, number FROM objects WHERE unproven_reason IS NOT NULL")
        ours = sorted({key[1] for key in rows if key not in self.checker.foreign and key not in foreign})
        if ours:
            self._command("adopt", *ours)
            # Each costs an update, for nobody knows the values that the PBX has.
            self.checker.needless_allowed += len(ours)
        return len(ours) + len(foreign)

    def _command(self, *words):
        status, output, errors = self.site.command(*words)
        self.checker.check_output(output + errors)
        if status:
            raise Violation(f"{' '.join(words)}: {status}: {output}{errors}")

    def audit(self):
        """Compares the PBX with what it should hold, by its own export, and has what is missing sent again. Returns what
        the audit said."""
        told = ""
        for kind in ("extension", "contact"):
            status, output, errors = self.site.command(
                "audit", "--csv", self.checker.export(kind), "--yes", "--accept-losses")
            self.checker.check_output(output + errors)
            if status not in (0, 1, 3, 4):
                raise Violation(f"the audit failed with {status}: {output}{errors}")
            self.checker.check_calls()
            told += output
        return told
