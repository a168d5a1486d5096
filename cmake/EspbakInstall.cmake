# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where, and the NOTICE that goes with it.
if(stubs AND ESPBAK_STUB_FOLDER MATCHES "/${ESPBAK_STUB_WITHIN}$")
  set(ESPBAK_NOTICE_STUBS "This program contains stub loader images made by Espressif Systems (Shanghai) Co., Ltd.
They were taken unchanged from the Python package ${ESPBAK_STUB_PACKAGE}, version ${ESPBAK_STUB_VERSION}, and are those of
release ${ESPBAK_STUB_RELEASE} of esp-flasher-stub. They are licensed under the Apache License, Version 2.0, or the MIT
license, as you like: the text of LICENSE applies to them too. Nothing else of that package is in this program.")
elseif(stubs)
  set(ESPBAK_NOTICE_STUBS "This program contains stub loader images from a folder that its builder chose.
Whoever passes it on has to see that their licence allows that.")
else()
  set(ESPBAK_NOTICE_STUBS "This program contains no stub loader images.")
endif()
set(ESPBAK_NOTICE_FILES "")
if(ESPBAK_FILES)
  file(READ ${PROJECT_SOURCE_DIR}/third_party/littlefs/LICENSE.md littlefs)
  set(ESPBAK_NOTICE_FILES "
This program contains FatFs by ChaN, unchanged, under the licence of one clause that is on top of its source
(Copyright (C) 2025, ChaN, all right reserved), and littlefs, unchanged:

${littlefs}")
endif()
set(ESPBAK_NOTICE_LIBRARIES "")
if(ESPBAK_BUNDLED)
  set(ESPBAK_NOTICE_LIBRARIES "
They are inside this program, unchanged; the folder licenses has their texts. Who wants another version of libserialport
in it may link the program anew: what that takes is in the archive whose name ends in -relink, the source of libserialport
included.
")
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/NOTICE.in ${PROJECT_BINARY_DIR}/NOTICE @ONLY)

foreach(program espbak espsim)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
install(FILES LICENSE README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md ${PROJECT_BINARY_DIR}/NOTICE
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
# What the README names.
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.json")
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Examples for own profiles; the program brings these along.
install(DIRECTORY data/profiles DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/espbak.1 docs/espsim.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
# Each shell looks for them there by itself.
install(FILES data/completions/espbak.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME espbak)
install(FILES data/completions/_espbak DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES data/completions/espbak.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  install(FILES data/70-espbak.rules DESTINATION lib/udev/rules.d)
endif()
if(ESPBAK_BUNDLED)
  include(EspbakRelink)
endif()
include(EspbakPackage)
