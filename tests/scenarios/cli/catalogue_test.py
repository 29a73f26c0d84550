#!/usr/bin/env python3
"""The catalogue as a user meets it: each file runs with exit code 0, and each command that a file's first comment
lists, as it stands there, ends with exit code 2 and the expectation that it names. Usage: catalogue_test.py PROGRAM.
"""

import os
import re
import subprocess
import sys
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "jobset-twin"
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
FOLDER = "scenarios/catalogue"
TRY = re.compile(r"^# Try:    (.*)\n# Breaks: (.*)$", re.MULTILINE)
TIME_MAX = 300  # seconds: hangs only


def run(script):
    """Runs a line of shell in the root of the sources, with this build's program for ./jobset-twin."""
    script = script.replace("./jobset-twin", '"$PROGRAM"')
    return subprocess.run(["bash", "-o", "pipefail", "-c", script], cwd=ROOT, env={**os.environ, "PROGRAM": PROGRAM},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIME_MAX)


class Catalogue(unittest.TestCase):
    def files(self):
        folder = os.path.join(ROOT, FOLDER)
        names = sorted(os.path.relpath(os.path.join(where, name), folder)
                       for where, _, files in os.walk(folder) for name in files if name.endswith(".yaml"))
        self.assertGreaterEqual(len(names), 11)
        return names

    def test_each_file_runs(self):
        for name in self.files():
            with self.subTest(name):
                done = run(f"./jobset-twin run {FOLDER}/{name}")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("expectations: all met", done.stdout)
                self.assertNotIn("NOT MET", done.stdout)

    def test_each_file_is_valid(self):
        for name in self.files():
            with self.subTest(name):
                done = run(f"./jobset-twin validate {FOLDER}/{name}")
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_each_command_breaks_what_it_says(self):
        for name in self.files():
            with open(os.path.join(ROOT, FOLDER, name), encoding="utf-8") as file:
                listed = TRY.findall(file.read())
            self.assertTrue(listed, name)
            for command, breaks in listed:
                with self.subTest(command):
                    done = run(command)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertIn(f"  NOT MET  {breaks}\n", done.stdout)
                    self.assertIn(f"  NOT MET  {breaks}\n", done.stdout)


if __name__ == "__main__":
    unittest.main()
