# SPDX-License-Identifier: Apache-2.0
"""The side that has the device."""
import os
import tarfile
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

from anyio import to_thread
from anyio.streams.file import FileReadStream, FileWriteStream
from espbak.labs.board import Board
from jumpstarter.driver import Driver, export
from jumpstarter_driver_opendal.driver import FlasherInterface


@dataclass(kw_only=True)
class EspbakFlasher(FlasherInterface, Driver):
    port: str | None = None  # else that of a child "serial"
    force: bool = False
    options: dict = field(default_factory=dict)

    @classmethod
    def client(cls) -> str:
        return "jumpstarter_driver_espbak.client.EspbakFlasherClient"

    def _board(self) -> Board:
        port = self.port
        if port is None and "serial" in self.children:
            self.children["serial"].close()
            port = self.children["serial"].url
        return Board(port, force=self.force, **self.options)

    async def _send(self, path, target):
        async with await FileReadStream.from_path(path) as stream:
            async with self.resource(target) as res:
                async for chunk in stream:
                    await res.send(chunk)

    @export
    async def flash(self, source, target: str | None = None):
        with TemporaryDirectory(prefix="espbak-") as folder:
            path = os.path.join(folder, "image")
            async with await FileWriteStream.from_path(path) as stream:
                async with self.resource(source) as res:
                    async for chunk in res:
                        await stream.send(chunk)
            await to_thread.run_sync(self._board().flash, path, target)

    @export
    async def dump(self, target, partition: str | None = None):
        with TemporaryDirectory(prefix="espbak-") as folder:
            path = os.path.join(folder, "image")
            await to_thread.run_sync(self._board().dump, path, partition)
            await self._send(path, target)

    @export
    async def backup(self, target):
        with TemporaryDirectory(prefix="espbak-") as folder:
            saved = await to_thread.run_sync(self._board().backup, folder)
            path = os.path.join(folder, "packed.tar")
            with tarfile.open(path, "w") as packed:
                packed.add(saved, os.path.basename(os.fspath(saved)))
            await self._send(path, target)

    @export
    async def info(self) -> dict:
        return dict(await to_thread.run_sync(self._board().info))
