#!/usr/bin/python3
"""The figures of doc/security.md are those that the rules, the parameters and the VM give."""

import json
import math
import os
import re
import subprocess
import unittest

from support import ROOT

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
PAGE = ROOT / "doc/security.md"
EXAMPLES = ROOT / "contrib/examples"
PINNED = {0, 4, 7, 8, 9}  # of fashion.onnx: who reads images, conv2.weight and full.weight first; who makes the outputs


def percent(share, digits=1):
    return f"{100 * share:.{digits}f} %"


def row(*cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def defaults():
    """The parameters of the market, as its specification has them."""
    text = (ROOT / "doc/spec/market.md").read_text()
    found = {}
    for name, value in re.findall(r"\| `(\w+)` \| ([\d,^]+) \|", text[text.index("## Parameters"):]):
        base, _, power = value.replace(",", "").partition("^")
        found[name] = int(base) ** int(power or 1)
    return found


def inspect(program):
    done = subprocess.run([STEELYARD, "vm", "inspect", EXAMPLES / program, "--nodes", "-o", "json"], capture_output=True,
                          text=True, check=True, timeout=30)
    return json.loads(done.stdout)


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = PAGE.read_text()
        cls.rows = {line.strip() for line in cls.page.splitlines()}
        cls.params = defaults()
        cls.probes = cls.params["probes"]
        cls.prices = cls.params["slash_multiple"] + 1  # with that of the job itself
        cls.chosen = cls.params["challenge_bps"] / 10_000

    def expect(self, line):
        if line not in self.rows:
            self.fail(f"the page has no row {line}")

    def test_scattered_elements(self):
        for share in (0.5, 0.25, 0.1, 0.05, 0.01, 0.001):
            found = [percent(1 - (1 - share) ** opened)
                     for opened in (1, 3, self.probes, 4 * self.probes, 64)]
            self.expect(row(f"{100 * share:g} %", *found))

    def test_one_wrong_step(self):
        program = inspect("fashion-mnist/fashion.onnx")
        self.assertEqual(program["loops"], 0, "so its steps are its nodes")
        for node in program["node_list"]:
            is_pinned = node["node"] in PINNED
            met = 0.5 / program["steps"] + 0.25 * node["gas"] / program["gas"]
            met += 0.25 / len(PINNED) if is_pinned else 0
            *outer, columns = map(int, re.search(r"\[(.*)\]", node["type"])[1].split(","))
            # Two rows and two columns are drawn, each of which may be that of the element.
            one = (1 - (1 - 1 / math.prod(outer)) ** 2) * (1 - (1 - 1 / columns) ** 2)
            self.expect(row(node["node"], node["op"], "yes" if is_pinned else "", percent(met),
                            percent(1 - (1 - met) ** self.probes), percent(1 - (1 - met * one) ** self.probes, 3)))

    def test_probes_of_examples(self):
        for name in ("fashion-mnist/fashion.onnx", "training-job/learn.svm"):
            told = inspect(name)
            self.assertIn(f"\n| contrib/examples/{name} | {told['steps']:,} | {told['probe_bytes_max']:,} | ", self.page)
        self.assertIn(f"{self.params['proof_bytes_max']:,} bytes (`proof_bytes_max`)", self.page)

    def test_what_pays(self):
        def least(share):
            return percent(share) if share <= 1 else "never"

        for gain in (0.1, 0.25, 0.5, 1, 2, 4, 10, 40):
            once, twice = gain / self.prices, math.sqrt(gain / self.prices)
            self.expect(row(f"{gain:g}", least(once / self.chosen), least(once), least(twice / self.chosen), least(twice)))
        self.assertIn(f"G > {self.prices} q d", self.page)
        self.assertIn(f"Beyond {self.prices * self.chosen:.1f} prices", self.page)

    def test_work_left_out(self):
        for probes in (self.probes, 5, 2, 1):
            times = [self.prices * self.chosen * (1 - (1 - share / 4) ** probes) / share
                     for share in (0.01, 0.1, 0.5, 1)]
            self.expect(row(probes, *(f"{one:.3f}" for one in times)))
            self.assertGreater(min(times), 1)

    def test_parameters_in_words(self):
        for words in (f"It comes {self.params['challenge_delay']} blocks later",
                      f"in the {self.params['retract_blocks']} blocks after it",
                      f"fewer than {self.params['probation_jobs']} settled jobs",
                      f"{self.params['respond_blocks']} blocks and the run's time later",
                      f"**Probes.** {self.probes},", f"{self.params['slash_multiple']} prices of the job"):
            self.assertIn(words, self.page)


if __name__ == "__main__":
    unittest.main()
