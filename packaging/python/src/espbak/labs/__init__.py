# SPDX-License-Identifier: Apache-2.0
"""espbak in test labs: `board.Board` is a device; `labgrid` and `pytest_plugin` hand it to these tools."""
