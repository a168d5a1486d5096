/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_FACTORY_SCAN_H
#define OPS_FACTORY_SCAN_H

/* Factory data on a device without a table, by what it looks like. */

#include "ops/safety/factory.h"

bool factory_list_has(const factory_list *list, uint64_t offset, uint64_t size);
void factory_list_add(factory_list *list, const espbak_partition *entry);

/* Add what is found where something is to be written, beside what the list has. */
ESPBAK_MUST_USE espbak_status factory_scan(const factory_check *check, factory_list *list, espbak_error *err);

#endif
