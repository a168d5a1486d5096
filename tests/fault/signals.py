# SPDX-License-Identifier: Apache-2.0
"""The real program, asked to stop (SIGINT, SIGTERM, SIGHUP) at random moments of every command that talks to a device.

usage: signals.py [COUNT [SEED]]

It ends soon, with 130, or 9 where flash was changed, and says that it was interrupted; the chip runs its
application again, a partial backup is kept and gone on with, and what was written is completed by a second run.
"""
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from checks import Wrong, check, get, put  # noqa: E402  (the path comes first)

PROGRAM = os.environ.get("ESPBAK_TEST_PROGRAM", "espbak")
ESPSIM = os.environ.get("ESPBAK_TEST_ESPSIM", "espsim")
SIZE = 128 * 1024
SECTOR = 4096
BOOT = 0x1000  # of the ESP32
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
INTERRUPTED, UNFINISHED = 130, 9


class Bench:
    """A board whose application runs, on a line that can reset it, and files to work with."""

    def __init__(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.folder = self.holder.name
        chance = random.Random("signals")
        self.image, self.old, self.new = (chance.randbytes(SIZE) for _ in range(3))
        put(self.path("flash.img"), self.old)
        put(self.path("new.bin"), self.new)
        self.device = subprocess.Popen([ESPSIM, "--chip", "esp32", "--flash", "flash.img", "--baud", "real",
                                        "--listen", "rfc2217:0", "--control", "unix:control"], cwd=self.folder,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = "rfc2217://" + self.device.stdout.readline().split()[-1].split(":", 1)[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.device.terminate()
        self.device.wait(20)
        self.device.stdout.close()
        self.holder.cleanup()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def flash(self):
        return get(self.path("flash.img"))

    def state(self):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.path("control"))
            control.sendall(b"state\n")
            return control.recv(256).decode().split()[-1]

    def rests_in(self, wanted):
        """Whether it gets there: after a reset a chip takes some milliseconds to read its boot pin."""
        until = time.monotonic() + 2
        while self.state() != wanted and time.monotonic() < until:
            time.sleep(0.01)
        return self.state() == wanted

    def start(self, *arguments):
        return subprocess.Popen([PROGRAM, "--progress", "json", "-p", self.port, "-b", "921600", *arguments],
                                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def finish(self, *arguments):
        program = self.start(*arguments)
        out, errors = program.communicate(timeout=120)
        check(f"{arguments} does not work: {errors}", program.returncode == 0)
        return out

    def partial(self, folder):
        names = os.listdir(self.path(folder)) if os.path.isdir(self.path(folder)) else []
        check("a sealed backup of an interrupted run", all(name.endswith(".partial") for name in names))
        check("more than one partial backup", len(names) <= 1)
        return self.path(folder, names[0]) if names else None


def after_backup(bench, _, errors):
    partial = bench.partial("b")
    check("the flash was changed", bench.flash() == bench.old)
    if partial is None:
        return
    check("it does not say what is kept", os.path.basename(partial) in errors)
    begun = bench.path(partial, "flash.bin")
    check("the partial backup is wrong", not os.path.exists(begun) or bench.old.startswith(get(begun)))
    bench.finish("backup", "--full", "-o", "b", "--resume")
    sealed = [name for name in os.listdir(bench.path("b")) if not name.endswith(".partial")]
    check("the resumed backup is wrong", get(bench.path("b", sealed[0], "flash.bin")) == bench.old)


def after_read(bench, *_):
    check("the flash was changed", bench.flash() == bench.old)
    check("a file that is not whole", not os.path.exists(bench.path("r.bin")))
    left = set(os.listdir(bench.folder)) - {"flash.img", "new.bin", "control", "backups"}
    check(f"{left} stays", not left)


def after_looking(bench, *_):
    check("the flash was changed", bench.flash() == bench.old)


def after_writing(bench, code, errors, wanted, again):
    check("the flash was changed", code != INTERRUPTED or bench.flash() == bench.old)
    check("nothing says what to run", code != UNFINISHED or "run_again" in errors)
    bench.finish(*again)
    check("the second run left it wrong", bench.flash() == wanted)


def after_write(bench, code, errors):
    after_writing(bench, code, errors, bench.new, ("write", "0", "new.bin"))


def after_restore(bench, code, errors):
    now = bench.flash()
    check("a mixture with a bootloader", now in (bench.old, bench.image) or now[BOOT:BOOT + SECTOR] == b"\xff" * SECTOR)
    after_writing(bench, code, errors, bench.image, ("restore", "--yes", "--force", "backups/image"))


JOBS = {
    "info": (["info"], after_looking),
    "backup": (["backup", "--full", "-o", "b"], after_backup),
    "restore": (["restore", "--yes", "--force", "backups/image"], after_restore),
    "restore --snapshot": (["restore", "--yes", "--force", "--snapshot", "-o", "s", "backups/image"], after_restore),
    "verify": (["verify", "0", "new.bin"], after_looking),
    "read": (["read", "0", "ALL", "r.bin", "--full"], after_read),
    "write": (["write", "0", "new.bin"], after_write),
    "diff": (["--chip", "esp32", "diff", "backups/image", "device"], after_looking),
}


def furnish(bench):
    put(bench.path("image.bin"), bench.image)
    done = subprocess.run([PROGRAM, "--chip", "esp32", "import", "image.bin", "--name", "image"], cwd=bench.folder,
                          check=False, capture_output=True)
    check(f"no backup: {done.stderr.decode()}", done.returncode == 0)
    os.remove(bench.path("image.bin"))


def interrupt(chance, job, longest, number):
    """What came of one interrupted run."""
    arguments, afterwards = JOBS[job]
    with Bench() as bench:
        furnish(bench)
        program = bench.start(*arguments)
        time.sleep(chance.random() * longest * 0.8)
        program.send_signal(number)
        if chance.random() < 0.3:
            time.sleep(0.02)
            program.send_signal(number)
        begun = time.monotonic()
        _, errors = program.communicate(timeout=60)
        code, took = program.returncode, time.monotonic() - begun
        check(f"it took {took:.1f} s to end", took < 20)
        if code == -number:
            return "before it listened to signals"
        check(f"the application does not run, but {bench.state()}", bench.rests_in("app"))
        if code in (0, 6):
            return "had finished"
        check(f"it ended with {code}: {errors}", code in (INTERRUPTED, UNFINISHED))
        check(f"{job} changed the flash", code == INTERRUPTED or job.startswith(("write", "restore")))
        error = json.loads(errors.splitlines()[-1])
        check(f"it says {error}", error["exit_code"] == code and "interrupted" in error["message"])
        check(f"it says {error}", error["flash_changed"] == (code == UNFINISHED))
        afterwards(bench, code, errors)
        return "flash changed" if code == UNFINISHED else "nothing changed"


def measure(job):
    """Seconds that a whole run takes on this computer, now."""
    with Bench() as bench:
        furnish(bench)
        begun = time.monotonic()
        program = bench.start(*JOBS[job][0])
        _, errors = program.communicate(timeout=120)
        check(f"{job} does not work: {errors}", program.returncode in (0, 6))
        return time.monotonic() - begun


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"signals.py {count} {seed}")
    tally = {}
    longest = {job: measure(job) for job in JOBS}
    for i in range(count):
        chance = random.Random(f"{seed}-{i}")
        job = list(JOBS)[i % len(JOBS)]
        number = chance.choice(SIGNALS)
        try:
            what = interrupt(chance, job, longest[job], number)
        except (Wrong, subprocess.TimeoutExpired) as wrong:
            print(f"{job} {i} {signal.Signals(number).name}: {wrong}")
            return 1
        tally[(job, what)] = tally.get((job, what), 0) + 1
    print("| interrupted | was | times |\n| --- | --- | ---: |")
    for (job, what), times in sorted(tally.items()):
        print(f"| {job} | {what} | {times} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
