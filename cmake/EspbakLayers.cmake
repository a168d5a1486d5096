# SPDX-License-Identifier: Apache-2.0
# One static library a folder of src/ with all its rooms, linked downward only (see docs/architecture.md).
function(espbak_layer name)
  cmake_parse_arguments(ARG "" "" "DEPS;PRIVATE_DEPS;SOURCES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c)
  list(FILTER sources EXCLUDE REGEX "/(main|espsim_main)\\.c$")
  if(WIN32)
    # Servers and pseudo-terminals are POSIX only.
    list(FILTER sources EXCLUDE REGEX "/(sim/server/server[^/]*|transport/serial/pty)\\.c$")
  endif()
  add_library(espbak_${name} STATIC ${sources} ${ARG_SOURCES})
  target_include_directories(espbak_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(espbak_${name} PUBLIC ${ARG_DEPS} PRIVATE espbak_flags ${ARG_PRIVATE_DEPS})
endfunction()

function(espbak_program name main)
  add_executable(${name} ${main})
  target_link_libraries(${name} PRIVATE ${ARGN} espbak_flags)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
endfunction()
