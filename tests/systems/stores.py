# SPDX-License-Identifier: Apache-2.0
"""Backups in the stores that docs/stores.md names, by the real programs; those that are not there are named as such.

  python3 tests/systems/stores.py ESPBAK
"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "stores.md")
DEVICE = ("-p", "sim:esp32s3,flash=flash.img,mac=34:85:18:00:00:07", "-q")
SIZE = 8 << 20
SET_UP = {
    "restic": "restic init -q",
    "borg": "borg init -e none",
    "rclone": "mkdir store && rclone config create -q remote alias remote=$PWD/store > /dev/null",
    "git-annex": "git init -q && git config user.email a@b && git config user.name a && git annex init -q",
    "zstd": "true",
    "oras": "true",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Store:
    def __init__(self, name, put, get, folder):
        self.name, self.get, self.folder = name, get, folder
        self.put = re.fullmatch(r"--store '(.*)'", put)[1]
        self.environment = {**os.environ, "HOME": folder, "RESTIC_REPOSITORY": f"{folder}/restic",
                            "RESTIC_PASSWORD": "x",
                            "BORG_REPO": f"{folder}/borg", "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
                            "RCLONE_CONFIG": f"{folder}/rclone.conf", "REGISTRY": f"localhost:{free_port()}"}
        self.registry = None

    def serve_registry(self):
        """Debian's docker-registry."""
        path = f"{self.folder}/registry.yml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {self.folder}/registry}}}}\n"
                       f"http: {{addr: '{self.environment['REGISTRY']}'}}\n")
        self.registry = subprocess.Popen(["docker-registry", "serve", path], stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
        time.sleep(2)

    def close(self):
        if self.registry:
            self.registry.terminate()
            self.registry.wait()

    def shell(self, command, **more):
        return subprocess.run(command, shell=True, cwd=self.folder, env=self.environment, check=True, **more)

    def espbak(self, *words, **more):
        return subprocess.run([PROGRAM, *DEVICE, *words], cwd=self.folder, env=self.environment, check=True,
                              stdout=subprocess.PIPE, text=True, **more).stdout

    def size(self):
        """Of everything but the flash and espbak's own folder."""
        total = 0
        for where, folders, files in os.walk(self.folder):
            folders[:] = [folder for folder in folders if folder not in ("backups", ".cache")]
            total += sum(os.path.getsize(os.path.join(where, file)) for file in files if file != "flash.img")
        return total

    def round(self, name):
        """Put, get, and compare what came with the device; the bytes that it cost."""
        before = self.size()
        self.espbak("backup", "--name", name, "--store", self.put)
        words = {"{name}": name, "{mac}": "34:85:18:00:00:07", "{chip}": "esp32s3"}
        get = self.get
        for word, value in words.items():
            get = get.replace(word, value)
        packed = self.shell(get, stdout=subprocess.PIPE).stdout
        done = subprocess.run([PROGRAM, *DEVICE, "verify", "-"], cwd=self.folder, input=packed, check=False,
                              stdout=subprocess.PIPE)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: what came back is not what the device holds")
        return self.size() - before


def try_one(name, put, get):
    with tempfile.TemporaryDirectory(prefix="espbak-stores-") as folder:
        store = Store(name, put, get, folder)
        flash = bytearray(os.urandom(SIZE // 2) + b"\xff" * (SIZE // 2))
        with open(os.path.join(folder, "flash.img"), "wb") as file:
            file.write(flash)
        program = re.split(r"[ ']", put.removeprefix("--store '"))[0]
        program = next((word for word in ("oras", "git-annex") if word.replace("-", " ") in put), program)
        if shutil.which(program) is None or (program == "oras" and shutil.which("docker-registry") is None):
            return f"{name}: not here"
        store.shell(SET_UP[program], stdout=subprocess.DEVNULL)
        try:
            if program == "oras":
                store.serve_registry()
            first = store.round("first")
            flash[0x9000:0xA000] = os.urandom(4096)
            with open(os.path.join(folder, "flash.img"), "wb") as file:
                file.write(flash)
            second = store.round("second")
        finally:
            store.close()
        return f"{name}: first {first >> 10} KiB, after 4 KiB have changed {second >> 10} KiB"


def main():
    with open(PAGE, encoding="utf-8") as page:
        rows = re.findall(r"^\| ([^|]+) \| `(--store [^`]+)` \| `([^`]+)` \|$", page.read(), flags=re.M)
    if len(rows) < 5:
        raise SystemExit("docs/stores.md has lost its rows")
    for row in rows:
        print(try_one(*row), flush=True)


if __name__ == "__main__":
    main()
