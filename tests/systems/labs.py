# SPDX-License-Identifier: Apache-2.0
"""espbak in test labs, with the real packages from PyPI and a simulated chip as the device.

  python3 -m venv v && v/bin/pip install jumpstarter jumpstarter-driver-opendal labgrid pytest-embedded \\
      pytest-embedded-serial
  v/bin/python tests/systems/labs.py ESPBAK ESPSIM [jumpstarter|labgrid|pytest|ser2net]...

What is not installed is named and left out. Espressif's RFC 2217 server is tried by tests/transport/test_program.py.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = os.path.join(HERE, "..", "..", "packaging", "python")
FOLDERS = [os.path.abspath(os.path.join(PACKAGES, name)) for name in ("src", "jumpstarter-driver-espbak")]
sys.path[:0] = [*FOLDERS, os.path.join(HERE, "..", "cli")]
import flash_image  # noqa: E402  (the path comes first)

SIZE = 1 << 20
STAY = {"before": "no-reset", "after": "no-reset"}


class Device:
    """A simulated chip at a pseudo-terminal."""

    def __init__(self, espsim):
        self.folder = tempfile.mkdtemp(prefix="labs-")
        self.image, self.port = os.path.join(self.folder, "flash"), os.path.join(self.folder, "tty")
        self.server = subprocess.Popen([espsim, "--chip", "esp32s3", "--boot", "download", "--flash", self.image,
                                        "--size", str(SIZE), "--listen", "pty:" + self.port], stdout=subprocess.DEVNULL)
        while not os.path.exists(self.port):
            time.sleep(0.02)
        self.write_table()

    def write_table(self):
        """A partition table with an NVS of 16 KiB, by espbak's own default image."""
        rows = [("nvs", flash_image.DATA, 0x02, 0x9000, 0x4000), ("ota_0", flash_image.APP, 0x10, 0x10000, 0x40000)]
        with open(self.image, "r+b") as file:
            file.write(bytes(flash_image.flash(SIZE, rows)))

    def contents(self):
        with open(self.image, "rb") as file:
            return file.read()

    def path(self, name, contents=None):
        path = os.path.join(self.folder, name)
        if contents is not None:
            with open(path, "wb") as file:
                file.write(contents)
        return path

    def close(self):
        self.server.terminate()
        self.server.wait()
        shutil.rmtree(self.folder)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def exercise(device, dump, flash, backup):
    """Dump all, a partition, a range; flash a partition; back up, spoil, restore."""
    before = device.contents()
    dump(device.path("all"), None)
    assert read(device.path("all")) == before
    dump(device.path("nvs"), "nvs")
    assert read(device.path("nvs")) == before[0x9000:0xD000]
    dump(device.path("some"), "0x8000:0x1000")
    assert read(device.path("some")) == before[0x8000:0x9000]
    saved = backup()
    flash(device.path("new", b"new " * 1024), "nvs")
    assert device.contents()[0x9000:0xA000] == b"new " * 1024
    flash(saved, None)
    assert device.contents() == before


def jumpstarter(device):
    from jumpstarter.common.utils import serve
    from jumpstarter_driver_espbak.driver import EspbakFlasher
    with serve(EspbakFlasher(port=device.port, force=True, options=STAY)) as client:
        assert client.info()["chip"] == "esp32s3"

        def backup():
            client.backup(device.path("saved.tar"))
            return device.path("saved.tar")
        exercise(device, lambda path, part: client.dump(path, target=part),
                 lambda path, part: client.flash(path, target=part), backup)


def labgrid(device):
    import yaml
    from labgrid import Environment
    config = {"imports": ["espbak.labs.labgrid"], "targets": {"main": {
        "resources": {"RawSerialPort": {"port": device.port}},
        "drivers": {"EspbakDriver": {"force": True, "options": STAY}}}}}
    with open(device.path("lab.yaml"), "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file)
    driver = Environment(device.path("lab.yaml")).get_target("main").get_driver("EspbakDriver")
    exercise(device, driver.dump, lambda path, part: driver.flash(path, part) if part else driver.load(path),
             lambda: os.fspath(driver.backup(device.path("backups"))))


TEST = '''
def test_it(restored_flash, esp_board, tmp_path):
    new = tmp_path / "new"
    new.write_bytes(b"new " * 1024)
    esp_board.flash(new, "nvs")
    esp_board.dump(tmp_path / "nvs", "nvs")
    assert (tmp_path / "nvs").read_bytes()[:4096] == b"new " * 1024
'''


def pytest(device):
    import pytest_embedded  # noqa: F401  (whether it is there)
    before = device.contents()
    device.path("test_board.py", TEST.encode())
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:labgrid", "-p",
                           "espbak.labs.pytest_plugin", "--embedded-services", "serial",
                           "--port", device.port, "--espbak-option", "before=no-reset", "--espbak-option", "after=no-reset",
                           "--espbak-option", "force", "test_board.py"], cwd=device.folder, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(FOLDERS)})
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout
    assert device.contents() == before


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    """Without connecting, which some servers allow once."""
    with open("/proc/net/tcp", encoding="ascii") as file, open("/proc/net/tcp6", encoding="ascii") as file6:
        return any(f":{port:04X} " in line and " 0A " in line for line in [*file, *file6])


def through(device, command, url):
    """A backup through a program that serves the device."""
    import espbak
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            if listens(int(url.rsplit(":", 1)[1])):
                break
            time.sleep(0.1)
        saved = espbak.backup(url, output=device.path("backups"), full=True, **STAY)
        assert saved.state == "verified" and read(os.path.join(saved, "flash.bin")) == device.contents()
    finally:
        server.terminate()
        server.wait()


def need(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        raise ImportError(f"there is no {name}")
    return path


def ser2net(device):
    port = free_port()
    with open(device.path("ser2net.yaml"), "w", encoding="utf-8") as file:
        file.write(f"connection: &board\n  accepter: telnet(rfc2217),tcp,127.0.0.1,{port}\n"
                   f"  connector: serialdev,{device.port},115200n81,local\n")
    through(device, [need("ser2net"), "-d", "-c", device.path("ser2net.yaml")], f"rfc2217://127.0.0.1:{port}")


WAYS = {way.__name__: way for way in (jumpstarter, labgrid, pytest, ser2net)}


def main():
    os.environ["ESPBAK"] = os.path.abspath(sys.argv[1])
    tried = 0
    for name in sys.argv[3:] or WAYS:
        device = Device(os.path.abspath(sys.argv[2]))
        try:
            WAYS[name](device)
            print(f"{name}: ok")
            tried += 1
        except ImportError as missing:
            print(f"{name}: left out, {missing}")
        finally:
            device.close()
    return 0 if tried else 1


sys.exit(main())
