# SPDX-License-Identifier: Apache-2.0
# The libraries espbak stands on, each as an imported target.
set(ESPBAK_OS_LIBRARIES "")
if(WIN32)
  set(ESPBAK_OS_LIBRARIES ws2_32 setupapi shell32)
endif()
if(ESPBAK_BUNDLED)
  include(EspbakBundled)
  return()
endif()
include(espbak-libraries)
if(espbak_missing)
  message(FATAL_ERROR "these libraries are missing: ${espbak_missing} (tools/setup build installs them on Debian)")
endif()

if(ESPBAK_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()
