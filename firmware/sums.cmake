# SPDX-License-Identifier: Apache-2.0
# What the images are made of, as sha256sum writes it: -P this keeps it beside them; who includes it finds it in `sums`.
set(folder ${CMAKE_CURRENT_LIST_DIR})
file(GLOB sources RELATIVE ${folder} ${folder}/CMakeLists.txt ${folder}/*.cmake ${folder}/*.[ch] ${folder}/chip/*)
list(REMOVE_ITEM sources images.c images.h)
set(sums "")
foreach(source ${sources})
  file(SHA256 ${folder}/${source} sum)
  string(APPEND sums "${sum}  ${source}\n")
endforeach()
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(WRITE ${folder}/images/SHA256SUMS "${sums}")
endif()
