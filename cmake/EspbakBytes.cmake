# SPDX-License-Identifier: Apache-2.0
# The contents of a file as the elements of a C array, "0x7b,0x0a,…"; it is read again when it changes.
function(espbak_bytes out file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  set(${out} "${bytes}" PARENT_SCOPE)
endfunction()
