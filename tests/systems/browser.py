# SPDX-License-Identifier: Apache-2.0
"""The page of `report` in a real browser: no error, nothing wider than the window, light and dark; with a picture of it.

  python3 tests/systems/browser.py ESPBAK MAKE_FILES [PICTURE]

It needs chromium. PICTURE is what docs/images/report.png is made by.
"""
import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM, MAKE_FILES = map(os.path.abspath, sys.argv[1:3])
PICTURE = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None
os.environ.update(ESPBAK_TEST_PROGRAM=PROGRAM, ESPBAK_TEST_MAKE_FILES=MAKE_FILES)
sys.path[:0] = [os.path.join(HERE, "..", "cli"), os.path.join(HERE, "..", "files")]

import flash_image  # noqa: E402
import images  # noqa: E402
from flash_image import K, M  # noqa: E402
from test_redact import WRITTEN, entry, page  # noqa: E402

MEASURE = """<!DOCTYPE html><meta charset="utf-8"><title>measuring</title><link rel="icon" href="data:,">
<iframe id="page" src="/{name}" style="border:0;width:{width}px;height:600px"></iframe><script>
document.getElementById("page").onload = (event) => {{
  const root = event.target.contentDocument.documentElement;
  document.title = "measured " + root.scrollWidth + " of " + root.clientWidth + " high " + root.scrollHeight;
}};
</script>"""


def espbak(folder, *words):
    subprocess.run([PROGRAM, "-q", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def settings(password, boots):
    keys = [(entry(0, 0x01, "wifi", b"\x01"), WRITTEN), (entry(0, 0x01, "app", b"\x02"), WRITTEN),
            (entry(1, 0x21, "ssid", b"greenhouse\0"), WRITTEN), (entry(1, 0x21, "password", password), WRITTEN),
            (entry(2, 0x04, "boots", boots.to_bytes(4, "little")), WRITTEN),
            (entry(2, 0x21, "broker", b"mqtt://192.168.7.2\0"), WRITTEN)]
    return page(0, keys)


def make_flash(folder, version, password, boots):
    rows = images.Rows()
    rows.folder("/www")
    for number, (path, size) in enumerate([("/config.json", 412), ("/www/index.html", 9204), ("/www/app.js", 68140),
                                           ("/www/style.css", 5310), ("/log.txt", 100 * boots)]):
        rows.file(path, size, number, 1764400000 + number)
    rows.make(os.path.join(folder, "littlefs.bin"), "littlefs", 4096, 2048, 0x20001)
    out = flash_image.flash(16 * M, flash_image.GUIDE_16M, fill=False,
                            apps=[("ota_0", ("weather", version)), ("ota_1", ("weather", "1.9.4"))])
    with open(os.path.join(folder, "littlefs.bin"), "rb") as made:
        files = made.read()
    out[0x800000:0x800000 + len(files)] = files
    out[0x9000:0xA000] = settings(password, boots)
    # What a program of a usual size fills.
    for at, size in ((0x30000, 1300 * K), (0x430000, 1240 * K)):
        out[at:at + size] = images.contents(4096, at) * (size // 4096)
    with open(os.path.join(folder, "flash.img"), "wb") as image:
        image.write(out)


def make_pages(folder):
    """Of a backup with another one before it, and of files with little and with hostile things in them."""
    port = "sim:esp32s3,flash=flash.img,mac=34:85:18:a1:b2:c3"
    for name, version, password, boots in (("greenhouse-before", "2.0.1", b"tomatoes\0", 17),
                                           ("greenhouse", "2.1.0", b"cucumber\0", 42)):
        make_flash(folder, version, password, boots)
        espbak(folder, "-p", port, "backup", "--name", name, "--note", "the unit in the greenhouse")
    espbak(folder, "report", "greenhouse")
    espbak(folder, "-p", port, "backup-partitions", "nvs", "otadata", "--name", "parts")
    espbak(folder, "report", "parts")
    long = [("W" * 16, 1, 0x40 + i, 0x10000 * (i + 1), 64 * K) for i in range(8)]
    with open(os.path.join(folder, "wide.img"), "wb") as image:
        image.write(flash_image.flash(M, long))
    espbak(folder, "report", "wide.img")
    return ["greenhouse.html", "parts.html", "wide.img.html"]


class Browser:
    def __init__(self, folder):
        self.folder = folder
        handler = functools.partial(Quiet, directory=folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def run(self, name, *options):
        """What it prints, after looking at what it complains about."""
        with tempfile.TemporaryDirectory(prefix="espbak-") as profile:
            done = subprocess.run(
                ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--enable-logging=stderr", f"--user-data-dir={profile}", *options,
                 f"http://127.0.0.1:{self.server.server_port}/{name}"],
                capture_output=True, text=True, timeout=120, check=True)
        said = re.findall(r".*CONSOLE.*", done.stderr)
        assert not said, said
        return done.stdout

    def frame(self, name, width):
        with open(os.path.join(self.folder, "measure.html"), "w", encoding="utf-8") as file:
            file.write(MEASURE.format(name=name, width=width))
        return "measure.html"

    def check_width(self, name, width, *options):
        out = self.run(self.frame(name, width), "--dump-dom", "--virtual-time-budget=5000", *options)
        wide, window, high = map(int, re.search(r"<title>measured (\d+) of (\d+) high (\d+)</title>", out).groups())
        print(f"{name}: {wide} of {window} pixels wide, {high} high")
        assert wide == window == width, (name, wide, window)
        return high

    def take_picture(self, name, width, high, path, *options):
        self.run(name, f"--window-size={width},{high}", f"--screenshot={path}", *options)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nothing."""


def main():
    if shutil.which("chromium") is None:
        print("skipped: chromium is not installed")
        return 77
    with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
        browser, names = Browser(folder), make_pages(folder)
        for name in names:
            for width in (360, 1280):
                for scheme in (0, 1):
                    high = browser.check_width(name, width, f"--blink-settings=preferredColorScheme={scheme}")
            if name == names[0] and PICTURE:
                browser.take_picture(name, 1280, min(high, 1700), PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
