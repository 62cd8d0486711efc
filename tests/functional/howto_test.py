#!/usr/bin/python3
"""What pages of doc/howto have their readers paste works: each page from its first block to its last, on its own."""

import sys
import unittest

from pages import Checkout, blocks, pasted
from support import ROOT

sys.path.insert(0, str(ROOT / "contrib/examples/fashion-mnist"))
import fashion_data  # noqa: E402

HOWTO = ROOT / "doc/howto"
SECONDS = 300
needs_images = unittest.skipUnless(fashion_data.is_installed(), "needs Debian's package dataset-fashion-mnist")


class Howto(unittest.TestCase):
    @needs_images
    def test_become_a_provider(self):
        with Checkout() as checkout:
            told = checkout.paste(HOWTO / "become-a-provider.md", SECONDS)
            self.assertRegex(told, r"earned +0\.\d+ yard")
            self.assertRegex(told, r"withdrawing\b")

    @needs_images
    def test_run_a_model(self):
        with Checkout() as checkout:
            told = checkout.paste(HOWTO / "run-a-model.md", SECONDS)
            self.assertRegex(told, r"verification +proved")
            for task in range(4):
                shape, labels = fashion_data.read_npy(checkout.folder / f"results/{task}/label.npy")
                self.assertEqual(len(labels), 50)

    @needs_images
    def test_train_a_model(self):
        with Checkout() as checkout:
            told = checkout.paste(HOWTO / "train-a-model.md", SECONDS)
            self.assertRegex(told, r"\b728 of 1000 right")

    def test_devnet(self):
        with Checkout() as checkout:
            told = checkout.paste(HOWTO / "devnet.md", SECONDS)
            self.assertIn('"value":"dmFsdWU="', told, "what the key-value application was given and asked for")
            self.assertFalse((checkout.folder / ".devnet/devnet.json").exists(), "its last command removes it")

    def test_stake(self):
        with Checkout() as checkout:
            told = checkout.paste(HOWTO / "stake.md", SECONDS)
            self.assertRegex(told, r"MsgWithdrawDelegatorReward")
            self.assertRegex(told, r"\b40 yard\b")

    def test_run_a_validator(self):
        with Checkout() as checkout:
            told = checkout.paste(HOWTO / "run-a-validator.md", SECONDS)
            self.assertRegex(told, r"status +bonded\b")


class Pages(unittest.TestCase):
    """The way in which pages are read."""

    TEXT = "\n".join(["a", "```sh", "one", "```", "1. b", "", "   ```text", "   two", "   ```", "", "   ```sh",
                      "   three \\", "       four", "   ```"])

    def test_blocks_have_language_place_and_lines(self):
        self.assertEqual([(one.language, one.line, one.lines) for one in blocks(self.TEXT)],
                         [("sh", 3, ["one"]), ("text", 8, ["two"]), ("sh", 12, ["three \\", "    four"])])

    def test_lines_are_pasted_on_free_ports(self):
        self.assertEqual(pasted("curl http://127.0.0.1:26657/x 26763 265 126657", 11_000),
                         "curl http://127.0.0.1:11001/x 11107 265 126657")
        self.assertEqual(pasted("contrib/demo   # minutes", 1), "test -x contrib/demo")
        self.assertEqual(pasted("cmake --build --preset release --target x-y", 1), "test -x build/release/bin/x-y")

    def test_a_failing_command_is_named(self):
        with Checkout() as checkout:
            page = checkout.folder / "page.md"
            page.write_text("```sh\ntrue\n```\n\n```sh\necho before\ntest 1 = 2\necho after\n```\n")
            with self.assertRaises(AssertionError) as caught:
                checkout.paste(page, 10)
            self.assertIn("page.md: in the block at line 6: exit code 1 of: test 1 = 2", str(caught.exception))
            self.assertNotIn("after", str(caught.exception))
            page.write_text("```\ntrue\n```\n")
            with self.assertRaisesRegex(AssertionError, "page.md:2: the block names no language"):
                checkout.paste(page, 10)


if __name__ == "__main__":
    unittest.main()
