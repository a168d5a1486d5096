# SPDX-License-Identifier: Apache-2.0
"""File systems that other tools have made: the same lists, the same bytes. Settings that were changed, read by ESP-IDF's tool.

What is not there is left out: littlefs-python in this Python, and ESP-IDF's generators and tools in the folder that
ESPBAK_TEST_IDF names. 77 where there is none at all.
"""
import base64
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

import flash_image
from program import SKIP, run

IMAGES = 25
IDF = os.environ.get("ESPBAK_TEST_IDF", "")


def tree(chance, names, files=25, largest=20000, longest=255):
    """{path: bytes, or None for a folder}"""
    made, folders = {}, [""]
    for i in range(files):
        path = chance.choice(folders) + "/" + chance.choice(names) + str(i) + chance.choice(["", ".txt", ".htm"])
        if len(path.encode()) > longest:
            continue
        if chance.random() < 0.15 and len(folders) < 8:
            made[path] = None
            folders.append(path)
        else:
            size = chance.choice([0, 1, 250, 251, 252, 511, 512, 513, 4095, 4096, 4097, chance.randint(0, largest)])
            made[path] = chance.randbytes(size)
    return made


def put(files, folder):
    for path, data in files.items():
        if data is None:
            os.makedirs(folder + path, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(folder + path), exist_ok=True)
            with open(folder + path, "wb") as one:
                one.write(data)


def generate(script, folder, *options):
    done = subprocess.run([sys.executable, os.path.join(IDF, "components", script), *options], cwd=folder, check=False,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-500:])


def by_littlefs_python(chance, folder):
    from littlefs import LittleFS  # pylint: disable=import-error,import-outside-toplevel
    block, blocks = chance.choice([(128, 4000), (512, 1500), (1024, 700), (4096, 200), (8192, 100), (65536, 32)])
    made = LittleFS(block_size=block, block_count=blocks, disk_version=chance.choice([0x20000, 0x20001]))
    files = tree(chance, ["f", "Übung", "a b", "x" * chance.randint(1, 60)], largest=20000 if block > 128 else 1500)
    for path, data in files.items():
        if data is None:
            made.mkdir(path)
        else:
            with made.open(path, "wb") as one:
                one.write(data)
    for path in [path for path, data in files.items() if data is not None and chance.random() < 0.25]:
        made.rename(path, path + "r")
        files[path + "r"] = files.pop(path)
    with open(os.path.join(folder, "image.bin"), "wb") as image:
        image.write(bytes(made.context.buffer))
    return files


def by_spiffsgen(chance, folder):
    files = {path: data for path, data in tree(chance, ["f", "Übung", "www"], longest=31).items() if data is not None}
    put(files, os.path.join(folder, "in"))
    page, block = chance.choice([(256, 4096), (256, 4096), (512, 4096), (256, 8192), (256, 65536), (1024, 16384)])
    name, meta = chance.choice([(32, 4), (32, 4), (32, 0), (64, 4), (32, 8)])
    generate("spiffs/spiffsgen.py", folder, "0x100000", "in", "image.bin", "--page-size", str(page), "--block-size", str(block),
             "--obj-name-len", str(name), "--meta-len", str(meta),
             *chance.choice([[], [], ["--no-magic-len"], ["--no-magic"], ["--aligned-obj-ix-tables"]]))
    return files


def by_fatfsgen(chance, folder, script="fatfs/fatfsgen.py", modes=(None,)):
    """It makes all letters of names small ones."""
    wide = chance.random() < 0.6
    files = tree(chance, ["f", "another name ", "x" * chance.randint(9, 30)] if wide else ["F", "W"], largest=6000)
    if not wide:
        files = {path.upper(): data for path, data in files.items()}
    put(files, os.path.join(folder, "in"))
    sector = chance.choice([512, 4096])
    mode = chance.choice(modes) if sector == 512 else None
    generate(script, folder, "in", "--output_file", "image.bin", "--partition_size", hex(chance.choice([1, 2, 4]) << 20),
             "--sector_size", str(sector), *(["--long_name_support"] if wide else []),
             *(["--wl_mode", mode] if mode else []))
    return files


def by_wl_fatfsgen(chance, folder):
    return by_fatfsgen(chance, folder, "fatfs/wl_fatfsgen.py", (None, "perf", "safe"))


def read_back(folder):
    done = run("--json", "files", "image.bin", folder=folder)
    volume, = json.loads(done.stdout)["volumes"]
    run("extract", "image.bin", ":/", "out", folder=folder)
    found = {}
    for entry in volume["files"]:
        path = os.path.join(folder, "out") + entry["path"]
        if entry["folder"]:
            found[entry["path"]] = None
        else:
            with open(path, "rb") as one:
                found[entry["path"]] = one.read()
    return found


def random_setting(chance):
    kind, size, low = chance.choice([("u8", 8, 0), ("i16", 16, -2**15), ("u32", 32, 0), ("i64", 64, -2**63), ("string", 0, 0),
                                     ("blob", 0, 0)])
    if size:
        return kind, str(chance.randrange(low, low + 2**size))
    length = chance.choice([1, 10, 200, 3000])
    return kind, chance.randbytes(length).hex() if kind == "blob" else "".join(chance.choices("abc def", k=length)) + "x"


def change_settings(chance, name, model, folder):
    """Some more, some others, some fewer; the name of the next backup."""
    keys = [(f"space{i % 3}", f"key{i}") for i in range(40)]
    words, gone = [], []
    for place in chance.sample(keys, 12):
        if place in model and chance.random() < 0.3:
            gone.append(place)
            continue
        kind, value = random_setting(chance)
        while place in model and model[place][0] != kind:
            kind, value = random_setting(chance)
        words += [*place, kind, value]
        model[place] = kind, value
    run("-q", "nvs", "set", name, *words, "--name", name + "s", folder=folder)
    if not gone:
        return name + "s"
    for place in gone:
        del model[place]
    run("-q", "nvs", "delete", name + "s", *[word for place in gone for word in place], "--name", name + "d", folder=folder)
    return name + "d"


def read_settings(folder, name):
    """What ESP-IDF's tool reads, after it has checked all pages."""
    run("-q", "extract", name, "nvs", "nvs.bin", "--overwrite", folder=folder)
    tool = [sys.executable, os.path.join(IDF, "components", "nvs_flash", "nvs_partition_tool", "nvs_tool.py")]
    checked = subprocess.run([*tool, "-i", "-d", "none", "nvs.bin"], cwd=folder, capture_output=True, text=True, check=True)
    told = subprocess.run([*tool, "-d", "minimal", "-f", "json", "nvs.bin"], cwd=folder, capture_output=True, text=True,
                          check=True)
    found = {}
    for entry in json.loads(told.stdout):
        place = entry["namespace"], entry["key"]
        if entry["encoding"] == "blob_data":  # its pieces come in their order
            found[place] = found.get(place, "") + base64.b64decode(entry["data"]).hex()
        elif entry["encoding"] != "blob_index":
            found[place] = str(entry["data"])
    return found, [line for line in checked.stdout.splitlines() if line and "OK" not in line and "Empty" not in line]


def settings():
    """How many rounds were wrong."""
    wrong = 0
    for seed in range(IMAGES):
        chance, folder, model, name = random.Random(seed), tempfile.mkdtemp(prefix="espbak-"), {}, "b"
        rows = [("nvs", 1, 0x02, 0x9000, 0x1000 * chance.choice([12, 20, 30]))]
        flash = flash_image.flash(flash_image.M, rows)
        flash[0x9000:0x9000 + rows[0][4]] = b"\xff" * rows[0][4]
        with open(os.path.join(folder, "flash.img"), "wb") as image:
            image.write(flash)
        run("-q", "import", "flash.img", "--name", "b", folder=folder)
        for _ in range(4):
            name = change_settings(chance, name, model, folder)
            found, told = read_settings(folder, name)
            if told or found != {place: value for place, (_, value) in model.items()}:
                print(f"settings, seed {seed}: {told or 'not what was set'}")
                wrong += 1
        shutil.rmtree(folder)
    print(f"settings: {IMAGES} backups, changed four times each")
    return wrong


def main():
    makers = [by_littlefs_python] if importlib.util.find_spec("littlefs") else []
    makers += [by_spiffsgen, by_fatfsgen, by_wl_fatfsgen] if IDF else []
    wrong = 0
    for maker in makers:
        for seed in range(IMAGES):
            folder = tempfile.mkdtemp(prefix="espbak-")
            wanted = maker(random.Random(seed), folder)
            if read_back(folder) != wanted:
                print(f"{maker.__name__}, seed {seed}: not what was written")
                wrong += 1
            shutil.rmtree(folder)
        print(f"{maker.__name__}: {IMAGES} images")
    wrong += settings() if IDF else 0
    return 1 if wrong else 0 if makers else SKIP


if __name__ == "__main__":
    sys.exit(main())
