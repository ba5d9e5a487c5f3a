// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

import java.util.List;
import java.util.Objects;

/**
 * What a disk says of itself.
 *
 * @param product vendor, product and revision
 * @param identities what tells this unit from all others: designators or serial number; may be empty
 * @param blocks how many there are
 * @param blockSize bytes, a power of two from 512 to 65536
 * @param removable the medium can be changed
 * @param queueing takes more than one command at a time
 * @param readOnly writes are refused
 * @param volatileCache written data may be in a cache until it is flushed
 * @param limits of single commands, and what provisioning offers
 */
public record UnitInfo(
        String product,
        List<String> identities,
        long blocks,
        int blockSize,
        boolean removable,
        boolean queueing,
        boolean readOnly,
        boolean volatileCache,
        Limits limits) {

    /** Copies the list. */
    public UnitInfo {
        Objects.requireNonNull(product);
        identities = List.copyOf(identities);
    }

    /** Size of the disk in bytes. */
    public long size() {
        return blocks * blockSize;
    }

    /** True if both can be the same unit. */
    public boolean sameUnit(UnitInfo other) {
        return identities.equals(other.identities)
                && blockSize == other.blockSize
                && (!identities.isEmpty() || product.equals(other.product));
    }

    /**
     * Limits of single commands, in blocks; 0 where the unit tells none. The last four are false unless blocks that are
     * given up read as zeroes.
     *
     * @param transfer most blocks of a read or write
     * @param unmap most blocks of an UNMAP
     * @param granularity blocks that UNMAP gives up together, at least 1
     * @param alignment the first block of such a group
     * @param writeSame most blocks of a WRITE SAME
     * @param unmaps UNMAP gives up blocks
     * @param writeSame16Unmaps WRITE SAME(16) with its unmap bit does
     * @param writeSame10Unmaps WRITE SAME(10) with its unmap bit does
     * @param tracksMapping GET LBA STATUS may be asked
     */
    public record Limits(
            long transfer,
            long unmap,
            long granularity,
            long alignment,
            long writeSame,
            boolean unmaps,
            boolean writeSame16Unmaps,
            boolean writeSame10Unmaps,
            boolean tracksMapping) {
        /** True if blocks can be given up at all. */
        public boolean thin() {
            return unmaps || writeSame16Unmaps || writeSame10Unmaps;
        }
    }
}
