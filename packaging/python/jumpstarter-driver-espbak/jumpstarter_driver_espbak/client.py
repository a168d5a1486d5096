# SPDX-License-Identifier: Apache-2.0
"""The side of tests and people."""
from jumpstarter_driver_opendal.adapter import OpendalAdapter
from jumpstarter_driver_opendal.client import FlasherClient, operator_for_path


class EspbakFlasherClient(FlasherClient):
    def backup(self, path):
        """A verified backup of the whole flash, packed by tar, into a file."""
        path, operator, _ = operator_for_path(path)
        with OpendalAdapter(client=self, operator=operator, path=path, mode="wb") as handle:
            return self.call("backup", handle)

    def info(self):
        """Chip, MAC, flash, partitions."""
        return self.call("info")
