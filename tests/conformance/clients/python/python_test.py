#!/usr/bin/env python3
"""The official Python client against `jobset-twin serve`: python_test.py JOBSET_TWIN CACHE [SUBSTRING].

CACHE holds the virtual environment of requirements.txt. Exit code 77: it cannot be made here.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import served  # noqa: E402

SECONDS = 300


def main():
    binary, cache = sys.argv[1], sys.argv[2]
    python = served.pythonEnvironment(os.path.join(HERE, "requirements.txt"), cache)
    with served.Served(binary, ["--nodes", "3", "--speed", "5"]) as cluster:
        code, out = served.run([python, "-B", os.path.join(HERE, "checks.py"), cluster.kubeconfig] + sys.argv[3:], SECONDS,
                               env=cluster.environment())
        print(out)
        if code is None:
            print("FAIL  the checks did not end within %d s\n%s" % (SECONDS, cluster.serverLog()))
    return 0 if code == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
