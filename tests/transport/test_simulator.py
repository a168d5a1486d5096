# SPDX-License-Identifier: Apache-2.0
"""A chip that goes on sending while nobody reads, as after a client was killed, costs no processor time, and serves
the next client."""
import os
import socket
import subprocess
import sys
import tempfile
import time

ESPSIM = os.environ["ESPBAK_TEST_ESPSIM"]
PROGRAM = os.environ["ESPBAK_TEST_PROGRAM"]
RESETS = 2500  # each makes the chip say some 50 bytes: more than the server and a pseudo-terminal hold


def used_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(control, request):
    control.sendall(request)
    control.recv(64)


def fill(folder):
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(os.path.join(folder, "control"))
        for _ in range(RESETS):
            ask(control, b"lines 0 1\n")
            ask(control, b"lines 0 0\n")
            time.sleep(0.003)


def main():
    with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
        with open(os.path.join(folder, "flash.bin"), "wb") as flash:
            flash.write(os.urandom(1 << 18))
        with subprocess.Popen([ESPSIM, "--chip", "esp32s3", "--flash", "flash.bin", "--baud", "none", "--boot", "app",
                               "--listen", "pty:line", "--control", "unix:control"], cwd=folder,
                              stdout=subprocess.PIPE) as device:
            device.stdout.readline()
            fill(folder)
            before = used_seconds(device.pid)
            time.sleep(2)
            used = used_seconds(device.pid) - before
            with socket.socket(socket.AF_UNIX) as control:
                control.connect(os.path.join(folder, "control"))
                for request in (b"lines 0 1\n", b"lines 1 0\n", b"lines 0 0\n"):
                    ask(control, request)
                    time.sleep(0.1)
            done = subprocess.run([PROGRAM, "-p", "./line", "--before", "no-reset", "read", "0", "0x10000", "r.bin"],
                                  cwd=folder, check=False, capture_output=True, timeout=120)
            device.terminate()
    print(f"{used:.2f} s of processor time in 2 s, then {done.returncode} {done.stderr.decode()}")
    return 0 if used < 0.1 and done.returncode == 0 else 1


sys.exit(main())
