# SPDX-License-Identifier: Apache-2.0
"""The real program on a computer that fails: one call to the system goes wrong, or the disk is full from there on.

usage: calls.py file|line [--most N | --sample N] [--seed N] [--only TEXT] [-v]

Each job is run once to count its calls of a kind, then with a fault at the first, at the second and so on; where
there are more than N of them at N places spread over the run. --sample takes N of all these runs. Afterwards the result is identical to what it should
be, or one sentence says what failed and the exit code is that of docs/espbak.1; what was there before is there
still, no sealed backup is wrong, and the same command (with --resume where something was begun) then finishes.
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from checks import Wrong, check, get, put  # noqa: E402  (the path comes first)

PROGRAM = os.environ.get("ESPBAK_TEST_PROGRAM", "espbak")
ESPSIM = os.environ.get("ESPBAK_TEST_ESPSIM", "espsim")
BAD_CALLS = os.environ["ESPBAK_TEST_BAD_CALLS"]
SIZE = 256 * 1024
SECTOR = 4096
BOOT = 0  # of the ESP32-S3
DEADLINE = 120  # seconds that only a hang takes

FAULTS = {
    "file": [("write", "EINTR"), ("write", "short"), ("write", "ENOSPC"), ("write", "EIO"), ("write", "ENOSPC+"),
             ("read", "EINTR"), ("read", "short"), ("read", "EIO"), ("sync", "EINTR"), ("sync", "EIO"),
             ("open", "EINTR"), ("open", "EIO"), ("open", "ENOSPC+"), ("rename", "EIO"), ("rename", "ENOSPC"),
             ("mkdir", "ENOSPC"), ("mkdir", "EIO")],
    "line": [("write", "EINTR"), ("write", "short"), ("write", "short+"), ("write", "EIO"), ("read", "EINTR"),
             ("read", "short"), ("read", "short+"), ("read", "EIO"), ("wait", "EINTR"), ("wait", "EIO"),
             ("open", "EINTR"), ("open", "EIO")],
}
HARMLESS = ("EINTR", "short", "short+")


def tree(folder):
    """Every file below a folder, by its hash."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = hashlib.sha256(get(path)).hexdigest()
    return found


class Computer:
    """A folder as it is before a job, and how programs are run in it."""

    def __init__(self, template=None):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.folder = self.holder.name
        self.port = "sim:esp32s3,flash=flash.img"
        if template is not None:
            shutil.copytree(template.folder, self.folder, dirs_exist_ok=True)
            self.before, self.old, self.new = template.before, template.old, template.new

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.cleanup()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def flash(self):
        return get(self.path("flash.img"))

    def furnish(self):
        """An earlier backup, an unfinished one, dumps, and a flash that is another now."""
        chance = random.Random("computer")
        self.old = chance.randbytes(SIZE)
        put(self.path("flash.img"), self.old)
        self.finish("backup", "--name", "old")
        now = bytearray(self.old)
        for sector in (0, 7, 40):
            now[sector * SECTOR:(sector + 1) * SECTOR] = chance.randbytes(SECTOR)
        put(self.path("flash.img"), bytes(now))
        port, self.port = self.port, f"{self.port},fault=mute:{SIZE // 2}"
        check("nothing unfinished", self.run("backup", "-o", "begun").returncode == 5)
        self.port = port
        self.new = chance.randbytes(SIZE)
        for name, contents in (("dump.bin", self.old), ("new.bin", self.new), ("there.bin", b"precious")):
            put(self.path(name), contents)
        self.before = tree(self.folder)

    def run(self, *arguments, fault=None, count=None, free=None):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("ESPBAK_", "ESPTOOL_", "XDG_"))}
        if fault is not None or free is not None:
            # The sanitizer wants to be the first library loaded; that another one comes before it does no harm.
            environment.update(LD_PRELOAD=BAD_CALLS, ASAN_OPTIONS="verify_asan_link_order=0")
        if fault is not None:
            environment["ESPBAK_BAD_CALL"] = fault
        if free is not None:
            environment["ESPBAK_BAD_CALL_FREE"] = str(free)
        if count is not None:
            environment["ESPBAK_BAD_CALL_COUNT"] = count
        return subprocess.run([PROGRAM, "--json", "-p", self.port, *arguments], cwd=self.folder, env=environment,
                              check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE)

    def finish(self, *arguments):
        done = self.run(*arguments)
        check(f"{arguments} does not work afterwards: {done.stderr.decode()}", done.returncode == 0)
        return json.loads(done.stdout)

    def backups(self, folder):
        names = os.listdir(self.path(folder)) if os.path.isdir(self.path(folder)) else []
        return (sorted(f"{folder}/{name}" for name in names if not name.endswith(".partial")),
                sorted(f"{folder}/{name}" for name in names if name.endswith(".partial")))

    def check_sealed(self, folder, wanted):
        for name in self.backups(folder)[0]:
            if name == "backups/old":
                continue
            check("a sealed backup is wrong", get(self.path(name, "flash.bin")) == wanted)
            self.finish("verify", "--offline", name)

    def check_kept(self, spared):
        """All that was there is there still, but what the job is to change."""
        now = tree(self.folder)
        for name, digest in self.before.items():
            if not name.startswith(spared):
                check(f"{name} is not what it was", now.get(name) == digest)


def after_backup(computer, code, folder, spared):
    computer.check_kept(spared)
    computer.check_sealed(folder, computer.flash())
    sealed, partial = computer.backups(folder)
    if code != 0 and [name for name in sealed if name != "backups/old"] == []:
        again = ["--resume"] if [name for name in partial if os.path.exists(computer.path(name, "flash.bin"))] else []
        computer.finish("backup", "-o", folder, *again)
        computer.check_sealed(folder, computer.flash())
    check("no backup", [name for name in computer.backups(folder)[0] if name != "backups/old"] != [])


def after_new_backup(computer, code):
    after_backup(computer, code, "backups", ())


def after_resume(computer, code):
    after_backup(computer, code, "begun", ("begun",))


def after_read(computer, code):
    computer.check_kept(("there.bin",))
    if os.path.exists(computer.path("r.bin")):
        check("the file is wrong", get(computer.path("r.bin")) == computer.flash())
    check("no file", code != 0 or os.path.exists(computer.path("r.bin")))
    computer.finish("read", "0", "ALL", "r.bin", "--overwrite")
    check("the file is wrong", get(computer.path("r.bin")) == computer.flash())
    check("something was left behind", [name for name in os.listdir(computer.folder) if name.endswith(".tmp")] == [])


def after_overwrite(computer, code):
    computer.check_kept(("there.bin",))
    now = get(computer.path("there.bin"))
    check("neither the old file nor the new one", now in (b"precious", computer.flash()))
    check("the old file", code != 0 or now != b"precious")
    computer.finish("read", "0", "ALL", "there.bin", "--overwrite")
    check("the file is wrong", get(computer.path("there.bin")) == computer.flash())


def after_writing(computer, code, wanted, again):
    computer.check_kept(("flash.img",))
    changed = hashlib.sha256(computer.flash()).hexdigest() != computer.before["flash.img"]
    check("it finished and is wrong", code != 0 or computer.flash() == wanted)
    check(f"code {code} and the flash {'changed' if changed else 'is as before'}",
          code == 0 or changed <= (code == 9))
    computer.finish(*again)
    check("the flash is wrong", computer.flash() == wanted)


def after_restore(computer, code):
    now = computer.flash()
    check("a mixture with a bootloader", code == 0 or now[BOOT:BOOT + SECTOR] == b"\xff" * SECTOR or
          now == computer.old or hashlib.sha256(now).hexdigest() == computer.before["flash.img"])
    for name in computer.backups("snapshots")[0]:
        computer.finish("verify", "--offline", name)
    after_writing(computer, code, computer.old, ("restore", "--yes", "--force", "backups/old"))


def after_write(computer, code):
    after_writing(computer, code, computer.new, ("write", "0", "new.bin"))


def after_import(computer, _):
    computer.check_kept(())
    computer.check_sealed("imported", computer.old)


def after_looking(computer, _):
    computer.check_kept(())


# Name, arguments, what is checked afterwards, codes that are right for a fault that does harm.
FILE_JOBS = [
    ("backup", ["backup", "--full"], after_new_backup, (8,)),
    ("backup on an earlier one", ["backup"], after_new_backup, (8,)),
    ("backup --resume", ["backup", "-o", "begun", "--resume"], after_resume, (8,)),
    ("read", ["read", "0", "ALL", "r.bin"], after_read, (8,)),
    ("read --overwrite", ["read", "0", "ALL", "there.bin", "--overwrite"], after_overwrite, (8,)),
    ("restore", ["restore", "--yes", "--force", "--snapshot", "-o", "snapshots", "backups/old"], after_restore, (8, 9)),
    ("write", ["write", "0", "new.bin"], after_write, (8, 9)),
    ("verify", ["verify", "backups/old"], after_looking, (8,)),
    ("verify --offline", ["verify", "--offline", "backups/old"], after_looking, (8,)),
    ("import", ["--chip", "esp32s3", "import", "dump.bin", "-o", "imported"], after_import, (8,)),
    ("inspect", ["--chip", "esp32s3", "inspect", "dump.bin"], after_looking, (8,)),
    ("diff", ["--chip", "esp32s3", "diff", "backups/old", "new.bin"], after_looking, (8,)),
    ("rehearse", ["rehearse", "backups/old"], after_looking, (8, 9)),
    ("list", ["list", "backups"], after_looking, (8,)),
]
# 4: a chip that was left when its port failed, and that this line cannot reset.
LINE_JOBS = [
    ("backup", ["backup", "--full"], after_new_backup, (3, 4, 5)),
    ("read", ["read", "0", "ALL", "r.bin"], after_read, (3, 4, 5)),
    ("write", ["write", "0", "new.bin"], after_write, (3, 4, 5, 9)),
    ("verify", ["verify", "0", "new.bin"], after_looking, (3, 4, 5)),
    ("info", ["info"], after_looking, (3, 4, 5)),
]
EXPECTED = {"verify": 6, "diff": 6}  # what they end with when nothing goes wrong here


class Simulator:
    """espsim on a line of a kind, for the flash of a computer."""

    def __init__(self, computer, kind):
        self.computer, self.kind = computer, kind

    def __enter__(self):
        where = {"socket": "tcp:0", "rfc2217": "rfc2217:0", "pty": "pty:" + self.computer.path("line")}[self.kind]
        self.process = subprocess.Popen([ESPSIM, "--chip", "esp32s3", "--flash", "flash.img", "--baud", "none",
                                         "--listen", where], cwd=self.computer.folder, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        where = self.process.stdout.readline().split()[-1]
        address = where.split(":", 1)[1]
        self.computer.port = address if self.kind == "pty" else f"{self.kind}://{address}"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()
        self.computer.port = "sim:esp32s3,flash=flash.img"
        if os.path.islink(self.computer.path("line")):
            os.remove(self.computer.path("line"))


def places(count, most):
    """The first and the last ones, and some in between."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1 + i * (count - 1) // (most - 1) for i in range(most)})


def judge(done, fault, right):
    """The exit code, after a look at what was said."""
    code = done.returncode
    check(f"it ended with {code}: {done.stderr.decode(errors='replace')}",
          code in right or (fault in HARMLESS and code == right[0]) or code == right[0])
    if fault in HARMLESS:
        check(f"{fault} does harm: {done.stderr.decode()}", code == right[0])
    document = json.loads(done.stdout)
    if code == right[0]:
        return 0
    check("nothing is said", document["error"]["message"] != "" and b"\nerror: " in b"\n" + done.stderr)
    check("another exit code is said", document["error"]["exit_code"] == code)
    return code


def attempt(template, where, kind, job, call, fault, at):
    """What came of one run: "complete" or "said so"."""
    name, arguments, afterwards, codes = job
    plan = f"{call}.{where}:{fault.rstrip('+')}:{at}{'+' if fault.endswith('+') else ''}"
    right = (EXPECTED.get(name, 0), *codes)
    with Computer(template) as computer:
        if kind is None:
            done = computer.run(*arguments, fault=plan)
        else:
            with Simulator(computer, kind):
                done = computer.run(*arguments, fault=plan)
        code = judge(done, fault, right)
        afterwards(computer, code)
    return "said so" if code else "complete"


def count_calls(template, where, kind, job, call):
    with Computer(template) as computer, tempfile.NamedTemporaryFile() as count:
        plan = f"{call}.{where}:EIO:0"
        if kind is None:
            computer.run(*job[1], fault=plan, count=count.name)
        else:
            with Simulator(computer, kind):
                computer.run(*job[1], fault=plan, count=count.name)
        return int(get(count.name))


def all_runs(template, options):
    """(kind of line, job, call, fault, place) of every run."""
    kinds = [None] if options.where == "file" else ["socket", "rfc2217", "pty"]
    jobs = FILE_JOBS if options.where == "file" else LINE_JOBS
    families = [(kind, job, call, fault) for call, fault in FAULTS[options.where] for kind in kinds for job in jobs
                if options.only in f"{kind or 'file'}, {job[0]}, {call} {fault}"]
    counts = {}
    chance = random.Random(options.seed)
    if options.sample:
        families = sorted(chance.choices(families, k=options.sample), key=families.index)
    for kind, job, call, fault in families:
        key = (kind, job[0], call)
        if key not in counts:
            counts[key] = count_calls(template, options.where, kind, job, call)
        chosen = places(counts[key], options.most)
        if options.sample and counts[key] > 0:
            chosen = [chance.randint(1, counts[key])]
        for at in chosen:
            yield kind, job, call, fault, at


# Arguments, and what is not there afterwards.
FORESEEN = [(["backup"], "backups"), (["backup", "--full", "-o", "elsewhere"], "elsewhere"),
            (["read", "0", "ALL", "r.bin"], "r.bin"), (["rehearse", "backups/old"], "backups/old.rehearsal"),
            (["--chip", "esp32s3", "import", "dump.bin", "-o", "imported"], "imported")]


def foresee(template):
    """A disk with too little left is refused before anything is read, and nothing stays on it."""
    for arguments, name in FORESEEN:
        with Computer(template) as computer:
            done = computer.run("--progress", "json", *arguments, free=SIZE - SECTOR)
            check(f"{arguments}: it ended with {done.returncode}: {done.stderr.decode()}", done.returncode == 8)
            check(f"{arguments}: {done.stderr.decode()}", b"KiB left" in done.stderr)
            check(f"{arguments}: it was read before that", b'"phase":"reading"' not in done.stderr)
            computer.check_kept(())
            left = [found for found in tree(computer.folder) if found.startswith(name) and found not in computer.before]
            check(f"{arguments}: {left} stays", left == [])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("where", choices=FAULTS)
    parser.add_argument("--most", type=int, default=400)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("-v", action="store_true")
    options = parser.parse_args()
    tallies = {}
    with Computer() as template:
        template.furnish()
        if options.where == "file":
            foresee(template)
        for kind, job, call, fault, at in all_runs(template, options):
            tally = tallies.setdefault((call, fault), {"complete": 0, "said so": 0, "wrong": 0})
            came, why = "wrong", ""
            try:
                came = attempt(template, options.where, kind, job, call, fault, at)
            except (Wrong, subprocess.TimeoutExpired, ValueError, KeyError) as wrong:
                why = f": {wrong}"
            tally[came] += 1
            if options.v or came == "wrong":
                print(f"{kind or 'file'}, {job[0]}, {call} {fault} {at}: {came}{why}", file=sys.stderr, flush=True)
    print("| call | fault | runs | complete | failed, and said so | wrong |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for (call, fault), tally in tallies.items():
        print(f"| {call} | {fault} | {sum(tally.values())} | {tally['complete']} | {tally['said so']} | "
              f"{tally['wrong']} |")
    return 1 if any(tally["wrong"] for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
