# SPDX-License-Identifier: Apache-2.0
# The scripts of data/completions, put into the program for `espbak completion SHELL`.
set(arrays "")
set(rows "")
foreach(pair bash=espbak.bash zsh=_espbak fish=espbak.fish powershell=espbak.ps1)
  string(REPLACE "=" ";" pair ${pair})
  list(GET pair 0 shell)
  list(GET pair 1 script)
  espbak_bytes(bytes ${PROJECT_SOURCE_DIR}/data/completions/${script})
  string(APPEND arrays "static const char script_${shell}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"${shell}\", script_${shell}},\n")
endforeach()
set(ESPBAK_COMPLETION_SOURCE ${PROJECT_BINARY_DIR}/completions/scripts.c)
file(CONFIGURE OUTPUT ${ESPBAK_COMPLETION_SOURCE} @ONLY CONTENT
"/* Made by cmake/EspbakCompletions.cmake from data/completions. */
#include \"cli/complete/scripts.h\"

@arrays@
const completion_script completion_scripts[] = {
@rows@    {0, 0},
};
")
