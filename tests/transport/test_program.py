# SPDX-License-Identifier: Apache-2.0
"""espbak and esptool on a serial device that is espsim behind the library of tests/shim.

    test_program.py espbak | esptool
"""

import hashlib
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SIZE = 1 << 20
SKIP = 77
USB = {"busnum": "1", "devnum": "7", "idVendor": "10c4", "idProduct": "ea60", "product": "CP2102", "serial": "0001"}
LINK = "/dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0"
DEVICE = "/dev/ttyUSB0"


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Device:
    """A chip on /dev/ttyUSB0, as programs run by `run` see it."""

    def __init__(self, chip="esp32s3", options=()):
        self.folder = tempfile.TemporaryDirectory(prefix="shim-")
        self.flash = self.path("flash.bin")
        self.image = random.Random(chip).randbytes(SIZE)
        with open(self.flash, "wb") as file:
            file.write(self.image)
        self.command = [os.environ["ESPBAK_TEST_ESPSIM"], "--chip", chip, "--flash", self.flash, "--boot", "app",
                        "--listen", "pty:" + self.path("line"), "--control", "unix:" + self.path("control"), *options]
        os.makedirs(self.path("root/dev/serial/by-id"))
        os.makedirs(self.path("root/sys/class/tty"))
        self.attach("ttyUSB0")

    def path(self, *names):
        return os.path.join(self.folder.name, *names)

    def attach(self, port, **usb):
        """What the kernel shows of a port; `usb` overrides what the device says of itself."""
        bus = f"devices/pci0000:00/usb1/1-{port[-1]}"
        tty = f"{bus}/1-{port[-1]}:1.0/{port}/tty/{port}"
        for name, text in {**USB, **usb}.items():
            put(self.path("root/sys", bus, name), text + "\n")
        put(self.path("root/sys", bus, f"1-{port[-1]}:1.0/bInterfaceNumber"), "00\n")
        os.makedirs(self.path("root/sys", tty))
        os.symlink("../..", self.path("root/sys", tty, "device"))
        os.symlink("../../" + tty, self.path("root/sys/class/tty", port))
        put(self.path("root/dev", port), f"pty {self.path('line')}\ncontrol {self.path('control')}\n")
        os.symlink("../../" + port, self.path("root" + LINK))

    def detach(self, port):
        for name in (LINK, f"/dev/{port}", f"/dev/{port}.state", f"/sys/class/tty/{port}"):
            if os.path.lexists(self.path("root" + name)):
                os.remove(self.path("root" + name))
        shutil.rmtree(self.path(f"root/sys/devices/pci0000:00/usb1/1-{port[-1]}"))

    def power(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("espsim: listening on "):
            raise RuntimeError(f"espsim did not start: {line!r}")

    def cut(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        self.process.stdout.close()

    def __enter__(self):
        self.power()
        return self

    def __exit__(self, *_):
        self.cut()
        self.folder.cleanup()

    def environment(self):
        # The sanitizer wants to be the first library loaded; that the shim comes before it does no harm.
        return {"PATH": os.environ["PATH"], "HOME": self.folder.name, "LC_ALL": "C.UTF-8",
                "ESPBAK_SHIM_ROOT": self.path("root"), "LD_PRELOAD": os.environ["ESPBAK_TEST_SHIM"],
                "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def start(self, *command):
        return subprocess.Popen(command, cwd=self.folder.name, env=self.environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *command):
        with self.start(*command) as process:
            out, err = process.communicate(timeout=240)
        return process.returncode, out, err

    def espbak(self, *arguments):
        return self.run(os.environ["ESPBAK_TEST_PROGRAM"], *arguments)

    def control(self, request):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.path("control"))
            control.sendall(request.encode() + b"\n")
            return control.recv(256).decode().strip()

    def contents(self):
        with open(self.flash, "rb") as file:
            return file.read()

    def read_file(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()


def expect(condition, *what):
    if not condition:
        raise AssertionError("\n".join(str(part) for part in what))


def a_running_application_is_backed_up_and_runs_again():
    with Device(options=("--baud", "none")) as device:
        expect(device.control("state") == "ok app", "it should start with its application")
        # No port is named: the only one that looks like an ESP is taken.
        code, out, err = device.espbak("backup", "-o", "backup")
        expect(code == 0, code, out, err)
        found = [os.path.join(place, name) for place, _, names in os.walk(device.path("backup"))
                 for name in names if name.endswith(".bin")]
        expect(len(found) == 1, found)
        expect(device.read_file(found[0]) == device.image, "the backup differs from the flash")
        expect(device.control("state") == "ok app", "the application should run again")


def a_link_by_id_is_followed():
    with Device(options=("--baud", "none")) as device:
        code, out, err = device.espbak("-p", LINK, "read", "0x1000", "0x2000", "part.bin")
        expect(code == 0, code, out, err)
        expect(device.read_file("part.bin") == device.image[0x1000:0x3000], "what was read differs")


def the_baud_rate_is_raised_on_both_ends():
    with Device("esp32", options=("--baud", "real")) as device:
        code, out, err = device.espbak("-p", DEVICE, "-b", "921600", "--trace", "trace.txt", "read", "0", "0x20000",
                                       "part.bin")
        expect(code == 0, code, out, err)
        expect(device.read_file("part.bin") == device.image[:0x20000], "what was read differs")
        # Both ends agree, or nothing would have come; and this is the rate they agree on.
        expect(b"baud 921600" in device.read_file("trace.txt"), "the line stayed slow")
        expect(device.control("overflows") == "ok 0", "the chip's receive FIFO ran over")


def what_is_written_arrives():
    with Device(options=("--baud", "none")) as device:
        data = random.Random(7).randbytes(0x3000)
        with open(device.path("new.bin"), "wb") as file:
            file.write(data)
        code, out, err = device.espbak("-p", DEVICE, "write", "0x8000", "new.bin")
        expect(code == 0, code, out, err)
        expect(device.contents()[0x8000:0xB000] == data, "what was written differs")


LISTEN = """
import os, sys, termios, fcntl, struct, time
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
settings = termios.tcgetattr(fd)
settings[0:4] = [0, 0, termios.CS8 | termios.CREAD | termios.CLOCAL, 0]
settings[4] = settings[5] = getattr(termios, 'B' + sys.argv[2])
settings[6][termios.VMIN] = settings[6][termios.VTIME] = 0
termios.tcsetattr(fd, termios.TCSANOW, settings)
for lines in (termios.TIOCM_RTS, 0):
    fcntl.ioctl(fd, termios.TIOCMSET, struct.pack('I', lines))
    time.sleep(0.1)
time.sleep(0.8)
sys.stdout.write(os.read(fd, 4096).hex())
"""


def a_wrong_baud_rate_gives_garbage():
    with Device("esp32", options=("--baud", "real")) as device:
        for baud, clear in (("115200", True), ("9600", False), ("230400", False), ("115200", True)):
            code, out, err = device.run(sys.executable, "-c", LISTEN, DEVICE, baud)
            expect(code == 0, code, out, err)
            heard = bytes.fromhex(out)
            expect(len(heard) > 0, f"nothing was heard at {baud} baud")
            expect((b"rst:" in heard) == clear, f"at {baud} baud", heard)


HOLD = """
import fcntl, os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(fd, fcntl.LOCK_EX)
print('held', flush=True)
time.sleep(60)
"""


def a_second_opener_is_told_who_is_first():
    with Device(options=("--baud", "none")) as device:
        with device.start(sys.executable, "-c", HOLD, DEVICE) as holder:
            holder.stdout.readline()
            before = device.control("state")
            code, out, err = device.espbak("-p", DEVICE, "info")
            after = device.control("state")
            holder.kill()
        expect(code == 3, code, out, err)
        expect(f"process {holder.pid} (" in err, err)
        expect(out == "", out)
        expect(before == after, "the attempt should not disturb the holder's chip", before, after)


def a_pulled_cable_ends_the_run_with_one_sentence():
    with Device("esp32", options=("--baud", "real")) as device:
        with device.start(os.environ["ESPBAK_TEST_PROGRAM"], "-p", DEVICE, "-b", "115200", "read", "0", "ALL",
                          "part.bin") as process:
            time.sleep(4)
            device.process.kill()
            out, err = process.communicate(timeout=60)
        expect(process.returncode in (3, 5), process.returncode, out, err)
        expect("went away" in err, err)


def esptool_resets_the_chip_and_reads_the_same():
    with Device("esp32", options=("--baud", "none")) as device:
        code, out, err = device.run(os.environ["ESPBAK_TEST_ESPTOOL"], "--port", DEVICE, "read-flash", "0", "0x20000",
                                    "part.bin")
        expect(code == 0, code, out, err)
        expect(device.read_file("part.bin") == device.image[:0x20000], "what esptool read differs")
        expect(device.control("state") == "ok app", "the application should run again")
        code, out, err = device.espbak("-p", DEVICE, "read", "0", "0x20000", "own.bin")
        expect(code == 0, code, out, err)
        expect(hashlib.sha256(device.read_file("own.bin")).digest() ==
               hashlib.sha256(device.read_file("part.bin")).digest(), "espbak and esptool disagree")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def espressifs_rfc2217_server_resets_the_chip_for_us():
    server = os.path.join(os.path.dirname(os.environ["ESPBAK_TEST_ESPTOOL"]), "esp_rfc2217_server")
    if not os.path.exists(server):
        server += ".py"
    port = free_port()
    with Device("esp32", options=("--baud", "real")) as device:
        with device.start(server, "-p", str(port), DEVICE) as serving:
            for _ in range(100):
                time.sleep(0.1)
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
            code, out, err = device.espbak("-p", f"rfc2217://127.0.0.1:{port}", "-b", "460800", "read", "0", "0x8000",
                                           "part.bin")
            serving.kill()
        expect(code == 0, code, out, err)
        expect(device.read_file("part.bin") == device.image[:0x8000], "what was read differs")


TESTS = {
    "espbak": [a_running_application_is_backed_up_and_runs_again, a_link_by_id_is_followed,
               the_baud_rate_is_raised_on_both_ends, what_is_written_arrives, a_wrong_baud_rate_gives_garbage,
               a_second_opener_is_told_who_is_first, a_pulled_cable_ends_the_run_with_one_sentence],
    "esptool": [esptool_resets_the_chip_and_reads_the_same, espressifs_rfc2217_server_resets_the_chip_for_us],
}


def main():
    which = sys.argv[1]
    if which == "esptool" and not os.path.exists(os.environ.get("ESPBAK_TEST_ESPTOOL", "")):
        print("skipped: esptool is not installed")
        return SKIP
    failed = 0
    for test in TESTS[which]:
        begin = time.monotonic()
        try:
            test()
            print(f"ok      {test.__name__} ({time.monotonic() - begin:.1f} s)", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"FAILED  {test.__name__}\n{error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
