# SPDX-License-Identifier: Apache-2.0
"""Takes the program into the wheel. The module is plain Python: one wheel a system serves all its Pythons.

make_wheel.py sets ESPBAK_PROGRAM, ESPBAK_PLATFORM and ESPBAK_VERSION.
"""
import os

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface


class CustomMetadataHook(MetadataHookInterface):
    def update(self, metadata):
        metadata["version"] = os.environ["ESPBAK_VERSION"]


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        program = os.environ["ESPBAK_PROGRAM"]
        # pip puts this beside python itself, as it is.
        build_data["shared_scripts"][program] = "espbak.exe" if program.endswith(".exe") else "espbak"
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-" + os.environ["ESPBAK_PLATFORM"]
