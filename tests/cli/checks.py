# SPDX-License-Identifier: Apache-2.0
"""What tests that make many attempts share: a word for what is wrong, and files as bytes."""


class Wrong(Exception):
    pass


def check(what, condition):
    if not condition:
        raise Wrong(what)


def put(path, contents):
    with open(path, "wb") as out:
        out.write(contents)


def get(path):
    with open(path, "rb") as back:
        return back.read()
