/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_LINE_OPTIONS_H
#define SIM_LINE_OPTIONS_H

/* What the line to a simulated chip is like. */

#include "sim/common/time.h"
#include "sim/line/bridge.h"
#include "sim/line/fault.h"

/** The chip's own USB, or a bridge to its UART. */
typedef enum sim_usb { SIM_USB_NONE, SIM_USB_JTAG, SIM_USB_OTG } sim_usb;

typedef struct sim_line_options {
    bool baud_real;   /**< bytes take 10 / baud on the line */
    sim_time latency; /**< one way */
    sim_time gather;  /**< espsim only: how long bytes are kept to be handed on together */
    sim_usb usb;
    const sim_bridge *bridge; /**< NULL: one that carries any rate, and that nobody knows by name */
    sim_fault_plan faults;
    uint32_t fault_baud; /**< faults of the line only at this rate and above */
} sim_line_options;

#endif
