# SPDX-License-Identifier: Apache-2.0
# One static library a folder of src/ with all its rooms, linked downward only (see docs/architecture.md). A folder
# that has no sources yet becomes a library in name only.
function(espbak_layer name)
  cmake_parse_arguments(ARG "" "" "DEPS;PRIVATE_DEPS;SOURCES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c)
  list(FILTER sources EXCLUDE REGEX "/(main|espsim_main)\\.c$")
  if(WIN32)
    # Servers and pseudo-terminals are POSIX only.
    list(FILTER sources EXCLUDE REGEX "/(sim/server/server[^/]*|transport/serial/pty)\\.c$")
  endif()
  list(APPEND sources ${ARG_SOURCES})
  set(includes ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  if(sources)
    add_library(espbak_${name} STATIC ${sources})
    target_include_directories(espbak_${name} PUBLIC ${includes})
    target_link_libraries(espbak_${name} PUBLIC ${ARG_DEPS} PRIVATE espbak_flags ${ARG_PRIVATE_DEPS})
  else()
    add_library(espbak_${name} INTERFACE)
    target_include_directories(espbak_${name} INTERFACE ${includes})
    target_link_libraries(espbak_${name} INTERFACE ${ARG_DEPS})
  endif()
endfunction()

# A program, once its main file exists.
function(espbak_program name main)
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${main})
    return()
  endif()
  add_executable(${name} ${main})
  target_link_libraries(${name} PRIVATE ${ARGN} espbak_flags)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
endfunction()
