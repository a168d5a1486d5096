# SPDX-License-Identifier: Apache-2.0
# Any system from any other, by the compiler that the Python package ziglang carries: ESPBAK_ZIG is its program, ESPBAK_TARGET
# what it shall build for, such as aarch64-linux-musl.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ESPBAK_ZIG ESPBAK_TARGET)
string(REPLACE "-" ";" parts ${ESPBAK_TARGET})
list(GET parts 0 CMAKE_SYSTEM_PROCESSOR)
list(GET parts 1 system)
if(system MATCHES "^macos")
  set(CMAKE_SYSTEM_NAME Darwin)
elseif(system STREQUAL windows)
  set(CMAKE_SYSTEM_NAME Windows)
else()
  set(CMAKE_SYSTEM_NAME Linux)
endif()
set(CMAKE_C_COMPILER ${ESPBAK_ZIG} cc)
set(CMAKE_C_COMPILER_TARGET ${ESPBAK_TARGET})

# CMake wants programs there, not commands of one.
set(tools ${CMAKE_BINARY_DIR}/zig)
foreach(tool ar ranlib)
  if(NOT EXISTS ${tools}/${tool})
    file(WRITE ${tools}/${tool} "#!/bin/sh\nexec '${ESPBAK_ZIG}' ${tool} \"$@\"\n")
    file(CHMOD ${tools}/${tool} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  endif()
endforeach()
set(CMAKE_AR ${tools}/ar CACHE FILEPATH "")
set(CMAKE_RANLIB ${tools}/ranlib CACHE FILEPATH "")

set(CMAKE_FIND_ROOT_PATH ${tools})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

set(CMAKE_EXE_LINKER_FLAGS_RELEASE_INIT -s)
