# SPDX-License-Identifier: Apache-2.0
"""SPIFFS images by the layout of spiffs_nucleus.h, in all the ways in which builds of it differ."""
import struct

LIVE_DATA, LIVE_INDEX = 0xFC, 0xF8


class Spiffs:
    def __init__(self, size, page=256, block=4096, name=32, meta=4, magic=True, length=True, align=1):
        self.size, self.page, self.block, self.name, self.meta, self.align = size, page, block, name, meta, align
        each = block // page
        self.look_ups = -(-each * 2 // page)
        self.image = bytearray(b"\xff" * size)
        self.free = [b * each + i for b in range(size // block) for i in range(self.look_ups, each)]
        self.objects = 0
        for b in range(size // block if magic else 0):
            value = 0x20140529 ^ page ^ (size // block - b if length else 0)
            struct.pack_into("<H", self.image, b * block + self.look_ups * page - 4, value & 0xFFFF)

    def put(self, where, number, data):
        each = self.block // self.page
        block, index = divmod(where, each)
        struct.pack_into("<H", self.image, block * self.block + (index - self.look_ups) * 2, number)
        self.image[where * self.page:where * self.page + len(data)] = data

    def page_of(self, number, span, flags, data):
        where = self.free.pop(0)
        self.put(where, number, struct.pack("<HHB", number, span, flags) + data)
        return where

    def delete(self, where):
        """A page that is given up: in its own flags, and in what the block says."""
        each = self.block // self.page
        block, index = divmod(where, each)
        struct.pack_into("<H", self.image, block * self.block + (index - self.look_ups) * 2, 0)
        self.image[where * self.page + 4] &= 0x7F

    def file(self, path, data, when=None):
        """Its pages; the first of them is the one with the name."""
        self.objects += 1
        number, step = self.objects, self.page - 5
        parts = [data[at:at + step] for at in range(0, len(data), step)]
        where = [self.page_of(number, span, LIVE_DATA, part) for span, part in enumerate(parts)]
        meta = (struct.pack("<I", when) if when is not None else b"").ljust(self.meta, b"\xff")
        head = b"\xff" * 3 + struct.pack("<IB", len(data), 1) + path.encode().ljust(self.name, b"\0") + meta
        head += b"\xff" * (-(5 + len(head)) % self.align)
        first = (self.page - 5 - len(head)) // 2
        table = [where[:first]] + [where[at:at + (self.page - 8) // 2] for at in range(first, len(where), (self.page - 8) // 2)]
        pages = []
        for span, entries in enumerate(table):
            data = struct.pack(f"<{len(entries)}H", *entries)
            pages.append(self.page_of(number | 0x8000, span, LIVE_INDEX, (head if span == 0 else b"\xff" * 3) + data))
        return pages + where
