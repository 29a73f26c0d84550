#!/usr/bin/env python3
"""client-go against `jobset-twin serve`: clientgo_test.py JOBSET_TWIN CACHE [--build] [FLAG OF THE PROGRAM...].

CACHE is where the program is built. Exit code 77: it cannot be built here.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import served  # noqa: E402

SECONDS = 420


def main():
    binary, cache = sys.argv[1], sys.argv[2]
    program = served.goProgram(HERE, cache, "clientgo")
    if sys.argv[3:] == ["--build"]:
        return 0
    with served.Served(binary, ["--nodes", "3", "--speed", "5"]) as cluster:
        code, out = served.run([program, "-kubeconfig", cluster.kubeconfig] + sys.argv[3:], SECONDS,
                               env=cluster.environment())
        print(out)
        if code is None:
            print("FAIL  the checks did not end within %d s\n%s" % (SECONDS, cluster.serverLog()))
    return 0 if code == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
