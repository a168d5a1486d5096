# SPDX-License-Identifier: Apache-2.0
"""File systems that other tools have made: the same lists, the same bytes.

What is not there is left out: littlefs-python in this Python, and ESP-IDF's generators in the folder that ESPBAK_TEST_IDF
names. 77 where there is none at all.
"""
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

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
    return 1 if wrong else 0 if makers else SKIP


if __name__ == "__main__":
    sys.exit(main())
