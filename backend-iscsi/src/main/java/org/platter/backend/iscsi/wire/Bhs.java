// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.wire;

import java.nio.ByteBuffer;

/** Opcodes and field places of the 48-byte basic header segment. Big-endian. Source: docs/formats/iscsi.md. */
public final class Bhs {
    /** Length of every header, without additional segments and digest. */
    public static final int BYTES = 48;

    /** A task tag that names no task. */
    public static final int NO_TAG = 0xFFFFFFFF;

    /** Byte 0: deliver at once, consumes no CmdSN. */
    public static final int IMMEDIATE = 0x40;

    /** Byte 1: the last PDU of its sequence. */
    public static final int FINAL = 0x80;

    // from the initiator
    public static final int NOP_OUT = 0x00;
    public static final int COMMAND = 0x01;
    public static final int TASK_MANAGEMENT = 0x02;
    public static final int LOGIN = 0x03;
    public static final int TEXT = 0x04;
    public static final int DATA_OUT = 0x05;
    public static final int LOGOUT = 0x06;

    // from the target
    public static final int NOP_IN = 0x20;
    public static final int RESPONSE = 0x21;
    public static final int TASK_MANAGEMENT_RESPONSE = 0x22;
    public static final int LOGIN_RESPONSE = 0x23;
    public static final int TEXT_RESPONSE = 0x24;
    public static final int DATA_IN = 0x25;
    public static final int LOGOUT_RESPONSE = 0x26;
    public static final int R2T = 0x31;
    public static final int ASYNC = 0x32;
    public static final int REJECT = 0x3F;

    // places
    public static final int FLAGS = 1;
    public static final int AHS_WORDS = 4;
    public static final int LUN = 8;
    public static final int ITT = 16;
    public static final int TTT = 20;
    public static final int EXPECTED_LENGTH = 20;
    public static final int CMD_SN = 24;
    public static final int STAT_SN = 24;
    public static final int EXP_STAT_SN = 28;
    public static final int EXP_CMD_SN = 28;
    public static final int CDB = 32;
    public static final int REF_CMD_SN = 32;
    public static final int MAX_CMD_SN = 32;
    public static final int DATA_SN = 36;
    public static final int BUFFER_OFFSET = 40;
    public static final int RESIDUAL = 44;
    public static final int DESIRED_LENGTH = 44;

    private Bhs() {}

    /** The opcode of a header at index 0. */
    public static int opcode(ByteBuffer header) {
        return header.get(0) & 0x3F;
    }

    /** Byte 1 of a header at index 0. */
    public static int flags(ByteBuffer header) {
        return header.get(FLAGS) & 0xFF;
    }

    /** DataSegmentLength: bytes without padding and digest. */
    public static int dataLength(ByteBuffer header, int at) {
        return header.getInt(at + AHS_WORDS) & 0xFFFFFF;
    }

    /** How many zero bytes follow a data segment of that length. */
    public static int padding(int length) {
        return -length & 3;
    }

    /** Serial-number order of 32-bit counters: true if {@code a} comes before {@code b}. */
    public static boolean before(int a, int b) {
        return a - b < 0;
    }
}
