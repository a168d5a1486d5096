# SPDX-License-Identifier: Apache-2.0
"""The real program, killed (SIGKILL) at random moments of backups and restores; what is run then has to finish.

usage: kill.py [COUNT [SEED]]

In half of the backups sectors of the device are rewritten before the resume. Afterwards no sealed backup is
wrong, the resume ends identical to the device and reads again no more than one chunk and what was rewritten;
a restore run again ends identical to the backup, and no bootloader stands over a mixture at any moment.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from checks import Wrong, check, get, put  # noqa: E402  (the path comes first)

PROGRAM = os.environ.get("ESPBAK_TEST_PROGRAM", "espbak")
SIZE = 256 * 1024
SECTOR = 4096
CHUNK = 64 * 1024
BOOT = 0x1000  # of the ESP32


def start(folder, *arguments, slow):
    port = "sim:esp32,flash=flash.img" + (",time=real,baud=real" if slow else "")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ESPBAK_", "ESPTOOL_"))}
    return subprocess.Popen([PROGRAM, "--json", "-p", port, "-b", "2000000", *arguments], cwd=folder, env=environment,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(folder, *arguments):
    program = start(folder, *arguments, slow=False)
    out, errors = program.communicate(timeout=120)
    return program.returncode, json.loads(out) if out.strip() else {}, errors


def killed(chance, folder, longest, *arguments):
    program = start(folder, *arguments, slow=True)
    time.sleep(chance.random() * longest)
    program.kill()
    program.communicate()


def backups(folder):
    path = os.path.join(folder, "backups")
    names = sorted(os.listdir(path)) if os.path.isdir(path) else []
    return ([name for name in names if not name.endswith(".partial")],
            [name for name in names if name.endswith(".partial")])


def offline(folder, name):
    return subprocess.run([PROGRAM, "verify", "--offline", f"backups/{name}"], cwd=folder, check=False,
                          capture_output=True).returncode == 0


def measure(chance, job):
    """Seconds that a whole run takes on this computer, now."""
    with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
        put(f"{folder}/flash.img", chance.randbytes(SIZE))
        arguments = ["backup", "--full", "--name", "b"]
        if job == "restore":
            check("no backup", finish(folder, *arguments)[0] == 0)
            put(f"{folder}/flash.img", chance.randbytes(SIZE))
            arguments = ["restore", "--yes", "--force", "backups/b"]
        begun = time.monotonic()
        program = start(folder, *arguments, slow=True)
        program.communicate(timeout=120)
        check(f"{job} does not work", program.returncode == 0)
        return time.monotonic() - begun


def kill_backup(chance, folder, changes, longest):
    contents = chance.randbytes(SIZE)
    put(f"{folder}/flash.img", contents)
    killed(chance, folder, longest, "backup", "--full")
    sealed, partial = backups(folder)
    for name in sealed:
        check("a sealed backup is wrong", get(f"{folder}/backups/{name}/flash.bin") == contents)
        check("a sealed backup does not verify", offline(folder, name))
    if sealed:
        return "had finished"
    rewritten = 0
    if changes:
        now = bytearray(contents)
        for sector in chance.sample(range(SIZE // SECTOR), 3):
            now[sector * SECTOR:(sector + 1) * SECTOR] = chance.randbytes(SECTOR)
            rewritten += SECTOR
        contents = bytes(now)
        put(f"{folder}/flash.img", contents)
    there = 0
    if partial and os.path.exists(f"{folder}/backups/{partial[0]}/flash.bin"):
        there = os.path.getsize(f"{folder}/backups/{partial[0]}/flash.bin")
    code, document, errors = finish(folder, "backup", "--resume" if partial else "--full")
    check(f"the resume failed: {errors}", code == 0)
    name = os.path.basename(document["path"])
    check("the resumed backup is another flash", get(f"{folder}/backups/{name}/flash.bin") == contents)
    check("the resumed backup does not verify", offline(folder, name))
    recovery = document["recovery"]
    check(f"more than a chunk was read again: {recovery}, {there}", recovery["found_bytes"] >= there - CHUNK)
    check(f"more than what was rewritten was read again: {recovery}", recovery["changed_bytes"] <= rewritten)
    return f"resumed from {there // CHUNK} chunks" if partial else "had not begun"


def kill_restore(chance, folder, changes, longest):
    wanted, before = chance.randbytes(SIZE), chance.randbytes(SIZE)
    put(f"{folder}/flash.img", wanted)
    check("no backup", finish(folder, "backup", "--name", "wanted")[0] == 0)
    put(f"{folder}/flash.img", before)
    killed(chance, folder, longest, "restore", "--yes", "--force", "backups/wanted")
    now = get(f"{folder}/flash.img")
    check("a mixture with a bootloader", now in (before, wanted) or now[BOOT:BOOT + SECTOR] == b"\xff" * SECTOR)
    if changes:
        other = bytearray(now)
        at = chance.randrange(SIZE // SECTOR) * SECTOR
        other[at:at + SECTOR] = chance.randbytes(SECTOR)
        put(f"{folder}/flash.img", bytes(other))
    code, _, errors = finish(folder, "restore", "--yes", "--force", "backups/wanted")
    check(f"the second restore failed: {errors}", code == 0)
    check("the flash is not the backup", get(f"{folder}/flash.img") == wanted)
    return "unchanged" if now == before else "complete" if now == wanted else "in the middle"


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"kill.py {count} {seed}")
    tally = {}
    longest = [1.05 * measure(random.Random(seed), job) for job in ("backup", "restore")]
    for i in range(count):
        chance = random.Random(f"{seed}-{i}")
        job = (kill_backup, kill_restore)[i % 2]
        with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
            try:
                what = job(chance, folder, i // 2 % 2 == 1, longest[i % 2])
            except Wrong as wrong:
                print(f"{job.__name__} {i}: {wrong}")
                return 1
        key = (job.__name__.replace("kill_", ""), what)
        tally[key] = tally.get(key, 0) + 1
    print("| killed | was | times |\n| --- | --- | --- |")
    for (job, what), times in sorted(tally.items()):
        print(f"| {job} | {what} | {times} |")
    return 0


sys.exit(main())
