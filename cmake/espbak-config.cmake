# SPDX-License-Identifier: Apache-2.0
# find_package(espbak CONFIG) gives espbak::espbak, the shared library, and espbak::espbak_static where all libraries
# that it needs can be linked too. Who cannot do without the latter asks for COMPONENTS static.
include(${CMAKE_CURRENT_LIST_DIR}/espbak-shared.cmake)
set(espbak_shared_FOUND TRUE)
include(${CMAKE_CURRENT_LIST_DIR}/espbak-libraries.cmake)
if(NOT espbak_missing)
  include(${CMAKE_CURRENT_LIST_DIR}/espbak-static.cmake)
  set(espbak_static_FOUND TRUE)
endif()
foreach(component ${espbak_FIND_COMPONENTS})
  if(espbak_FIND_REQUIRED_${component} AND NOT espbak_${component}_FOUND)
    set(espbak_FOUND FALSE)
    set(espbak_NOT_FOUND_MESSAGE "no component ${component}; libraries that are missing here: ${espbak_missing}")
  endif()
endforeach()
