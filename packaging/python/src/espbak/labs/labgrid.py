# SPDX-License-Identifier: Apache-2.0
"""A driver for labgrid; `imports: [espbak.labs.labgrid]` in its configuration makes it known.

    targets:
      main:
        resources:
          RawSerialPort: {port: /dev/ttyUSB0}
        drivers:
          EspbakDriver: {image: golden}
    images:
      golden: backups/golden
"""
import attr
from labgrid.driver import Driver
from labgrid.factory import target_factory
from labgrid.protocol import BootstrapProtocol
from labgrid.resource import NetworkSerialPort
from labgrid.step import step
from labgrid.util.proxy import proxymanager

from .board import Board


@target_factory.reg_driver
@attr.s(eq=False)
class EspbakDriver(Driver, BootstrapProtocol):
    """Backs up, restores and verifies the flash of the chip at a serial port. No other driver may have it open then."""

    bindings = {"port": {"SerialPort", "NetworkSerialPort"}}
    image = attr.ib(default=None, validator=attr.validators.optional(attr.validators.instance_of(str)))
    force = attr.ib(default=False, validator=attr.validators.instance_of(bool))
    options = attr.ib(default=attr.Factory(dict), validator=attr.validators.instance_of(dict))

    def _board(self) -> Board:
        if isinstance(self.port, NetworkSerialPort):
            host, port = proxymanager.get_host_and_port(self.port)
            name = f"{'socket' if self.port.protocol == 'raw' else self.port.protocol}://{host}:{port}"
        else:
            name = self.port.port
        return Board(name, force=self.force, **self.options)

    @Driver.check_active
    @step(args=["filename"])
    def load(self, filename=None):
        """Restore a backup, or write an image from 0 on; without a name that of the configuration."""
        if filename is None and self.image is not None:
            filename = self.target.env.config.get_image_path(self.image)
        return self._board().flash(filename)

    @Driver.check_active
    @step(args=["filename", "target"])
    def flash(self, filename, target=None):
        """The same, for an image at an offset or in a partition."""
        return self._board().flash(filename, target)

    @Driver.check_active
    @step(args=["filename", "part"])
    def dump(self, filename, part=None):
        self._board().dump(filename, part)

    @Driver.check_active
    @step(args=["folder"])
    def backup(self, folder):
        return self._board().backup(folder)

    @Driver.check_active
    @step(args=["backup"])
    def verify(self, backup):
        return self._board().verify(backup)
