# SPDX-License-Identifier: Apache-2.0
# cmake/EspbakStubs.cmake where nothing can be fetched: `auto` goes on and says so in one line, `ON` does not, and what is
# not the pinned package is refused. -DROOT= the sources, -DOUT= a folder to work in.
file(REMOVE_RECURSE ${OUT})
file(WRITE ${OUT}/CMakeLists.txt "cmake_minimum_required(VERSION 3.22)\nproject(stubs NONE)\n"
                                 "include(${ROOT}/cmake/EspbakStubs.cmake)\n")
file(WRITE ${OUT}/images/chip.json "{}")
file(MAKE_DIRECTORY ${OUT}/empty)
set(ENV{PIP_NO_INDEX} 1)
set(ENV{PIP_FIND_LINKS} ${OUT}/empty)

function(expect value success pattern)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${OUT} -B ${OUT}/build "-DESPBAK_STUBS=${value}"
                  RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE complained)
  string(REGEX REPLACE "[ \n]+" " " all "${said}${complained}") # long lines of errors are broken
  if((success AND NOT code EQUAL 0) OR (NOT success AND code EQUAL 0) OR NOT all MATCHES "${pattern}"
     OR (success AND complained))
    message(SEND_ERROR "ESPBAK_STUBS=${value}: exit code ${code}, not as expected (${pattern}): ${all}")
  endif()
endfunction()

expect(auto YES "-- Espressif's stubs: none \\([^()]+\\); espbak's own loader and the chips' ROMs serve -- Conf")
expect(ON NO "ESPBAK_STUBS=ON: ")
expect(OFF YES "-- Espressif's stubs: none \\(as was asked\\)")
expect(${OUT}/images YES "-- Espressif's stubs: 1, from a folder that the builder chose -- Conf")
expect(${OUT}/empty NO "no stub image")
file(STRINGS ${ROOT}/cmake/EspbakStubs.cmake version REGEX "^set\\(ESPBAK_STUB_VERSION ")
string(REGEX REPLACE "^.* (.*)\\)$" "\\1" version "${version}")
file(WRITE ${OUT}/build/stubs/esptool-${version}.tar.gz "something else")
expect(auto NO "is not the esptool ${version} that")
