# SPDX-License-Identifier: Apache-2.0
"""Nobody gets in: backups, journals, profiles, stubs, servers and devices that mean harm, through the real program.

Nothing is written outside the folder or through a link, no size is believed, what is deep or huge is refused at
once, files are private whatever the umask, and nothing from outside steers the terminal.
"""
import hashlib
import json
import os
import random
import resource
import shutil
import socket
import stat
import struct
import subprocess
import tempfile
import threading
import unittest
import zlib

import flash_image
from program import PROGRAM, environment, needs_stub

SIZE = 1 << 20
MEMORY = 600 << 20  # the sanitizers take a good part of it
LABEL = "a\x1b[2J\x9b31m\x07"
TEXT = "x\x1b]0;owned\x07\x9b2J\x7f\r\n\u202e"
ROWS = [("nvs", flash_image.DATA, 0x02, 0x9000, 0x3000), (LABEL, flash_image.DATA, 0x82, 0x40000, 0x10000),
        ("ota_0", flash_image.APP, 0x10, 0x10000, 0x30000), ("../../up", flash_image.DATA, 0x82, 0x50000, 0x1000),
        ("/etc/passwd", flash_image.DATA, 0x82, 0x51000, 0x1000)]


def nvs_entry(space, kind, span, key, data):
    rest = struct.pack("<16s8s", key, data)
    head = struct.pack("<BBBB", space, kind, span, 0xFF)
    return head + struct.pack("<I", zlib.crc32(head + rest, 0xFFFFFFFF)) + rest


def nvs_page(space, key, value):
    """A page with one name space that has one string."""
    entries = nvs_entry(0, 0x01, 1, space, bytes([1]) + b"\xff" * 7)
    entries += nvs_entry(1, 0x21, 2, key, struct.pack("<HHI", len(value), 0xFFFF, zlib.crc32(value, 0xFFFFFFFF)))
    entries += value.ljust(32, b"\xff")
    header = struct.pack("<IB19s", 0, 0xFE, b"\xff" * 19)
    header = struct.pack("<I", 0xFFFFFFFE) + header + struct.pack("<I", zlib.crc32(header, 0xFFFFFFFF))
    bitmap = ((1 << 256) - 1) & ~0b010101  # three entries are written
    return (header + bitmap.to_bytes(32, "little") + entries).ljust(4096, b"\xff")


def make_flash():
    out = bytearray(flash_image.flash(SIZE, ROWS, apps=[("ota_0", ("p\x1b[31m", "1\x1b[2J"))]))
    out[0x9000:0xA000] = nvs_page(b"s\x1b[2J", b"k\x1b[31m", b"v\x1b]0;owned\x07\x9b\0")
    return bytes(out)


def is_harmless(text):
    """Whether a terminal shows it and does nothing else."""
    for character in text.decode("utf-8"):
        code = ord(character)
        if (code < 0x20 and character not in "\n\t") or 0x7F <= code < 0xA0 or code in (0x2028, 0x2029, 0xFEFF) or \
                0x200E <= code <= 0x200F or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
            return False
    return True


class Hostile(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(holder.cleanup)
        self.outside = holder.name
        self.folder = os.path.join(holder.name, "home")
        os.mkdir(self.folder)
        self.flash = make_flash()
        self.put("flash.img", self.flash)
        self.put("../precious", b"precious")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def put(self, name, contents):
        with open(self.path(name), "wb") as out:
            out.write(contents)

    def get(self, name):
        with open(self.path(name), "rb") as back:
            return back.read()

    def espbak(self, *arguments, codes, port="sim:esp32s3,flash=flash.img", prepare=None):
        """Run it; what it prints is harmless and nothing outside the folder was touched."""
        begun = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        done = subprocess.run([PROGRAM, "-p", port, *arguments], cwd=self.folder, check=False, timeout=120,
                              env=environment(self.folder, XDG_CONFIG_HOME=self.path("config")), capture_output=True,
                              stdin=subprocess.DEVNULL, preexec_fn=prepare)
        shown = done.stdout + done.stderr
        self.assertIn(done.returncode, codes, shown)
        self.assertTrue(is_harmless(shown), shown)
        self.assertEqual(self.get("../precious"), b"precious")
        self.assertEqual(sorted(os.listdir(self.outside)), ["home", "precious"])
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        self.assertTrue(used <= max(MEMORY, begun * 1024), used)
        return done

    def make_backup(self, name="b"):
        self.espbak("backup", "--name", name, codes=[0])
        with open(self.path("backups", name, "manifest.json"), encoding="utf-8") as text:
            return json.load(text)

    def forge(self, manifest, name="b"):
        """Put a manifest into a backup, and its right hash into SHA256SUMS."""
        text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        lines = [line for line in self.get(f"backups/{name}/SHA256SUMS").decode().splitlines()
                 if not line.endswith("manifest.json")]
        lines.append(f"{hashlib.sha256(text).hexdigest()}  manifest.json")
        self.put(f"backups/{name}/manifest.json", text)
        self.put(f"backups/{name}/SHA256SUMS", ("\n".join(lines) + "\n").encode())

    def try_backup(self, name="b"):
        """Everything that reads a backup refuses it, and the device is left alone."""
        for arguments in (["verify", "--offline"], ["inspect"], ["restore", "--yes", "--force"], ["rehearse"],
                          ["extract"]):
            more = ["bootloader", "part.bin"] if arguments == ["extract"] else []
            done = self.espbak(*arguments, f"backups/{name}", *more, codes=[6, 8])
            self.assertIn(b"error: ", done.stderr)
        self.assertEqual(self.get("flash.img"), self.flash)
        self.assertFalse(os.path.exists(self.path("part.bin")))
        self.espbak("list", codes=[0])

    def test_paths_in_a_manifest(self):
        manifest = self.make_backup()
        self.put("../home/other.bin", self.flash)
        for file in ("../../precious", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "C:x", "-o", "nul", "manifest.json",
                     "SHA256SUMS", "flash.bin\u0000.txt", "x" * 300, TEXT):
            with self.subTest(file=file):
                changed = json.loads(json.dumps(manifest))
                changed["regions"][0]["file"] = file
                self.forge(changed)
                self.try_backup()

    def test_sizes_in_a_manifest(self):
        manifest = self.make_backup()
        huge = (2 ** 28 + 4096, 2 ** 53 - 1, 2 ** 64, -1, 1e308, 0.5, "1", 0)
        for place in (("regions", 0, "size"), ("regions", 0, "offset"), ("flash", "size")):
            for value in huge:
                if value == 0 and place[-1] == "offset":
                    continue
                with self.subTest(place=place, value=value):
                    changed = json.loads(json.dumps(manifest))
                    inner = changed
                    for step in place[:-1]:
                        inner = inner[step]
                    inner[place[-1]] = value
                    self.forge(changed)
                    self.try_backup()

    def test_overlapping_and_too_many_regions(self):
        manifest = self.make_backup()
        region = manifest["regions"][0]
        for regions in ([region, region], [{**region, "file": f"f{i}.bin"} for i in range(100000)], [], {}, None):
            self.forge({**manifest, "regions": regions})
            self.try_backup()

    def bombs(self):
        yield b"[" * 100000
        yield b'{"a":' * 100000
        yield b"[" * 200 + b"]" * 200
        yield b"{" + b",".join(b'"k%d":1' % i for i in range(200000)) + b"}"
        yield b'{"a":"' + b"x" * (16 << 20) + b'"}'
        yield b"\xff\xfe" * 1000
        yield b""

    def test_json_that_is_deep_or_huge(self):
        self.make_backup()
        os.makedirs(self.path("config/espbak/profiles"))
        self.espbak("backup", "-o", "p", codes=[5], port=f"sim:esp32s3,flash=flash.img,fault=mute:{0x12000}")
        [partial] = os.listdir(self.path("p"))
        for bomb in self.bombs():
            with self.subTest(bomb=bomb[:20], size=len(bomb)):
                self.forge(bomb)
                self.try_backup()
                self.put("config/espbak/profiles/evil.json", bomb)
                self.espbak("profiles", codes=[0, 8])
                self.espbak("backup-partitions", "--profile", "evil", codes=[2, 8])
                self.put("stub.json", bomb)
                done = self.espbak("--stub", "stub.json", "info", codes=[0, 2, 4, 8])
                self.assertTrue(done.stderr)
                self.put(f"p/{partial}/journal.json", bomb)
                self.espbak("list", "p", codes=[0])
        self.assertIn(b"cannot be gone on with", self.espbak("backup", "-o", "p", "--resume", codes=[8]).stderr)
        # Without a journal the data proves itself.
        os.remove(self.path(f"p/{partial}/journal.json"))
        self.espbak("backup", "-o", "p", "--resume", codes=[0])

    def test_a_sum_file_that_is_huge(self):
        self.make_backup()
        with open(self.path("backups/b/SHA256SUMS"), "wb") as out:
            out.truncate(1 << 34)
        for arguments in (["verify", "--offline"], ["restore", "--yes", "--force"], ["rehearse"]):
            self.espbak(*arguments, "backups/b", codes=[8])

    def test_stubs_that_lie(self):
        good = {"entry": 0x40378000, "text": "AAAA", "text_start": 0x40378000, "data": "AAAA", "data_start": 0x3FCA0000,
                "bss_start": 0x3FCB0000}
        for field, value in (("text", "A" * (4 << 20)), ("text", "?" * 8), ("text_start", 2 ** 64), ("entry", -1),
                             ("data_start", 1e300), ("text", TEXT), ("entry", TEXT), ("text", None)):
            self.put("stub.json", json.dumps({**good, field: value}).encode())
            self.espbak("--stub", "stub.json", "-v", "info", codes=[0, 2, 4, 8])

    def test_profiles_that_lie(self):
        os.makedirs(self.path("config/espbak/profiles"))
        for name, text in (("evil", {"format": TEXT}), ("up", {"name": "../../precious"}), ("esc", {"name": TEXT}),
                           ("huge", {"parts": [{"name": TEXT, "offset": 2 ** 60, "size": 2 ** 60}]})):
            self.put(f"config/espbak/profiles/{name}.json", json.dumps(text).encode())
        self.espbak("-v", "profiles", codes=[0, 8])
        for name in ("evil", "up", "esc", "huge", "../../../precious", "/etc/passwd", TEXT):
            self.espbak("backup-partitions", "--profile", name, codes=[2, 8])

    def test_names_that_lead_elsewhere(self):
        for name in ("../up", "/up", "..", ".", "a/b", ".hidden", "-x", "x.partial", TEXT):
            self.espbak("backup", f"--name={name}", codes=[2])
        self.assertEqual(os.listdir(self.path("backups")), [])

    def test_labels_that_lead_elsewhere(self):
        self.espbak("backup-partitions", "all", "--name", "parts", codes=[0])
        self.assertNotIn("/", "".join(os.listdir(self.path("backups/parts"))))
        self.assertTrue(all(name.isascii() and name.isprintable() for name in os.listdir(self.path("backups/parts"))))
        self.espbak("verify", "backups/parts", codes=[0])

    def test_links_where_a_backup_is_written(self):
        os.makedirs(self.path("backups"))
        os.mkdir(self.path("target"))
        for target in (self.path("target"), "/nowhere", "../../precious"):
            os.symlink(target, self.path("backups/b.partial"))
            self.espbak("backup", "--name", "b", codes=[8])
            self.espbak("backup", "--name", "b", "--resume", codes=[8])
            os.remove(self.path("backups/b.partial"))
            os.symlink(target, self.path("backups/b"))
            self.espbak("backup", "--name", "b", codes=[8])
            os.remove(self.path("backups/b"))
        self.assertEqual(os.listdir(self.path("target")), [])

    def test_links_in_an_unfinished_backup(self):
        port = f"sim:esp32s3,flash=flash.img,fault=mute:{0x12000}"
        for name in ("flash.bin", "journal.json", "manifest.json", "SHA256SUMS"):
            with self.subTest(name=name):
                shutil.rmtree(self.path("backups"), ignore_errors=True)
                self.espbak("backup", "--name", "b", codes=[5], port=port)
                if os.path.exists(self.path("backups/b.partial", name)):
                    os.remove(self.path("backups/b.partial", name))
                os.symlink("../../../precious", self.path("backups/b.partial", name))
                self.espbak("backup", "--name", "b", "--resume", codes=[0, 8])
                if os.path.exists(self.path("backups/b")):
                    self.assertFalse(any(entry.is_symlink() for entry in os.scandir(self.path("backups/b"))))
                    self.espbak("verify", "--offline", "backups/b", codes=[0])

    def test_links_in_a_sealed_backup(self):
        self.make_backup()
        os.rename(self.path("backups/b/flash.bin"), self.path("elsewhere.bin"))
        os.symlink("../../elsewhere.bin", self.path("backups/b/flash.bin"))
        self.espbak("verify", "--offline", "backups/b", codes=[0, 6, 8])
        self.assertEqual(self.get("elsewhere.bin"), self.flash)

    def test_links_where_a_file_is_written(self):
        for name in ("r.bin", "r.bin.sha256"):
            os.symlink("../precious", self.path(name))
            for more in ([], ["--overwrite"]):
                self.espbak("read", "0", "4K", "r.bin", *more, codes=[8])
            os.remove(self.path(name))
            if os.path.exists(self.path("r.bin")):
                os.remove(self.path("r.bin"))
        self.make_backup()
        os.symlink("../precious", self.path("part.bin"))
        for more in ([], ["--overwrite"]):
            self.espbak("extract", "backups/b", "nvs", "part.bin", *more, codes=[8])
        self.espbak("--trace", "part.bin", "read", "0", "4K", "r.bin", codes=[8])
        os.symlink("../../precious", self.path("backups/b.rehearsal"))
        self.espbak("rehearse", "backups/b", codes=[8])

    def test_modes_under_any_umask(self):
        for mask in (0o000, 0o022, 0o277):
            with self.subTest(mask=oct(mask)):
                def prepare(mask=mask):
                    os.umask(mask)
                shutil.rmtree(self.path("o"), ignore_errors=True)
                os.mkdir(self.path("o"))
                self.espbak("backup", "-o", "o/b", "--name", "b", codes=[0, 8], prepare=prepare)
                self.espbak("backup-partitions", "nvs", "-o", "o/p", codes=[0, 8], prepare=prepare)
                self.espbak("import", "flash.img", "-o", "o/i", codes=[0, 8], prepare=prepare)
                self.espbak("--trace", "o/t", "read", "0", "4K", "o/r.bin", codes=[0, 8], prepare=prepare)
                if os.path.exists(self.path("o/b/b")):
                    self.espbak("extract", "o/b/b", "nvs", "o/x.bin", codes=[0, 8], prepare=prepare)
                found = 0
                for place, folders, names in os.walk(self.path("o")):
                    for name in folders + names:
                        mode = stat.S_IMODE(os.lstat(os.path.join(place, name)).st_mode)
                        self.assertEqual(mode & ~(0o700 if name in folders else 0o600), 0, (name, oct(mode)))
                        found += 1
                self.assertGreater(found, 0)

    def test_nothing_steers_the_terminal(self):
        name = "e\x1b[2J\x9b"
        self.espbak("backup", "--name", "b", "--note", TEXT, codes=[0, 2])
        if not os.path.exists(self.path("backups/b")):
            self.make_backup()
        self.put(f"backups/b/stray{name}", b"")
        shutil.copytree(self.path("backups/b"), self.path("backups", name))
        self.put(f"flash{name}.img", self.flash)
        evil = f"flash{name}.img"
        for json_too in ([], ["--json"]):
            for loud in ([], ["-vv"]):
                say = [*json_too, *loud]
                self.espbak(*say, "info", codes=[0])
                self.espbak(*say, "list", codes=[0])
                self.espbak(*say, "verify", "backups/b", codes=[0])
                self.espbak(*say, "inspect", "--show-values", "backups/b", codes=[0])
                self.espbak(*say, "backup-partitions", "--list", codes=[0])
                self.espbak(*say, "backup-partitions", TEXT, codes=[2])
                self.espbak(*say, "restore", "--yes", "--dry-run", "backups/b", codes=[0])
                self.espbak(*say, "diff", "backups/b", "device", codes=[0])
                self.espbak(*say, "read", "0", "4K", f"no{name}/x.bin", codes=[8])
                self.espbak(*say, "verify", "0", evil, codes=[0], port="sim:esp32s3,flash=flash.img")
                self.espbak(*say, "inspect", f"backups/{name}", codes=[0, 8])
                self.espbak(*say, "info", codes=[3], port=f"/dev/no{name}")
                self.espbak(*say, f"no{name}", codes=[2])

    def serve(self, talk):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def run():
            while True:
                try:
                    client, _ = server.accept()
                    talk(client)
                except OSError:
                    return
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return server.getsockname()[1]

    def test_a_server_that_says_evil_things(self):
        iac, sb, se, com, will, do = 255, 250, 240, 44, 251, 253
        signature = bytes([iac, sb, com, 100]) + TEXT.encode() + bytes([iac, se])

        def rfc2217(client):
            self.addCleanup(client.close)
            client.sendall(bytes([iac, will, com, iac, do, com]) + signature + b"rst:\x1b[2J waiting for \x9b31m\r\n")
            while True:
                got = client.recv(4096)
                if not got:
                    return
                client.sendall(signature + TEXT.encode())

        def plain(client):
            self.addCleanup(client.close)
            while client.recv(4096):
                client.sendall(b"rst:0x1 (POWERON),boot:0x\x1b]0;owned\x07 " + TEXT.encode() + b"\xc0\x1b[2J\xc0")
        for scheme, talk in (("rfc2217", rfc2217), ("socket", plain)):
            port = f"{scheme}://127.0.0.1:{self.serve(talk)}"
            for say in ([], ["-vv"], ["--json"], ["--progress", "json", "-vv"]):
                self.espbak(*say, "--connect-attempts", "1", "info", codes=[3, 4, 5], port=port)


if __name__ == "__main__":
    random.seed(1)
    needs_stub()
    unittest.main()
