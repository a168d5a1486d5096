# SPDX-License-Identifier: Apache-2.0
"""What --trace wrote of a run."""
import re

LINE = re.compile(r"^ *[0-9.]+ > ((?:[0-9a-f]{2} {1,2})+)")


def sent(path):
    """Every byte that went to the chip."""
    out = bytearray()
    with open(path, encoding="latin-1") as lines:
        for line in lines:
            found = LINE.match(line)
            if found:
                out += bytes.fromhex(found.group(1))
    return bytes(out)
