# SPDX-License-Identifier: Apache-2.0
"""A serial device that is unplugged in the middle of a run: it is found again by its USB serial number under
another port name, waited for, and not mistaken for another one that gets its name."""
import json
import os
import random
import sys
import threading

from test_program import DEVICE, LINK, SIZE, Device, expect

QUICK = ("--baud", "real")
OTHER = ("--mac", "02:00:00:00:00:02")
SECTOR = 4096


def start(device, port, *arguments):
    return device.start(os.environ["ESPBAK_TEST_PROGRAM"], "--progress", "json", "-p", port, "-b", "2000000",
                        *arguments)


def pull_out(program, device, port, phase):
    """Once a third of a phase is done."""
    heard = ""
    for line in program.stderr:
        heard += line
        event = json.loads(line)
        if event["event"] == "progress" and event["phase"] == phase and event["done"] * 3 >= event["total"]:
            device.cut()
            device.detach(port)
            return
    raise AssertionError("it ended before it was pulled out:\n" + heard)


def finish(program):
    out, err = program.communicate(timeout=240)
    return program.returncode, out, err


def change_sector(device, at):
    with open(device.flash, "r+b") as file:
        file.seek(at)
        file.write(random.randbytes(SECTOR))


def plug_in_later(device, port, **usb):
    def plug():
        device.attach(port, **usb)
        device.power()
    later = threading.Timer(1.0, plug)
    later.start()
    return later


def under_another_name(*command, phase, port=DEVICE, options=QUICK, change=None):
    """Run a command whose device goes away as ttyUSB0 and comes back as ttyUSB3; what it left behind."""
    with Device("esp32", options=options) as device:
        with open(device.path("new.bin"), "wb") as file:
            file.write(random.Random("new").randbytes(SIZE))
        with start(device, port, *command, "--wait", "60") as program:
            pull_out(program, device, "ttyUSB0", phase)
            if change is not None:
                change_sector(device, change)
            later = plug_in_later(device, "ttyUSB3")
            code, out, err = finish(program)
            later.join()
        expect(code == 0, code, out, err)
        expect("it is back on /dev/ttyUSB3" in err, err)
        names = {name: device.read_file(name) for name in os.listdir(device.folder.name) if name.endswith(".bin")}
        for place, _, files in os.walk(device.path("backups")):
            names.update({name: device.read_file(os.path.join(place, name)) for name in files})
        return device.contents(), names


def a_backup_goes_on_under_another_name():
    flash, names = under_another_name("backup", "--full", phase="reading", change=5 * SECTOR)
    expect("manifest.json" in names, sorted(names))
    manifest = json.loads(names["manifest.json"])
    expect(names["flash.bin"] == flash, "the backup is not what the device holds now")
    expect(manifest["link"]["reconnects"] == 1, manifest)


def a_read_goes_on_under_another_name():
    flash, names = under_another_name("read", "0", "ALL", "part.bin", "--full", phase="reading", change=5 * SECTOR)
    expect(names["part.bin"] == flash, "the file is not what the device holds now")


def a_link_by_id_is_followed_to_another_name():
    flash, names = under_another_name("read", "0", "ALL", "part.bin", "--full", phase="reading", port=LINK)
    expect(names["part.bin"] == flash, "the file is not what the device holds now")


def a_write_goes_on_under_another_name():
    flash, names = under_another_name("write", "0", "new.bin", phase="writing")
    expect(flash == names["new.bin"], "the flash is not what was to be written")


def another_device_with_its_name_is_refused():
    with Device("esp32", options=QUICK) as device:
        with start(device, DEVICE, "backup", "--full", "--wait", "60") as program:
            pull_out(program, device, "ttyUSB0", "reading")
            device.command += OTHER
            later = plug_in_later(device, "ttyUSB0")
            code, out, err = finish(program)
            later.join()
        expect(code == 4, code, out, err)
        expect("another device is attached now" in err, err)
        expect("--resume" in err, err)
        names = os.listdir(device.path("backups"))
        expect(len(names) == 1 and names[0].endswith(".partial"), names)


def a_name_that_another_device_got_is_left_alone():
    """Its serial number says where it is: on the second port, while the first has something else."""
    with Device("esp32", options=QUICK) as device, Device("esp32", options=(*QUICK, *OTHER)) as stranger:
        with start(device, DEVICE, "read", "0", "ALL", "part.bin", "--full", "--wait", "60") as program:
            pull_out(program, device, "ttyUSB0", "reading")
            lines = f"pty {stranger.path('line')}\ncontrol {stranger.path('control')}\n"
            before = stranger.control("state")
            device.attach("ttyUSB3")
            device.power()
            os.remove(device.path("root" + LINK))
            device.attach("ttyUSB0", serial="0002")
            with open(device.path("root/dev/ttyUSB0"), "w", encoding="ascii") as file:
                file.write(lines)
            code, out, err = finish(program)
        expect(code == 0, code, out, err)
        expect("it is back on /dev/ttyUSB3" in err, err)
        expect(device.read_file("part.bin") == device.contents(), "the file is not what the device holds")
        expect(stranger.control("state") == before == "ok app", "the other device was disturbed")


def it_stays_away():
    with Device("esp32", options=QUICK) as device:
        with start(device, DEVICE, "read", "0", "ALL", "part.bin", "--full", "--wait", "1") as program:
            pull_out(program, device, "ttyUSB0", "reading")
            code, out, err = finish(program)
        expect(code in (3, 5), code, out, err)
        expect("went away" in err, err)
        expect(not os.path.exists(device.path("part.bin")), "a file that is not whole")


TESTS = [a_backup_goes_on_under_another_name, a_read_goes_on_under_another_name,
         a_link_by_id_is_followed_to_another_name, a_write_goes_on_under_another_name,
         another_device_with_its_name_is_refused, a_name_that_another_device_got_is_left_alone, it_stays_away]


def main():
    failed = 0
    for test in TESTS:
        try:
            test()
            print(f"ok      {test.__name__}", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"FAILED  {test.__name__}\n{error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
