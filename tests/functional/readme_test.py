#!/usr/bin/python3
"""What README.md has its readers paste works, in the order in which it stands there."""

import json
import os
import re
import unittest

from pages import Checkout, blocks
from support import ROOT

README = ROOT / "README.md"
LINES_MAX = 150
SECONDS = 540


class Readme(unittest.TestCase):
    def test_its_commands_work_as_they_stand(self):
        with Checkout() as checkout:
            told = checkout.paste(README, SECONDS)

            # What the page says of its three parts: the results are the same bits, the new provider had the second
            # job, and the new validator takes part.
            results = [(checkout.folder / name / "label.npy").read_bytes() for name in ("result", "mine", "again")]
            self.assertEqual(len(set(results)), 1)
            self.assertRegex(told, r"earned +0\.\d+ yard")
            self.assertRegex(told, r"status +bonded\b")
            keyring = checkout.folder / ".devnet/keyring"
            self.assertFalse(keyring.exists(), "its last command removes the devnet")

    def test_its_two_commands_are_there(self):
        first = [block for block in blocks(README.read_text()) if block.language == "sh"][0]
        self.assertEqual([line.split()[0] for line in first.lines], ["contrib/demo", "contrib/test"])
        for line in first.lines:
            self.assertTrue(os.access(ROOT / line.split()[0], os.X_OK), line)

    def test_it_is_short(self):
        self.assertLessEqual(len(README.read_text().splitlines()), LINES_MAX)


if __name__ == "__main__":
    unittest.main()
