# SPDX-License-Identifier: Apache-2.0
"""A station that is killed (SIGKILL), and cables that are pulled, at random moments; then it is begun again.

usage: station.py [KILLS [SEED]]

Afterwards no sealed backup is wrong, each board has one that the log says is done, what was called done stands in the
log, and each line of the log is whole.
"""
import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from checks import Wrong, check, get, put  # noqa: E402  (the path comes first)
from program import PROGRAM, environment  # noqa: E402

ESPSIM = os.environ["ESPBAK_TEST_ESPSIM"]
BOARDS = "abc"
SIZE = 128 * 1024
LONGEST = 1.6  # seconds from the start of a station to a kill
EACH = 4  # kills in one folder


class Bench:
    """Boards, a folder of backups and a log."""

    def __init__(self, chance, folder):
        self.chance, self.folder, self.boards = chance, folder, {}
        self.log = f"{folder}/log." + chance.choice(("csv", "jsonl"))
        self.said = []  # lines that the station has printed
        self.contents = {}
        for i, name in enumerate(BOARDS):
            self.contents[f"34:85:18:00:00:0{i}"] = chance.randbytes(SIZE)
            put(f"{folder}/{i}.img", self.contents[f"34:85:18:00:00:0{i}"])

    def plug(self, name):
        i = BOARDS.index(name)
        self.boards[name] = subprocess.Popen(
            [ESPSIM, "--chip", "esp32s3", "--boot", "download", "--flash", f"{self.folder}/{i}.img", "--baud", "real",
             "--mac", f"34:85:18:00:00:0{i}", "--listen", f"pty:{self.folder}/esp-{name}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def pull(self, name):
        board = self.boards.pop(name, None)
        if board is not None:
            board.terminate()  # it takes its link away, as a driver does
            board.wait()

    def plug_anew(self):
        for name in BOARDS:
            self.pull(name)
            self.plug(name)

    def start(self, *more):
        words = [PROGRAM, "--before", "no-reset", "--after", "no-reset", "--connect-attempts", "1", "-b", "2000000", "-p",
                 f"{self.folder}/esp-*", "station", "--do", "backup", "--log", self.log, "--once-per-mac", *more]
        return subprocess.Popen(words, cwd=self.folder, env=environment(self.folder), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def strike(self):
        """Once, at a moment that nobody chose; True where it was a cable."""
        self.plug_anew()
        station = self.start()
        cable = self.chance.random() < 0.5
        time.sleep(self.chance.random() * LONGEST)
        if cable:
            self.pull(self.chance.choice(BOARDS))
            time.sleep(self.chance.random() / 2)
        station.send_signal(signal.SIGKILL)
        self.said += [line for line in station.communicate()[0].splitlines() if line.startswith("done")]
        return cable

    def finish(self):
        """All that is left, undisturbed."""
        self.plug_anew()
        station = self.start("--count", str(len(BOARDS)))
        out = station.communicate(timeout=120)[0]
        self.said += [line for line in out.splitlines() if line.startswith("done")]
        check(f"the last station failed: {out}", station.returncode == 0)

    def entries(self):
        text = get(self.log).decode()
        check("the log ends within a line", text.endswith("\n"))
        if self.log.endswith("jsonl"):
            rows = [json.loads(line) for line in text.splitlines()]
            return [(row["event"], row.get("mac"), row.get("exit_code"), row.get("path")) for row in rows]
        rows = list(csv.reader(text.splitlines()))
        check("the log has a line that is cut", all(len(row) == len(rows[0]) for row in rows))
        return [(row[1], row[2], int(row[4]), row[7]) for row in rows[1:]]

    def judge(self):
        names = os.listdir(f"{self.folder}/backups")
        sealed = [name for name in names if not name.endswith(".partial")]
        for name in sealed:
            path = f"{self.folder}/backups/{name}"
            mac = json.loads(get(f"{path}/manifest.json"))["chip"]["mac"]
            check(f"{name} is wrong", get(f"{path}/flash.bin") == self.contents[mac])
            offline = subprocess.run([PROGRAM, "verify", "--offline", path], cwd=self.folder, check=False,
                                     env=environment(self.folder), capture_output=True)
            check(f"{name} does not verify", offline.returncode == 0)
        entries = self.entries()
        done = [entry for entry in entries if entry[0] == "end" and entry[2] == 0]
        check("a board has no backup, or two that are done", sorted(entry[1] for entry in done) == sorted(self.contents))
        check("a backup that the log has is lost", all(os.path.exists(os.path.join(self.folder, entry[3])) for entry in done))
        check("more has ended than begun", len([e for e in entries if e[0] == "begin"]) >= len([e for e in entries if e[0] == "end"]))
        for line in self.said:
            check(f"not in the log: {line}", any(entry[3] in line for entry in done))
        return len(sealed), len(names) - len(sealed)


def one_folder(chance, kills, tally):
    with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
        bench = Bench(chance, folder)
        try:
            for _ in range(kills):
                tally["cables" if bench.strike() else "stations"] += 1
            bench.finish()
            sealed, left = bench.judge()
            tally["sealed"] += sealed
            tally["unfinished"] += left
        finally:
            for name in BOARDS:
                bench.pull(name)


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"station.py {kills} {seed}")
    tally = dict.fromkeys(("stations", "cables", "sealed", "unfinished"), 0)
    for i in range(0, kills, EACH):
        try:
            one_folder(random.Random(f"{seed}-{i}"), min(EACH, kills - i), tally)
        except Wrong as wrong:
            print(f"after {i} kills: {wrong}")
            return 1
    print("| " + " | ".join(tally) + " |\n|" + " ---: |" * len(tally))
    print("| " + " | ".join(map(str, tally.values())) + " |")
    return 0


sys.exit(main())
