# SPDX-License-Identifier: Apache-2.0
"""The program under test, and what it needs to behave the same everywhere."""
import json
import os
import subprocess
import sys

PROGRAM = os.path.abspath(os.environ["ESPBAK_TEST_PROGRAM"])
SKIP = 77
TRIED = set()  # kinds of commands that were suggested, and run, in this process


def environment(folder, **more):
    """Nothing of the caller's settings, and the program in the path."""
    kept = {name: value for name, value in os.environ.items()
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_", "LLVM_", "GCOV_"))}
    path = os.path.dirname(PROGRAM) + os.pathsep + "/usr/bin" + os.pathsep + "/bin"
    return {**kept, "PATH": path, "HOME": folder, "LC_ALL": "C.UTF-8", "TERM": "xterm", **more}


def run(*arguments, folder, before=(), **more):
    """Run to the end with nothing on standard input; `before` are words before the program."""
    settings = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 240, **more}
    done = subprocess.run([*before, PROGRAM, *arguments], cwd=folder, env=environment(folder), check=False, **settings)
    if not before and folder != "/":
        import pasted  # which needs this module
        pasted.check_answer(done, folder, TRIED)
    return done


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)


def needs_stub():
    found = run("-p", "sim:esp32s3,size=1M", "--loader", "stub", "--json", "info", folder="/")
    if json.loads(found.stdout)["link"]["loader"] != "stub":
        skip("the program was built without stub images")
