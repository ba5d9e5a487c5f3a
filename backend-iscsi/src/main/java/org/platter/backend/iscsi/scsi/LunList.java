// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** The answer to REPORT LUNS. */
public final class LunList {
    private static final int SPACE = 8 + 8 * 1024;

    private LunList() {}

    /** The addresses of all units that the target tells of; none if it does not tell. */
    public static List<Long> ask(Commands commands) throws IOException {
        Reply reply = commands.send(Cdb.reportLuns(SPACE), SPACE);
        List<Long> units = new ArrayList<>();
        if (reply.good()) {
            long told = Math.min(reply.u32(0), reply.data().remaining() - 8L) / 8;
            for (int i = 0; i < told; i++) {
                units.add(reply.i64(8 + 8 * i));
            }
        }
        return units;
    }

    /** Refuses a unit that is not among those that the target tells of: some targets answer for any address. */
    public static void check(Commands commands, long address) throws IOException {
        List<Long> units = ask(commands);
        if (!units.isEmpty() && units.stream().noneMatch(unit -> LunAddress.same(unit, address))) {
            throw new DiskException(
                    ErrorCode.NOT_FOUND,
                    "the target has no logical unit " + LunAddress.text(address) + ", only "
                            + units.stream().limit(16).map(LunAddress::text).collect(Collectors.joining(", ")));
        }
    }
}
