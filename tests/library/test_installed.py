# SPDX-License-Identifier: Apache-2.0
"""The library as other programs get it: installed to a folder of its own, found by CMake and by pkg-config, compiled as
C and C++, and run with the simulated chip. ESPBAK_TEST_BUILD names the build folder to install from."""
import glob
import hashlib
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import unittest

BUILD = os.path.abspath(os.environ["ESPBAK_TEST_BUILD"])
EXAMPLES = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "examples"))
CC = os.environ.get("CC") or "cc"
CXX = os.environ.get("CXX") or "c++"
# Those that the library was built with: a sanitizer has to be in the program as well.
FLAGS = shlex.split(os.environ.get("ESPBAK_TEST_FLAGS", ""))
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
SIZE = 1 << 20


def run(*command, fails=False, **more):
    """Output of a command, which has to end well, or with `fails` must not."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=240, check=False, **more)
    if (done.returncode != 0) != fails:
        raise AssertionError(f"{shlex.join(command)}: {done.returncode}\n{done.stdout}")
    return done.stdout


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory(prefix="espbak-")
        cls.addClassCleanup(holder.cleanup)
        cls.folder = holder.name
        cls.prefix = os.path.join(cls.folder, "a prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        (pc,) = glob.glob(os.path.join(cls.prefix, "**", "espbak.pc"), recursive=True)
        cls.lib = os.path.dirname(os.path.dirname(pc))
        cls.environment = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(pc), "LD_LIBRARY_PATH": cls.lib}
        cls.programs = cls.build_project()

    @classmethod
    def build_project(cls):
        build = os.path.join(cls.folder, "build")
        flags = shlex.join(FLAGS + STRICT)
        run("cmake", "-S", EXAMPLES, "-B", build, f"-DCMAKE_PREFIX_PATH={cls.prefix}", f"-DCMAKE_C_COMPILER={CC}",
            f"-DCMAKE_CXX_COMPILER={CXX}", f"-DCMAKE_C_FLAGS={flags}", f"-DCMAKE_CXX_FLAGS={flags}")
        run("cmake", "--build", build, "--parallel", "2")
        return build

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(holder.cleanup)
        self.work = holder.name
        self.flash = os.path.join(self.work, "flash.img")
        with open(self.flash, "wb") as flash:
            flash.write(os.urandom(SIZE // 2) + b"\xff" * (SIZE // 2))

    def example(self, name, *arguments, **more):
        return run(os.path.join(self.programs, name), *arguments, cwd=self.work, **more)

    def pkg_config(self, *options):
        return shlex.split(run("pkg-config", *options, "espbak", env=self.environment))

    def compile(self, compiler, *arguments):
        program = os.path.join(self.work, "program")
        run(*compiler, *STRICT, *FLAGS, "-o", program, *arguments)
        return program

    def back_up(self, *program):
        """By a program, of random contents; the path of the backup."""
        said = run(*program, f"sim:esp32s3,flash={self.flash}", "kept", cwd=self.work, env=self.environment)
        found = re.fullmatch(rf"(\S+): {SIZE} bytes, verified\n", said)
        self.assertIsNotNone(found, said)
        path = os.path.join(self.work, found[1])
        self.assertEqual(digest(os.path.join(path, "flash.bin")), digest(self.flash))
        return path

    def test_backup_by_cmake(self):
        for name in ("backup", "backup_cpp"):
            with self.subTest(name):
                path = self.back_up(os.path.join(self.programs, name))
                run(os.path.join(BUILD, "espbak"), "verify", "--offline", path)

    def test_errors_are_told(self):
        for name in ("backup", "backup_cpp", "progress_cancel"):
            with self.subTest(name):
                said = self.example(name, "sim:esp99", "kept", fails=True)
                self.assertIn("esp99", said)
        self.assertIn("missing.bin", self.example("inspect", "missing.bin", fails=True))

    def test_backup_by_pkg_config(self):
        flags = self.pkg_config("--cflags", "--libs")
        for compiler, source in (([CC, "-std=c11"], "backup.c"), ([CXX, "-std=c++11"], "backup.cpp"),
                                 ([CXX, "-std=c++17"], "backup.cpp")):
            with self.subTest(compiler=compiler):
                self.back_up(self.compile(compiler, os.path.join(EXAMPLES, source), *flags))

    def static_flags(self):
        """Both forms of the library lie in one folder, and the linker would prefer the shared one."""
        return ["-l:libespbak.a" if flag == "-lespbak" else flag
                for flag in self.pkg_config("--static", "--cflags", "--libs")]

    def test_static_library_leaves_all_names_to_the_program(self):
        layers = glob.glob(os.path.join(BUILD, "src", "libespbak_*.a")) + [
            os.path.join(BUILD, "firmware", "libespbak_firmware.a")]
        names = {name for name in re.findall(r"(?m)^[0-9a-f]+ [A-Z] ([a-z]\w+)$",
                                             run("nm", "--defined-only", "--extern-only", *layers))
                 if not name.startswith("espbak_")}
        self.assertIn("slip_encode", names)
        own = os.path.join(self.work, "own.c")
        with open(own, "w", encoding="ascii") as file:
            file.writelines(f"char {name};\n" for name in sorted(names))
        program = self.compile([CC, "-fno-builtin"], os.path.join(EXAMPLES, "backup.c"), own, *self.static_flags())
        self.assertNotIn("libespbak", run("ldd", program))
        self.back_up(program)

    def test_examples_in_headers(self):
        """What a header shows is C as it stands there: a function, or what stands in one."""
        for header in glob.glob(os.path.join(self.prefix, "include", "espbak", "*.h")):
            with open(header, encoding="utf-8") as file:
                shown = re.findall(r"(?s) \* @code\n(.*?) \* @endcode\n", file.read())
            if not shown:
                continue
            source = os.path.join(self.work, "shown.c")
            with open(source, "w", encoding="utf-8") as file:
                file.write(f"#include <stdio.h>\n#include <espbak/{os.path.basename(header)}>\n")
                for number, lines in enumerate(re.sub("(?m)^ \\* ?", "", text) for text in shown):
                    if not lines.startswith("static "):
                        file.write(f"void shown_{number}(espbak_session *session, FILE *file, espbak_error err);\n"
                                   f"void shown_{number}(espbak_session *session, FILE *file, espbak_error err)\n")
                        lines = f"{{ (void)session; (void)file; (void)err; {{\n{lines}}} }}\n"
                    file.write(lines)
            with self.subTest(os.path.basename(header)):
                run(CC, "-std=c11", *STRICT, *self.pkg_config("--cflags"), "-fsyntax-only", source)

    def test_inspect(self):
        run(os.path.join(self.programs, "backup"), "sim:esp32s3,size=8M", "kept", cwd=self.work)
        (path,) = glob.glob(os.path.join(self.work, "kept", "*"))
        for name in ("inspect", "inspect_static"):
            for what in (path, os.path.join(path, "flash.bin")):
                said = self.example(name, what)
                self.assertIn("chip ESP32-S3, flash 8388608 bytes\n", said)
                self.assertRegex(said, r"(?m)^nvs +data +nvs +0x00009000 0x00004000$")
                self.assertRegex(said, r"(?m)^ota_0 +app +ota_0 +0x00020000 0x[0-9A-F]+  simulated 1\.2\.3, boots$")
                self.assertRegex(said, r"(?m)^would it boot: yes, ")

    def test_interrupt_and_resume(self):
        program = os.path.join(self.programs, "progress_cancel")
        # As slow as a real line, so that the interrupt comes while it reads; a chunk is kept when all of it is right.
        port = f"sim:esp32s3,flash={self.flash}"
        with subprocess.Popen([program, f"{port},time=real,baud=real", "kept"], cwd=self.work, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            for line in running.stderr:
                self.assertRegex(line, r"^\w+ +\d+ %$")
                if re.match("reading +[5-9][0-9] ", line):
                    break
            running.send_signal(signal.SIGINT)
            said = running.communicate(timeout=60)[1]
        self.assertEqual(running.returncode, 1, said)
        self.assertRegex(said, r"stopped; what was read is in \S+\.partial\n")
        said = self.example("progress_cancel", port, "kept", "resume")
        self.assertRegex(said, r"(?m)^reading 100 %$")
        (path,) = glob.glob(os.path.join(self.work, "kept", "*"))
        self.assertNotIn("partial", path)
        self.assertEqual(digest(os.path.join(path, "flash.bin")), digest(self.flash))
        run(os.path.join(BUILD, "espbak"), "verify", "--offline", path)

    def test_one_version(self):
        said = run(os.path.join(BUILD, "espbak"), "--version")
        self.assertEqual(said, f"espbak {' '.join(self.pkg_config('--modversion'))}\n")


if __name__ == "__main__":
    if sys.platform != "linux":
        print("skipped: the names of shared libraries are those of Linux here")
        sys.exit(77)
    unittest.main()
