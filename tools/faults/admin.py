"""What a careful admin decides: what is right, and nothing else."""

import random
from typing import Any

from ..servers.pbx import JSON, Key
from .checker import Checker, Violation
from .fault import Report
from .site import Site


class Admin:
    def __init__(self, site: Site, checker: Checker, rng: random.Random) -> None:
        self.site, self.checker, self.rng = site, checker, rng
        # The managed objects on the PBX when an older ledger was restored; the ledger may not know them, or lose them.
        self.forgotten: set[Key] = set()
        # True until an export shows the holders of the numbers again.
        self.has_restored = False
        # The last changes that weren't approved, with the directory's values, to explain a violation.
        self.refused: list[Any] = []

    def decide(self, report: Report) -> int:
        """Looks at what a run left to decide. Returns how much was decided."""
        return sum([self._approve(held) for held in report["held"]]) + self._decide_unproven() + self._remove_forgotten()

    def _approve(self, held: JSON) -> bool:
        """A held set passes where each of its changes is what the directory says."""
        wrong = [it for it in held["objects"] if not self._is_right(held.get("action", "removal"), it)]
        if wrong:
            self.refused = [(it, self.checker.truth.get((it["kind"], it["number"]))) for it in wrong[:3]]
            return False
        self.site.command("approve", held["name"])
        return True

    def _is_right(self, action: str, it: JSON) -> bool:
        if action == "addition" and (it["kind"], it["number"]) in self.checker.foreign:
            # It asks again, and is refused.
            return True
        values, entry = self.checker.truth.get((it["kind"], it["number"]), (None, None))
        if action == "removal":
            return entry != it["entry"]
        wanted = it.get("wanted") or {}
        names = ("first_name", "last_name", "email", "caller_id") if it["kind"] == "extension" else (
            "first_name", "last_name", "company")
        if action == "addition" and entry is None and it["number"][:2] == "60":
            # The entry is to have a number of the pool, and no other entry has this one.
            values, entry = self.checker.numberless.get(it["entry"]), it["entry"]
        return entry == it["entry"] and values == tuple(wanted.get(name, "") for name in names)

    def _decide_unproven(self) -> int:
        """The admin looks at the unproven objects on the PBX, adopts those that are managed and wanted, and removes those that are
        no longer wanted. An object made by hand is left alone or released; if it has a number of the pool, it goes, or the entry
        that got the number gets another. An audit finds missing objects."""
        checker, rng = self.checker, self.rng
        rows = self._unproven()
        if self.has_restored or sum(key not in checker.foreign for key in rows) > 5 and rng.random() < 0.7:
            # Many, or numbers of the pool that a restored ledger may not know: the PBX's own export proves those that have
            # what was sent, and shows who has which number.
            self.audit()
            self.has_restored = False
            rows = self._unproven()
        adopted: set[str] = set()
        released: set[str] = set()
        removed = 0
        for key, entry in rows.items():
            is_of_pool = key[0] == "extension" and key[1][:2] == "60" and key[1] not in checker.FOREIGN_EXTENSIONS
            if not checker.mirror.has(key):
                continue
            if key in checker.foreign:
                if is_of_pool and rng.random() < 0.5:
                    checker.take_foreign_away(key)
                    removed += 1
                elif is_of_pool or rng.random() < 0.2:
                    released.add(key[1])
            elif key not in checker.truth:
                checker.edit(key)
            elif is_of_pool and checker.truth[key][1] != entry:
                # A restored ledger gave somebody the number that another has.
                released.add(key[1])
            else:
                adopted.add(key[1])
        checker.renew()
        if adopted:
            self._command("adopt", *sorted(adopted))
            # Each costs an update, for nobody knows the values that the PBX has.
            checker.needless_allowed += len(adopted)
        if released:
            self._command("release", *sorted(released))
        known = self.site.ledger_rows("SELECT kind, number FROM known_foreign")
        absent = [key for key in [*self._unproven(), *known] if not checker.mirror.has(key)]
        if absent:
            self.audit()
        return len(adopted) + len(released) + removed + len(absent) + self._claim()

    def _claim(self) -> int:
        """An object of the pool that an export showed after a restore, and whose entry is unknown, belongs to the person with its
        mail address. Objects made by hand and objects of leavers are released; those of leavers are deleted."""
        checker = self.checker
        adopted: list[str] = []
        released: list[str] = []
        for key in self.site.ledger_rows("SELECT kind, number FROM adoptions WHERE known = 2 ORDER BY 1, 2"):
            values, _ = checker.truth.get(key, (None, None))
            if key not in checker.foreign and values and values[2] == checker.mirror.extensions.get(key[1], [None] * 3)[2]:
                adopted.append(key[1])
                continue
            released.append(key[1])
            if key not in checker.foreign and checker.mirror.has(key):
                checker.edit(key)
        if adopted:
            self._command("adopt", *adopted)
            checker.needless_allowed += len(adopted)
        if released:
            self._command("release", *released)
        return len(adopted) + len(released)

    def _unproven(self) -> dict[Key, str]:
        """The unproven objects with their entries, without extensions with a call in doubt, which the next run settles."""
        rows = self.site.ledger_rows(
            "SELECT kind, number, entry FROM objects WHERE unproven_reason IS NOT NULL ORDER BY 1, 2")
        in_doubt = {key for key in self.site.in_doubt() if key[0] == "extension"} if rows else set()
        return {(kind, number): entry for kind, number, entry in rows if (kind, number) not in in_doubt}

    def note_restored(self) -> None:
        """A ledger was restored, and said which changes of later it doesn't know."""
        self.forgotten = {key for key, _ in self.checker.mirror.objects() if key not in self.checker.foreign}
        self.has_restored = True

    def _known(self) -> set[Key]:
        return set(self.site.ledger_rows("SELECT kind, number FROM objects")) | self.site.in_doubt()

    def _remove_forgotten(self) -> int:
        """The admin removes objects that were made after the backup and are no longer wanted: nothing else knows them. Wanted
        objects that pass for an earlier holder's are adopted, and so are objects that are back on the PBX and that the ledger
        has forgotten."""
        checker = self.checker
        self.forgotten = {key for key in self.forgotten if checker.mirror.has(key) and key not in checker.foreign}
        forgotten = self.forgotten - self._known()
        gone = sorted(forgotten - checker.truth.keys())
        for key in gone:
            checker.edit(key)
        in_the_way = self.site.ledger_rows(
            "SELECT kind, number FROM known_foreign UNION SELECT kind, number FROM refusals WHERE verdict = 'taken'")
        pbx = dict(checker.mirror.objects())
        again = {key for key in in_the_way if key in pbx and key not in checker.foreign
                 and key in checker.truth and checker.truth[key][0] != pbx[key]} - self._known()  # fmt: skip
        ours = sorted({number for _, number in forgotten & checker.truth.keys() & set(in_the_way) | again if number[:2] != "60"})
        if ours:
            self._command("adopt", *ours)
            checker.needless_allowed += len(ours)
        return len(gone) + len(ours)

    def _command(self, *words: str) -> None:
        status, output, errors = self.site.command(*words)
        self.checker.check_output(output + errors)
        if status:
            raise Violation(f"{' '.join(words)}: {status}: {output}{errors}")

    def audit(self) -> str:
        """Compares the PBX with what it should hold, by its own export, and has what is missing sent again. Returns what
        the audit said."""
        told = ""
        for kind in ("extension", "contact"):
            for _ in range(2):
                status, output, errors = self.site.command(
                    "audit", "--csv", self.checker.export(kind), "--yes", "--accept-losses")
                self.checker.check_output(output + errors)
                if status != 65 or "no longer checks" not in errors:
                    break
                # An updated PBX made extensions of the questions; the ledger has them now, and the next audit doesn't ask.
                self.checker.check_calls()
            if status not in (0, 1, 3, 4):
                raise Violation(f"the audit failed with {status}: {output}{errors}")
            self.checker.check_calls()
            told += output
        return told
