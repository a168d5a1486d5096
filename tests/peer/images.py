# SPDX-License-Identifier: Apache-2.0
"""What espbak reads out of tables, otadata, NVS and images, against tools that nobody here wrote."""

import importlib.util
import os
import random
import subprocess
import sys
import tempfile

SKIPPED = 77

TABLES = [
    "nvs,data,nvs,,0x6000\nphy_init,data,phy,,0x1000\nfactory,app,factory,,1M\n",
    "nvs,data,nvs,,0x4000,\notadata,data,ota,,0x2000,\nphy_init,data,phy,,0x1000,\nfactory,app,factory,,1M,\n"
    "ota_0,app,ota_0,,1M,\nota_1,app,ota_1,,1M,\n",
    "# a comment\n\n nvs , data , nvs , 0x9000 , 24K \nkeys,data,nvs_keys,,0x1000,encrypted\nodd,data,0x99,,1024\n"
    "app0,app,ota_0,,0x1F0000\nmine,0x40,0x01,,100,readonly\nfs,data,littlefs,,-0x400000\n",
    "boot,bootloader,primary,N/A,N/A,\ntable,partition_table,primary,N/A,N/A,\nnvs,data,nvs,,0x4000,readonly\n"
    "bl_ota,bootloader,ota,,N/A,\npt_ota,partition_table,ota,,N/A,\napp,0,0,0x20000,1M,\nrest,DATA,FAT,,1m,\n",
    "nvsfactory,data,nvs,,200K,\nnvs,data,nvs,,840K,\notadata,data,ota,,8K,\nphy_init,data,phy,,4K,\n"
    "ota_0,app,ota_0,0x200000,4M,\nota_1,app,ota_1,,4M,\nassets,data,spiffs,0xA00000,16M,\n",
    "a,data,nvs,0x8000,4K\n",
    "a,data,nvs,,8K\nb,data,nvs,0xA000,4K\n",
    "a,data,nvs,,\n",
    "a,app,,,1M\n",
    "a,data,unknown,,1M\n",
    "a,data,nvs,,1M,secret\n",
]


def describe(kind, path):
    """Lines as (word, rest), and whether it was understood."""
    run = subprocess.run([os.environ["ESPBAK_TEST_DESCRIBE"], kind, path], capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    return [tuple(line.split(" ", 1)) for line in run.stdout.splitlines()], run.returncode == 0


def write(name, content):
    with open(name, "wb") as file:
        file.write(content)
    return name


def rest_of(lines, word):
    return [line[1] for line in lines if line[0] == word]


def tables():
    from esp_idf_defs.partitions import PartitionTable, InputError

    for text in TABLES:
        ours, ok = describe("table", write("table.csv", text.encode()))
        try:
            theirs = PartitionTable.from_csv(text, primary_bootloader_offset=0x1000)
        except InputError:
            assert not ok, f"only espbak takes this:\n{text}"
            continue
        wanted = [f"{p.name} {p.type} {p.subtype} {p.offset:#x} {p.size:#x} {int(p.encrypted)} {int(p.readonly)}"
                  for p in theirs]
        assert ok and rest_of(ours, "partition") == wanted, (ours, wanted)
        ours, ok = describe("table", write("table.bin", theirs.to_binary()))
        assert ok and rest_of(ours, "partition") == wanted and rest_of(ours, "md5") == ["1"], (ours, wanted)


def otadata():
    from esp_idf_defs.otadata import OtaDataSelectEntry, OtaImageState

    seqs = [1, 2, 3, 17, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, None]
    for first in seqs:
        for second in seqs:
            if first is not None and first == second:
                continue
            entries = [seq and OtaDataSelectEntry(seq, OtaImageState.VALID) for seq in (first, second)]
            sectors = [(entry.to_bytes() if entry else b"").ljust(4096, b"\xff") for entry in entries]
            ours, _ = describe("otadata", write("otadata.bin", b"".join(sectors)))
            _, which = OtaDataSelectEntry.select(*entries)
            wanted = {"a": "0", "b": "1", None: "-1"}[which]
            assert rest_of(ours, "active") == [wanted], (first, second, ours)


def nvs_rows(chance, blob_limit):
    """Rows of a CSV, and what espbak should say of them."""
    limits = {"u8": (0, 2**8), "i8": (-2**7, 2**7), "u16": (0, 2**16), "i16": (-2**15, 2**15), "u32": (0, 2**32),
              "i32": (-2**31, 2**31), "u64": (0, 2**64), "i64": (-2**63, 2**63)}
    sizes = {"8": 1, "6": 2, "2": 4, "4": 8}
    rows, items = ["key,type,encoding,value"], []
    for space in ("wifi", "a_longer_name15", "x"):
        rows.append(f"{space},namespace,,")
        for number in range(chance.randrange(5, 60)):
            key, kind = f"k{number}", chance.choice([*limits, "string", "hex2bin"])
            if kind in limits:
                low, past = limits[kind]
                text, size = str(chance.choice([chance.randrange(low, past), low, past - 1])), sizes[kind[-1]]
            elif kind == "string":
                text = "".join(chance.choices("abc DEF.-_#;", k=chance.randrange(1, 200))).strip() or "x"
                size = len(text) + 1
            else:
                text = chance.randbytes(chance.randrange(1, blob_limit)).hex()
                kind, size = "blob", len(text) // 2
            rows.append(f"{key},data,{'hex2bin' if kind == 'blob' else kind},{text}")
            items.append(f"{space} {key} {kind} {size} 1 {text}")
    return "\n".join(rows) + "\n", items


def encrypted_nvs(generate, common, items):
    """With its key the same as without one; with another nothing."""
    subprocess.run([*generate, "generate-key", "--keyfile", "other.bin"], check=True, capture_output=True)
    told = [subprocess.run([os.environ["ESPBAK_TEST_PROGRAM"], "-q", "nvs", "--csv", "--show-values", "--keys",
                            f"keys/{name}.bin", "secret.bin"], capture_output=True, check=False) for name in ("own", "other")]
    assert told[0].returncode == 0 and told[1].returncode == 8 and b"does not fit" in told[1].stderr, told
    write("again.csv", told[0].stdout)
    subprocess.run([*generate, "generate", *common, "again.csv", "again.bin", "0x80000"], check=True, capture_output=True)
    again, ok = describe("nvs", "again.bin")
    assert ok and rest_of(again, "item") == items, set(rest_of(again, "item")) ^ set(items)


def nvs():
    chance = random.Random(7)
    for version in (1, 2):
        for _ in range(4):
            text, items = nvs_rows(chance, 1900 if version == 1 else 9000)
            write("nvs.csv", text.encode())
            generate = [sys.executable, "-m", "esp_idf_nvs_partition_gen"]
            common = ["--version", str(version)]
            subprocess.run([*generate, "generate", *common, "nvs.csv", "nvs.bin", "0x80000"], check=True,
                           capture_output=True)
            ours, ok = describe("nvs", "nvs.bin")
            assert ok and not rest_of(ours, "finding"), rest_of(ours, "finding")
            assert rest_of(ours, "encrypted") == ["0"] and rest_of(ours, "spaces") == ["3"]
            items.sort(key=lambda item: item.split(" ")[:2])
            assert rest_of(ours, "item") == items, set(rest_of(ours, "item")) ^ set(items)
            # What espbak writes as CSV, made into a partition again, has the same keys and values.
            told = subprocess.run([os.environ["ESPBAK_TEST_PROGRAM"], "-q", "nvs", "--csv", "--show-values", "nvs.bin"],
                                  capture_output=True, check=True).stdout
            write("again.csv", told)
            subprocess.run([*generate, "generate", *common, "again.csv", "again.bin", "0x80000"], check=True,
                           capture_output=True)
            again, ok = describe("nvs", "again.bin")
            assert ok and rest_of(again, "item") == items, set(rest_of(again, "item")) ^ set(items)
            subprocess.run([*generate, "encrypt", *common, "--keygen", "--keyfile", "own.bin", "nvs.csv", "secret.bin",
                            "0x80000"], check=True, capture_output=True)
            ours, ok = describe("nvs", "secret.bin")
            assert ok and rest_of(ours, "encrypted") == ["1"] and not rest_of(ours, "item")
            encrypted_nvs(generate, common, items)


def esptool_says(chip, content):
    import esptool.bin_image

    image = esptool.bin_image.LoadFirmwareImage(chip, content)
    says = {
        "entry": f"{image.entrypoint:#010x}",
        "segment": [f"{s.addr:#010x} {len(s.data):#x} {s.file_offs:#x}" for s in image.segments],
        "checksum": int(image.checksum == image.calculate_checksum()),
        "sha256": int(getattr(image, "append_digest", False) and image.stored_digest == image.calc_digest),
    }
    run = subprocess.run([sys.executable, "-m", "esptool", "image-info", "image.bin"], capture_output=True, text=True,
                         check=False)
    for word, title in (("project", "Project name"), ("version", "App version"), ("idf", "ESP-IDF"),
                        ("compiled", "Compile time"), ("bootloader", "Bootloader version")):
        says[word] = [line.split(": ", 1)[1].strip() for line in run.stdout.splitlines() if line.startswith(title + ":")]
    return says


def compare_image(chip, content):
    theirs = esptool_says(chip, write("image.bin", content) and content)
    ours, ok = describe("image", "image.bin")
    assert ok and rest_of(ours, "found") == ["1"]
    for word in ("segment", "project", "version", "idf", "compiled", "bootloader"):
        # esptool looks for descriptions in the chip's own memory, where not all simulated ones stand.
        if theirs[word] or chip in ("esp32s3", "esp32c3"):
            assert rest_of(ours, word) == theirs[word], (chip, word, rest_of(ours, word), theirs[word])
    for word in ("entry", "checksum", "sha256"):
        assert rest_of(ours, word) == [str(theirs[word])], (chip, word, rest_of(ours, word), theirs[word])
    return int(rest_of(ours, "size")[0])


def images():
    """Bootloader and application of simulated chips, whole and with a byte changed."""
    for chip, bootloader in (("esp8266", 0), ("esp32", 0x1000), ("esp32s3", 0), ("esp32c3", 0), ("esp32p4", 0x2000)):
        for at in (bootloader, 0x20000):
            size = "0x60000" if at == 0x20000 else str(0x8000 - at)
            read = subprocess.run([os.environ["ESPBAK_TEST_PROGRAM"], "-q", "-p", f"sim:{chip}", "read", "--overwrite",
                                   str(at), size, "flash.bin"], capture_output=True, text=True, check=False)
            if chip == "esp8266" and "needs a stub" in read.stderr:
                continue  # this espbak was built without stubs
            assert read.returncode == 0, read.stderr
            with open("flash.bin", "rb") as file:
                content = bytearray(file.read())
            size = compare_image(chip, bytes(content))
            assert compare_image(chip, bytes(content[:size])) == size
            content[size // 2] ^= 0x10
            compare_image(chip, bytes(content))


def run():
    missing = [name for name in ("esp_idf_nvs_partition_gen", "esp_idf_defs") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"skipped: {' and '.join(missing)} not installed beside esptool")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for check in (tables, otadata, nvs, images):
            check()
            print(check.__name__, "agree")
        os.chdir("/")
