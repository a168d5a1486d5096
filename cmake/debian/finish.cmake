# SPDX-License-Identifier: Apache-2.0
# CPack calls this between installing into a folder of its own and packing that: manual pages and changelogs are compressed,
# and say what Debian's policy wants to read.
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
set(doc ${share}/doc/${CPACK_PACKAGE_NAME})

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${doc}/changelog "${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What is new in it stands in CHANGELOG.md beside this file.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(GLOB pages ${share}/man/man1/*.1)
execute_process(COMMAND gzip -9nf ${doc}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)

file(READ ${doc}/NOTICE notice)
set(texts "")
if(CPACK_ESPBAK_BUNDLED)
  set(texts "The licences of what is inside the programs are in /usr/share/doc/${CPACK_PACKAGE_NAME}/licenses.\n")
  file(COPY ${CMAKE_CURRENT_LIST_DIR}/lintian-overrides DESTINATION ${share}/lintian)
  file(MAKE_DIRECTORY ${share}/lintian/overrides)
  file(RENAME ${share}/lintian/lintian-overrides ${share}/lintian/overrides/${CPACK_PACKAGE_NAME})
endif()
file(WRITE ${doc}/copyright "${notice}
On Debian systems the Apache License, version 2.0, is in /usr/share/common-licenses/Apache-2.0, and the GNU Lesser
General Public License, version 3, in /usr/share/common-licenses/LGPL-3.
${texts}")
