# SPDX-License-Identifier: Apache-2.0
"""What the attacks share: a folder of their own, the program, and the count of what came of it."""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

from checks import Wrong
from program import PROGRAM, environment

SECTOR = 4096
HANGS = 120  # seconds after which a run counts as one that waits for ever


def noise(chance, size):
    return chance.getrandbits(8 * size).to_bytes(size, "little")


class Attack:
    """One attempt, in a folder of its own; `waited` is how long its longest run took."""

    def __init__(self, chance):
        self.chance = chance
        self.folder = tempfile.mkdtemp(prefix="espbak-")
        self.waited = 0.0

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def start(self, *arguments, **more):
        settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.Popen([PROGRAM, *arguments], cwd=self.folder, env=environment(self.folder), text=True,
                                **settings)

    def wait(self, program, begun):
        try:
            out, errors = program.communicate(timeout=HANGS)
        except subprocess.TimeoutExpired:
            program.kill()
            program.communicate()
            raise Wrong("it does not end") from None
        finally:
            self.waited = max(self.waited, time.monotonic() - begun)
        return program.returncode, out, errors

    def espbak(self, *arguments, **more):
        begun = time.monotonic()
        return self.wait(self.start(*arguments, **more), begun)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def repeat(name, attempt):
    """usage: FILE [COUNT [SEED]]. `attempt(attack)` raises Wrong; it may return a word for what happened."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    outcomes, wrong, longest = {}, 0, 0.0
    for number in range(count):
        attack = Attack(random.Random(f"{name} {seed} {number}"))
        try:
            word = attempt(attack)
            outcomes[word] = outcomes.get(word, 0) + 1
        except Wrong as why:
            wrong += 1
            print(f"{name}: attempt {number} of seed {seed}: {why}")
        finally:
            longest = max(longest, attack.waited)
            attack.close()
    told = ", ".join(f"{outcomes[word]} {word}" for word in sorted(outcomes, key=str))
    print(f"{name}: {count} attempts, {wrong} wrong, longest wait {longest:.1f} s; {told}")
    sys.exit(1 if wrong else 0)
