# SPDX-License-Identifier: Apache-2.0
"""The manual page names every command, option and exit code of the tables, and nothing else."""
import json
import os
import re
import subprocess
import tempfile
import unittest

from program import run

MANUAL = os.environ["ESPBAK_TEST_MANUAL"]


def sections(text, macro):
    """Title to body, for .Sh or .Ss."""
    parts = re.split(rf"^\.{macro} (.*)$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def options_of(body):
    """Long name to letter, of the ".It Fl" lines."""
    found = {}
    for line in re.findall(r"^\.It (Fl .*)$", body, flags=re.M):
        long = re.search(r"Fl -([a-z-]+)", line).group(1)
        short = re.match(r"Fl ([a-zA-Z]) ,", line)
        found[long] = short.group(1) if short else None
    return found


def tabled(specs):
    return {spec["name"]: spec.get("letter") for spec in specs}


class Simulator(unittest.TestCase):
    def test_options(self):
        """espsim's page names what its help names."""
        with open(os.environ["ESPBAK_TEST_SIMULATOR_MANUAL"], encoding="utf-8") as page:
            body = sections(page.read(), "Sh")["OPTIONS"]
        told = subprocess.run([os.environ["ESPBAK_TEST_ESPSIM"], "--help"], capture_output=True, text=True, check=True)
        named = re.findall(r"^  --([a-z0-9-]+)", told.stdout, flags=re.M)
        self.assertEqual(re.findall(r"^\.It Fl -([a-z0-9-]+)", body, flags=re.M), named)


class Manual(unittest.TestCase):
    def setUp(self):
        self.tables = json.loads(run("help", "--json", folder="/").stdout)
        with open(MANUAL, encoding="utf-8") as page:
            self.text = page.read()
        self.sections = sections(self.text, "Sh")
        self.commands = sections(self.sections["COMMANDS"], "Ss")

    def test_commands(self):
        self.assertEqual(list(self.commands), [c["name"] for c in self.tables["commands"]])

    def test_options_of_commands(self):
        for command in self.tables["commands"]:
            with self.subTest(command["name"]):
                body = self.commands[command["name"]]
                self.assertEqual(options_of(body), tabled(command["options"]))
                synopsis = body.split(".Pp")[0]
                for option in command["options"]:
                    flag = f"Fl {option['letter']}" if "letter" in option else f"Fl -{option['name']}"
                    self.assertRegex(synopsis, flag + r"\b")
                for alias in command["aliases"]:
                    self.assertIn(alias, body)

    def test_global_options(self):
        self.assertEqual(options_of(self.sections["GLOBAL OPTIONS"]), tabled(self.tables["global_options"]))

    def test_choices(self):
        body = self.sections["GLOBAL OPTIONS"]
        for option in self.tables["global_options"]:
            for choice in option.get("choices", []):
                self.assertRegex(body, rf"Cm {choice}\b")

    def test_json_names(self):
        """What the documents have is what the page says they have."""
        told = {}
        for heading, body in re.findall(r"^\.It Cm (.*)\n((?:(?!\.It|\.El).*\n)*)", self.sections["JSON"], flags=re.M):
            for command in re.split(r" , (?:Cm )?", heading):
                told[command] = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"^\.Li (.*)$", body, flags=re.M))))
        device = ("-p", "sim:esp32s3,size=2M,flash=flash.img")
        with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
            with open(os.path.join(folder, "file"), "wb") as made:
                made.write(b"x")
            cases = (("write", "0x9000", "file"), ("backup", "--name", "b", "--store", "cat > stored"), ("restore", "--yes", "backups/b"),
                     ("verify", "backups/b"), ("read", "0", "4K", "out"), ("list",), ("ports",), ("profiles",),
                     ("extract", "backups/b", "bootloader", "boot.bin"),
                     ("export", "backups/b", "--format", "bin"), ("report", "backups/b"),
                     ("import", "flash.img", "--name", "i"),
                     ("backup-partitions", "all", "--name", "c", "--store", "cat > stored"),
                     ("inspect", "--efuses", "backups/c"), ("files", "backups/c"), ("nvs", "backups/c"), ("diff", "backups/b", "device"),
                     ("rehearse", "backups/b"), ("erase", "--yes", "0x9000", "4K"), ("selftest",),
                     ("prune", "--keep-last", "1", "--dry-run"))
            for arguments in cases:
                at = ("-p", "sim:esp32s3,size=2M") if arguments[0] == "backup-partitions" else device
                document = json.loads(run(*at, "--json", *arguments, folder=folder).stdout)
                names = set(document) - {"error", "warnings"}
                self.assertNotIn("error", document)
                self.assertLessEqual(names, told[arguments[0]], arguments)
                # A restore that finds nothing to write moves nothing; "offset" is told of verify's differences.
                left_out = {"restore": {"link", "snapshot", "notes"}, "verify": {"offset"}, "import": {"device"}, "prune": {"removed"},
                            "inspect": {"findings", "layout", "edited_from", "edits"}, "files": {"device"},
                            "extract": {"path", "files", "folders"}, "report": {"since"},
                            "export": {"left_out_bytes", "files", "redacted", "notice"}}
                # Our own loader is not proven on this chip.
                left_out |= dict.fromkeys(("backup", "backup-partitions", "read"), {"compression"})
                self.assertEqual(told[arguments[0]] - names - left_out.get(arguments[0], set()), set())

    def test_help_names_every_command(self):
        text = run("--help", folder="/").stdout
        for command in self.tables["commands"]:
            self.assertRegex(text, rf"(?m)^  {command['name']} ")

    def test_exit_codes(self):
        codes = re.findall(r"^\.It (\d+)$", self.sections["EXIT STATUS"], flags=re.M)
        self.assertEqual(codes, "0 1 2 3 4 5 6 7 8 9 130".split())


if __name__ == "__main__":
    unittest.main()
