# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.22)
# What a document links to exists, and so do the files of this repository that it, or a comment, names. A part in <>
# or {} and a * stand for any name.
set(wrong "")

# Leave a message when nothing of the repository is called `path`.
function(look_for path from)
  string(REGEX REPLACE "<[^>]*>|{[^}]*}" "*" pattern "${path}")
  string(REGEX REPLACE "/$" "" pattern "${pattern}")
  file(GLOB found LIST_DIRECTORIES true "${ROOT}/${pattern}")
  if(NOT found)
    set(wrong "${wrong}  ${from}: ${path}\n" PARENT_SCOPE)
  endif()
endfunction()

# A text without what has a meaning in lists of CMake.
function(read_plain text file)
  file(READ ${file} content)
  string(REPLACE "](" " LINK(" content "${content}")
  string(REGEX REPLACE "[][;]" " " content "${content}")
  set(${text} "${content}" PARENT_SCOPE)
endfunction()

set(folders "(src|tests|docs|firmware|include|cmake|tools|bench|examples|data|packaging|[.]ci)/")
file(GLOB_RECURSE documents RELATIVE ${ROOT} ${ROOT}/docs/*.md ${ROOT}/src/*.md ${ROOT}/tests/*.md
     ${ROOT}/firmware/*.md ${ROOT}/examples/*.md ${ROOT}/bench/*.md ${ROOT}/packaging/*.md)
file(GLOB top RELATIVE ${ROOT} ${ROOT}/*.md)
foreach(document ${top} ${documents})
  get_filename_component(folder ${document} DIRECTORY)
  read_plain(text ${ROOT}/${document})
  string(REGEX MATCHALL "LINK\\([^) \n]+" links "${text}")
  foreach(link ${links})
    string(REGEX REPLACE "LINK\\(|#.*" "" link "${link}")
    if(link AND NOT link MATCHES "^[a-z]+:")
      look_for("${folder}/${link}" ${document})
    endif()
  endforeach()
  string(REGEX MATCHALL "`${folders}[^` \n]*" paths "${text}")
  foreach(path ${paths})
    string(REPLACE "`" "" path "${path}")
    look_for("${path}" ${document})
  endforeach()
endforeach()

# Files of other projects are written with the project's name in front, as in esp-stub-lib/src/main.c.
file(GLOB_RECURSE sources RELATIVE ${ROOT} ${ROOT}/src/*.[ch] ${ROOT}/include/*.h ${ROOT}/tests/*.[ch]
     ${ROOT}/tests/*.py ${ROOT}/bench/*.[ch] ${ROOT}/bench/*.py ${ROOT}/firmware/*.[ch] ${ROOT}/examples/*.[ch])
foreach(source ${sources})
  read_plain(text ${ROOT}/${source})
  string(REGEX MATCHALL "[^-A-Za-z0-9_./>}]${folders}[-A-Za-z0-9_./<>*]*[.](cmake|c|h|md|py)" paths "${text}")
  foreach(path ${paths})
    string(SUBSTRING "${path}" 1 -1 path)
    look_for("${path}" ${source})
  endforeach()
endforeach()
if(wrong)
  message(FATAL_ERROR "these name files that do not exist:\n${wrong}")
endif()
