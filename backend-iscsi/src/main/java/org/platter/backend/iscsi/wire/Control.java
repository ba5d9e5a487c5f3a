// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.wire;

import java.nio.ByteBuffer;

/**
 * One immediate PDU without data: ping, pong, task management, logout.
 *
 * @param opcode without the immediate bit
 * @param function low bits of byte 1
 * @param lun bytes 8 to 15
 * @param itt our tag
 * @param tag bytes 20 to 23
 * @param cmdSn the next command's
 * @param reference bytes 32 to 35
 */
public record Control(int opcode, int function, long lun, int itt, int tag, int cmdSn, int reference) implements Piece {
    @Override
    public boolean compose(Sender sender, int expStatSn) {
        ByteBuffer arena = sender.arena();
        int at = sender.begin();
        arena.put(at, (byte) (Bhs.IMMEDIATE | opcode));
        arena.put(at + Bhs.FLAGS, (byte) (Bhs.FINAL | function));
        arena.putLong(at + Bhs.LUN, lun);
        arena.putInt(at + Bhs.ITT, itt);
        arena.putInt(at + Bhs.TTT, tag);
        arena.putInt(at + Bhs.CMD_SN, cmdSn);
        arena.putInt(at + Bhs.EXP_STAT_SN, expStatSn);
        arena.putInt(at + Bhs.REF_CMD_SN, reference);
        sender.end(at);
        return true;
    }
}
