# SPDX-License-Identifier: Apache-2.0
"""Fixtures for pytest, made for pytest-embedded: its --port is the one that is used.

    def test_update(restored_flash, dut): ...      # whatever the test does to the flash is undone

`restored_flash` stands before `dut`: it saves before that opens the port, and restores after it has closed it.
"""
import pytest

from .board import Board


def pytest_addoption(parser):
    group = parser.getgroup("espbak")
    group.addoption("--espbak-backups", metavar="DIR", help="folder in which restored_flash keeps its backups")
    group.addoption("--espbak-option", action="append", default=[], metavar="NAME=VALUE",
                    help="an option for espbak, such as before=no-reset; may be given more than once")


def _given(config):
    pairs = (word.partition("=") for word in config.getoption("espbak_option"))
    return {name.replace("-", "_"): value if mark else True for name, mark, value in pairs}


@pytest.fixture
def esp_board(request):
    """The device: info, backup, restore, verify, dump, flash. Nothing else may have its port open meanwhile."""
    port = request.getfixturevalue("port") if request.config.pluginmanager.hasplugin("pytest_embedded") else None
    return Board(port, **_given(request.config))


@pytest.fixture
def restored_flash(request, esp_board, tmp_path):
    """A backup of the flash as it is before the test; it is restored afterwards."""
    saved = esp_board.backup(request.config.getoption("espbak_backups") or tmp_path / "backups")
    yield saved
    esp_board.restore(saved)
