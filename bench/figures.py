"""What was measured, and whether it meets its target."""
import statistics


class Figures:
    """Each figure is one value a round; what is printed is the median."""

    def __init__(self):
        self.values = {}

    def add(self, name, value):
        self.values.setdefault(name, []).append(value)

    def has(self, *names):
        return all(name in self.values for name in names)

    def median(self, name):
        return statistics.median(self.values[name])

    def shown(self, name, digits=1):
        """The median, and how far the rounds lie apart."""
        values = self.values[name]
        if len(values) == 1:
            return f"{values[0]:.{digits}f}"
        return f"{self.median(name):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"

    def ratio(self, name, other):
        """The median of the ratios round by round, so that a slow minute of the machine counts for both."""
        pairs = zip(self.values[name], self.values[other])
        return statistics.median(mine / theirs for mine, theirs in pairs)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " --: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


class Targets:
    def __init__(self):
        self.rows = []

    def at_most(self, what, value, limit, unit="", digits=2):
        self._add(what, value, f"<= {limit:.{digits}f}{unit}", value <= limit, unit, digits)

    def at_least(self, what, value, limit, unit="", digits=2):
        self._add(what, value, f">= {limit:.{digits}f}{unit}", value >= limit, unit, digits)

    def _add(self, what, value, limit, met, unit, digits):
        self.rows.append([what, f"{value:.{digits}f}{unit}", limit, "yes" if met else "**no**"])

    def text(self):
        return table(["target", "measured", "allowed", "met"], self.rows)
