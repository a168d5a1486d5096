# SPDX-License-Identifier: Apache-2.0
# Targets for people who work on espbak: `lint` (clang-tidy) and `coverage` (a report by gcovr).
find_program(ESPBAK_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy)
if(ESPBAK_CLANG_TIDY)
  include(ProcessorCount)
  ProcessorCount(processors)
  add_custom_target(lint
    COMMAND ${ESPBAK_CLANG_TIDY} -quiet -p ${PROJECT_BINARY_DIR} -j ${processors} "${PROJECT_SOURCE_DIR}/src/"
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)
endif()

if(ESPBAK_COVERAGE)
  find_program(ESPBAK_GCOVR gcovr)
  if(ESPBAK_GCOVR)
    add_custom_target(coverage
      COMMAND ${ESPBAK_GCOVR} --root ${PROJECT_SOURCE_DIR} --filter src/ --print-summary
              --html-details ${PROJECT_BINARY_DIR}/coverage.html ${PROJECT_BINARY_DIR}
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)
  endif()
endif()
