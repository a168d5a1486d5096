# SPDX-License-Identifier: Apache-2.0
# Debian's cross compiler for Windows. Its libraries are not packaged there, so this links with stand-ins for them, and
# what comes out cannot run; for use, build on Windows (MSYS2 has all libraries).
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ESPBAK_STAND_INS ON)
