/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_DEVICE_CONTENTS_H
#define OPS_DEVICE_CONTENTS_H

/* What the attached device holds, by reading as little of it as will do. */

#include "espbak/session.h"
#include "ops/explain/explain.h"

/* Table (`known` if not NULL), headers and descriptions. Errors: those of reading, and of the table's file. */
ESPBAK_MUST_USE espbak_status device_contents_look(espbak_session *session, const espbak_table_source *table,
                                                   const espbak_partition_table *known, espbak_contents *out,
                                                   espbak_error *err);

/* Whether all of a range is 0xFF, by the chip's own MD5. */
ESPBAK_MUST_USE espbak_status device_contents_erased(espbak_session *session, uint64_t offset, uint64_t size,
                                                     bool *erased, espbak_error *err);

#endif
