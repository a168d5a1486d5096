# SPDX-License-Identifier: Apache-2.0
set(ESPBAK_STUB_SOURCE ${PROJECT_BINARY_DIR}/stubs/stub_embedded.c)
file(WRITE ${ESPBAK_STUB_SOURCE} "/* SPDX-License-Identifier: Apache-2.0 */
#include \"device/stub_embedded.h\"
const stub_embedded stub_embedded_table[] = {{NULL, NULL, 0}};
const size_t stub_embedded_count = 0;
")
