#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The inputs of a fuzz target are kept in one file, tests/fuzz/corpus/<target>.txt: a line with the name of an
input, then its bytes as base64 in indented lines; sorted by name. Lines that begin with # are for people.

    corpus.py unpack <corpus.txt> <folder>     the folder holds each input as a file, and nothing else
    corpus.py pack <corpus.txt> <folder>       the corpus becomes what the folder holds; inputs keep their names
    corpus.py add <corpus.txt> <file>...       some more inputs
    corpus.py check <corpus.txt>...            is each as `pack` would write it?

An input that comes without a name of its own is called by the beginning of its SHA-1.
"""
import base64
import hashlib
import pathlib
import re
import sys

WIDTH = 112
NAME = re.compile(r"[A-Za-z0-9._-]+")


def load(path):
    """{name: bytes} of a packed corpus."""
    inputs, name = {}, None
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith(" "):
            inputs[name] += base64.b64decode(line.strip(), validate=True)
        elif not line.startswith("#"):
            name = line
            if not NAME.fullmatch(name) or name in inputs:
                raise ValueError(f"{path}: \"{name}\" is no name, or there twice")
            inputs[name] = b""
    return inputs


def form(target, inputs):
    lines = [f"# Inputs of fuzz_{target}, see corpus.py."]
    for name in sorted(inputs):
        text = base64.b64encode(inputs[name]).decode()
        lines += [name, *("  " + text[at:at + WIDTH] for at in range(0, len(text), WIDTH))]
    return "\n".join(lines) + "\n"


def save(path, inputs):
    path.write_text(form(path.stem, inputs), encoding="ascii")
    print(f"{path}: {len(inputs)} inputs, {sum(map(len, inputs.values()))} bytes")


def name_of(data, file):
    """Names that a program gave are replaced; those of people are kept."""
    given = re.fullmatch(r"([a-z]+-)?[0-9a-f]{12,}", file.name)
    return hashlib.sha1(data).hexdigest()[:12] if given else file.name


def include(inputs, files, names):
    for file in sorted(files):
        data = file.read_bytes()
        if data not in inputs.values():
            inputs[names.get(data) or name_of(data, file)] = data
    return inputs


def unpack(path, folder):
    inputs = load(path)
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        if file.name not in inputs:
            file.unlink()
    for name, data in inputs.items():
        (folder / name).write_bytes(data)


def pack(path, folder):
    names = {data: name for name, data in load(path).items()} if path.exists() else {}
    save(path, include({}, [file for file in folder.iterdir() if file.is_file()], names))


def add(path, *files):
    save(path, include(load(path) if path.exists() else {}, files, {}))


def check(*paths):
    for path in paths:
        if path.read_text(encoding="ascii") != form(path.stem, load(path)):
            sys.exit(f"{path} is not as corpus.py writes it: `corpus.py add {path}` puts it right")


def main(arguments):
    commands = {"unpack": unpack, "pack": pack, "add": add, "check": check}
    if len(arguments) < 2 or arguments[0] not in commands:
        sys.exit(__doc__)
    commands[arguments[0]](*map(pathlib.Path, arguments[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
