# SPDX-License-Identifier: Apache-2.0
"""Files that the simulator takes for a stub: a current or a legacy one by where its data goes."""
import base64
import json

# Kind, chip: where its code goes, and where its data do.
PLACES = {("current", "esp32"): (0x400BE000, 0x3FFDED6C), ("legacy", "esp32"): (0x400BE000, 0x3FFDEBAC),
          ("current", "esp32s3"): (0x40378000, 0x3FC90000)}


def write_stub(path, kind, chip):
    text, data = PLACES[kind, chip]
    with open(path, "w", encoding="ascii") as file:
        json.dump({"entry": text + 4, "text_start": text, "text": base64.b64encode(bytes(16)).decode(),
                   "data_start": data, "data": base64.b64encode(bytes(4)).decode()}, file)
