// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

/** SCSI status bytes. */
public final class Status {
    public static final int GOOD = 0x00;
    public static final int CHECK_CONDITION = 0x02;
    public static final int CONDITION_MET = 0x04;
    public static final int BUSY = 0x08;
    public static final int RESERVATION_CONFLICT = 0x18;
    public static final int TASK_SET_FULL = 0x28;
    public static final int ACA_ACTIVE = 0x30;
    public static final int TASK_ABORTED = 0x40;

    private Status() {}

    /** True if the command was carried out. */
    public static boolean good(int status) {
        return status == GOOD || status == CONDITION_MET;
    }

    /** In words. */
    public static String text(int status) {
        switch (status) {
            case GOOD:
            case CONDITION_MET:
                return "good";
            case CHECK_CONDITION:
                return "check condition";
            case BUSY:
                return "the unit is busy";
            case RESERVATION_CONFLICT:
                return "the unit is reserved by another initiator";
            case TASK_SET_FULL:
                return "the unit has too many commands";
            case ACA_ACTIVE:
                return "the unit waits for an acknowledgement of an earlier error";
            case TASK_ABORTED:
                return "aborted by another initiator";
            default:
                return String.format("status %02x", status);
        }
    }
}
