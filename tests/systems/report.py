# SPDX-License-Identifier: Apache-2.0
"""What was run on a system and how it ended: printed, and kept in $ESPBAK_RESULTS for table.py, a file for each system
and script."""
import json
import os
import pathlib
import sys
import time
import traceback


class Report:
    def __init__(self, system, runs_on):
        self.system, self.runs_on, self.rows, self.failed = system, runs_on, [], False

    def row(self, what, result, seconds):
        self.rows.append({"what": what, "result": result, "seconds": round(seconds, 1)})
        print(f"{result}: {self.system}: {what} ({seconds:.1f} s)", flush=True)

    def try_it(self, test, *arguments, what=None):
        """Run `test`; `what` it shows is the first line of its documentation, if nothing else is said.
        A text that it returns is part of the result."""
        began, result, value = time.monotonic(), "ok", None
        try:
            value = test(*arguments)
            if isinstance(value, str):
                result += ", " + value
        except Exception:  # whatever went wrong is the row's result
            traceback.print_exc()
            result, self.failed = "failed", True
        self.row(what or test.__doc__.strip().splitlines()[0].rstrip("."), result, time.monotonic() - began)
        return value

    def finish(self):
        folder = os.environ.get("ESPBAK_RESULTS")
        if folder:
            path = pathlib.Path(folder)
            path.mkdir(parents=True, exist_ok=True)
            kept = {"system": self.system, "runs on": self.runs_on, "rows": self.rows}
            (path / f"{self.system} {pathlib.Path(sys.argv[0]).stem}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False),
                                                      encoding="utf-8")
        sys.exit(1 if self.failed else 0)
