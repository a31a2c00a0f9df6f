"""What a careful admin decides: what is right, and nothing else."""


class Admin:
    def __init__(self, site, checker):
        self.site, self.checker = site, checker

    def decide(self, report):
        """Looks at what a run left to decide. Returns whether anything was decided."""
        return sum(self._approve(held) for held in report["held"])

    def _approve(self, held):
        """A held set passes where each of its objects is really to go, or really to be the entry's."""
        truth = self.checker.truth
        is_kept = held["action"] != "removal"
        wrong = [
            it for it in held["objects"]
            if (truth.get((it["kind"], it["number"]), (0, 0))[1] == it["entry"]) != is_kept
        ]
        if not wrong:
            self.site.command("approve", held["name"])
        return not wrong
