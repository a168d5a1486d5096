# SPDX-License-Identifier: Apache-2.0
"""The Debian package: what Debian's policy wants in it, and what the README names. lintian says more, and takes longer."""
import gzip
import os
import re

from support import check, main, run

CPACK, BUILD = os.environ["ESPBAK_TEST_CPACK"], os.environ["ESPBAK_TEST_BUILD"]


def test(folder):
    # What makes it small takes its time, and is nothing to look at.
    run([CPACK, "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", "made", "-D", "CPACK_STRIP_FILES=OFF",
         "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", "-D", "CPACK_DEBIAN_PACKAGE_SHLIBDEPS=OFF"], folder,
        SOURCE_DATE_EPOCH="1796000000")
    (package,) = (folder / "made").glob("espbak_*.deb")
    run(["dpkg-deb", "-R", package, "in"], folder)
    root, doc = folder / "in/usr", folder / "in/usr/share/doc/espbak"
    for name in ("bin/espbak", "bin/espsim", "lib/udev/rules.d/70-espbak.rules", "share/man/man1/espbak.1.gz",
                 "share/man/man1/espsim.1.gz", "share/bash-completion/completions/espbak",
                 "share/zsh/vendor-completions/_espbak", "share/fish/vendor_completions.d/espbak.fish"):
        check(name, (root / name).is_file())
    check("no page that is not compressed", not list((root / "share/man/man1").glob("*.1")))
    log = gzip.decompress((doc / "changelog.gz").read_bytes()).decode()
    version = run(["dpkg-deb", "-f", package, "Version"], folder).strip()
    check("a changelog of this version and date",
          log.startswith(f"espbak ({version}) ") and log.endswith(">  Mon, 30 Nov 2026 00:53:20 +0000\n"))
    copyright_of = (doc / "copyright").read_text(encoding="utf-8")
    check("copyright: holder and licences", re.search(r"^Copyright \d{4} ", copyright_of, re.M)
          and "/usr/share/common-licenses/Apache-2.0" in copyright_of and "LGPL-3" in copyright_of)
    for named in re.findall(r"\]\(([^):#]+)[^)]*\)", (doc / "README.md").read_text(encoding="utf-8")):
        check(f"the README names {named}", (doc / named).exists())
    run(["md5sum", "--check", "--quiet", "DEBIAN/md5sums"], folder / "in")


main(test)
