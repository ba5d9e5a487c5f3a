// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

import java.util.Map;

/** Additional sense codes that disks use, in words. */
final class SenseCodes {
    private static final Map<Integer, String> WORDS = Map.ofEntries(
            Map.entry(0x0400, "not ready"),
            Map.entry(0x0401, "becoming ready"),
            Map.entry(0x0402, "a start command is needed"),
            Map.entry(0x0403, "an operator is needed"),
            Map.entry(0x0404, "format in progress"),
            Map.entry(0x0407, "operation in progress"),
            Map.entry(0x0409, "self-test in progress"),
            Map.entry(0x040A, "asymmetric access state changes"),
            Map.entry(0x040B, "this path is on standby"),
            Map.entry(0x040C, "this path is not available"),
            Map.entry(0x0800, "communication failure"),
            Map.entry(0x0C00, "write error"),
            Map.entry(0x0C0D, "not enough unsolicited data"),
            Map.entry(0x1100, "unrecovered read error"),
            Map.entry(0x1A00, "parameter list length error"),
            Map.entry(0x2000, "command not supported"),
            Map.entry(0x2100, "block address out of range"),
            Map.entry(0x2400, "invalid field in the command"),
            Map.entry(0x2500, "no such logical unit"),
            Map.entry(0x2600, "invalid field in the parameters"),
            Map.entry(0x2700, "write protected"),
            Map.entry(0x2707, "no space left behind the unit"),
            Map.entry(0x2800, "medium may have changed"),
            Map.entry(0x2900, "power on or reset"),
            Map.entry(0x2901, "power on"),
            Map.entry(0x2902, "bus reset"),
            Map.entry(0x2903, "target reset"),
            Map.entry(0x2904, "internal reset"),
            Map.entry(0x2907, "connection to the unit was lost"),
            Map.entry(0x2A01, "mode parameters changed"),
            Map.entry(0x2A09, "capacity changed"),
            Map.entry(0x2C00, "command sequence error"),
            Map.entry(0x2F00, "commands cleared by another initiator"),
            Map.entry(0x3100, "medium format corrupted"),
            Map.entry(0x3807, "thin provisioning threshold reached"),
            Map.entry(0x3A00, "no medium"),
            Map.entry(0x3E00, "unit has not configured itself"),
            Map.entry(0x3E01, "unit failed"),
            Map.entry(0x3F03, "inquiry data changed"),
            Map.entry(0x3F0E, "the list of units changed"),
            Map.entry(0x4400, "internal target failure"),
            Map.entry(0x4700, "parity error"),
            Map.entry(0x4900, "invalid message"),
            Map.entry(0x4B00, "data phase error"),
            Map.entry(0x4E00, "overlapped commands"),
            Map.entry(0x5500, "system resource failure"));

    private SenseCodes() {}

    /** Words for ASC and ASCQ, for ASC alone where the pair is unknown, or nothing. */
    static String text(int code) {
        return WORDS.getOrDefault(code, code == 0 ? "" : WORDS.getOrDefault(code & 0xFF00, ""));
    }
}
