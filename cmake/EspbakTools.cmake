# SPDX-License-Identifier: Apache-2.0
# Targets for people who work on espbak: `lint` (clang-tidy), `cppcheck`, `coverage` and `dist`.
include(ProcessorCount)
ProcessorCount(processors)
find_program(ESPBAK_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy)
# How many states of a function its analyzer walks through. Three fifths of its time go to the few functions that have more
# than this; clang's own limit, 225000, is for `soak`: cmake --preset clang -DESPBAK_LINT_STATES=225000.
set(ESPBAK_LINT_STATES 50000 CACHE STRING "How far clang-tidy's analyzer follows a function")
if(ESPBAK_CLANG_TIDY)
  add_custom_target(lint
    COMMAND ${ESPBAK_CLANG_TIDY} -quiet -p ${PROJECT_BINARY_DIR} -j ${processors} -extra-arg=-Xclang
            -extra-arg=-analyzer-config -extra-arg=-Xclang -extra-arg=max-nodes=${ESPBAK_LINT_STATES} "${PROJECT_SOURCE_DIR}/src/"
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)
endif()

# What a release hands out, for all systems; ESPBAK_SYSTEMS names a few of them.
find_program(ESPBAK_PYTHON NAMES python3 python)
if(ESPBAK_PYTHON)
  set(ESPBAK_SYSTEMS "" CACHE STRING "For which systems the target dist builds; empty for all")
  add_custom_target(dist COMMAND ${ESPBAK_PYTHON} -B ${PROJECT_SOURCE_DIR}/packaging/dist.py ${ESPBAK_SYSTEMS}
                    USES_TERMINAL VERBATIM)
endif()

find_program(ESPBAK_CPPCHECK cppcheck)
if(ESPBAK_CPPCHECK)
  # legacyUninitvar does not see that a buffer is looked at only when the call that fills it succeeded; gcc,
  # clang-tidy and cppcheck's own uninitvar look for the same and do.
  set(cppcheck ${ESPBAK_CPPCHECK} -j ${processors} --std=c11 --enable=warning,performance,portability --inline-suppr
               --suppress=missingIncludeSystem --suppress=legacyUninitvar --quiet --error-exitcode=1 -Iinclude -Isrc
               -I${PROJECT_BINARY_DIR}/made)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/cppcheck/chip)
  # What runs on a chip is a program of its own, with functions of the same names.
  add_custom_target(cppcheck
    COMMAND ${cppcheck} --cppcheck-build-dir=${PROJECT_BINARY_DIR}/cppcheck -I. src firmware/images.c firmware/core.c
    COMMAND ${cppcheck} --cppcheck-build-dir=${PROJECT_BINARY_DIR}/cppcheck/chip -I. firmware
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)
endif()

if(ESPBAK_COVERAGE)
  # What the tests have reached since the build; they are not run by this.
  add_custom_target(coverage
    COMMAND ${PROJECT_SOURCE_DIR}/tools/coverage --build ${PROJECT_BINARY_DIR}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)
endif()
